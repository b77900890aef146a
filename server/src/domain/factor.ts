import { type Failure, refuse } from '../kernel/failure.ts';
import { equalSecret } from '../kernel/hmac.ts';
import { acceptHotp, type CodeForm, type HotpMemory, resyncHotp } from './factor/hotp.ts';
import { answersOcra, type OcraSuite, readSuite } from './factor/ocra.ts';
import { acceptTotp, type TotpMemory, type TotpSettings, type TotpWindow } from './factor/totp.ts';
import { afterWrong, type Budget, mustWait, type Tries } from './factor/tries.ts';
import type { PasskeyMemory, PasskeySettings } from './factor/webauthn.ts';
import { acceptYubikey, type YubikeyMemory } from './factor/yubikey.ts';
import type { Mode } from './scope.ts';

/** Factors whose codes are sent: the message goes the way of every other, and so does the checking of its code. */
export const SENT_KINDS = ['sms', 'tts', 'email', 'whatsapp'] as const;
export type SentKind = (typeof SENT_KINDS)[number];
/** Kinds that hardware tokens have. */
export const TOKEN_KINDS = ['totp', 'hotp', 'ocra', 'yubikey'] as const;
export type TokenKind = (typeof TOKEN_KINDS)[number];
export const FACTOR_KINDS = [...TOKEN_KINDS, 'webauthn', 'recovery', ...SENT_KINDS] as const;
export type FactorKind = (typeof FACTOR_KINDS)[number];

/**
 * Whether a guess comes from where this user succeeded lately. Each has a lot of its own, so that strangers use
 * up only the one of strangers.
 */
export type Whence = 'known' | 'unknown';

type About = {
  readonly id: string;
  readonly projectId: string;
  readonly mode: Mode;
  /** Keyed hash of the customer's own name for the user (32 hexadecimal characters). */
  readonly userKey: string;
  /** What its owner calls it; null when it has no name. */
  readonly name: string | null;
  readonly createdAtMs: number;
  /** When its owner showed that it works. Until then it proves nothing. */
  readonly confirmedAtMs: number | null;
  readonly lastUsedAtMs: number | null;
  readonly tries: { readonly [whence in Whence]: Tries };
};

export type TotpFactor = About & {
  readonly kind: 'totp';
  readonly settings: TotpSettings;
  readonly memory: TotpMemory;
  readonly sealedSecret: Uint8Array;
  /** Of a hardware token out of the stock; null for an app. */
  readonly serial: string | null;
};
/** A hardware token that counts how often it was pressed. */
export type HotpFactor = About & {
  readonly kind: 'hotp';
  readonly settings: CodeForm;
  readonly memory: HotpMemory;
  readonly sealedSecret: Uint8Array;
  readonly serial: string;
};
/** A hardware token with a keypad, which answers a question. */
export type OcraFactor = About & {
  readonly kind: 'ocra';
  /** The text of an OCRA suite (RFC 6287). */
  readonly settings: { readonly suite: string };
  readonly memory: Readonly<Record<never, never>>;
  readonly sealedSecret: Uint8Array;
  readonly serial: string;
};
/** A YubiKey in its own mode: it types a one-time password when it is touched. */
export type YubikeyFactor = About & {
  readonly kind: 'yubikey';
  readonly settings: Readonly<Record<never, never>>;
  readonly memory: YubikeyMemory;
  readonly sealedSecret: Uint8Array;
  /** Its public identity, as it types it. */
  readonly serial: string;
};
/** Factors that a hardware token out of the stock can be. */
export type TokenFactor = TotpFactor | HotpFactor | OcraFactor | YubikeyFactor;
/** A set of codes, each good for once. What is used is forgotten, so it cannot come back. */
export type RecoveryFactor = About & {
  readonly kind: 'recovery';
  /** Salt of the slow hash of the whole set, as hexadecimal characters. */
  readonly salt: string;
  /** Digests of the codes that are left, as hexadecimal characters. */
  readonly digests: readonly string[];
};
export type SentFactor = About & {
  readonly kind: SentKind;
  readonly recipientKey: string;
  /** The phone number or e-mail address, sealed. */
  readonly sealedSecret: Uint8Array;
  /** The verification by which its owner is to confirm it; null once that is done. */
  readonly verificationId: string | null;
};
/** A passkey or a security key: it signs, so there is no code and nothing to guess. */
export type WebauthnFactor = About & {
  readonly kind: 'webauthn';
  readonly settings: PasskeySettings;
  readonly memory: PasskeyMemory;
};
/** Something enrolled for a user, by which they prove who they are. */
export type Factor = TokenFactor | RecoveryFactor | SentFactor | WebauthnFactor;
/** Factors whose codes are judged by what the factor itself remembers. */
export type OwnFactor = TokenFactor | RecoveryFactor;

/** A factor that is not confirmed within this time was given up, and is gone. */
const CONFIRM_WITHIN_MS = 3_600_000;
/** The browser asks at once, and its challenge must not be good for longer. */
export const REGISTER_WITHIN_MS = 300_000;
export const MOST_FACTORS = 20;
export const NEW_TRIES: About['tries'] = { known: [], unknown: [] };

/** Wrong codes that each kind bears (security.md, odds: at most 1 in 10,000 within 30 days by guessing). */
const BUDGETS: { readonly [kind in OwnFactor['kind']]: Budget } = {
  totp: { aDay: 10, in30Days: 30 },
  hotp: { aDay: 10, in30Days: 20 },
  ocra: { aDay: 10, in30Days: 30 },
  yubikey: { aDay: 20, in30Days: 100 },
  recovery: { aDay: 20, in30Days: 100 },
};

/** What is put before a factor: a code with the secret that it is judged by, or the digest of a code. */
export type Evidence =
  | { readonly kind: 'totp'; readonly code: string; readonly secret: Uint8Array; readonly window: TotpWindow }
  | { readonly kind: 'hotp'; readonly code: string; readonly secret: Uint8Array }
  /** Two codes that follow one another, of a token that was pressed too often. */
  | { readonly kind: 'hotp-pair'; readonly codes: readonly [string, string]; readonly secret: Uint8Array }
  | { readonly kind: 'ocra'; readonly code: string; readonly question: string; readonly secret: Uint8Array }
  | {
      readonly kind: 'yubikey';
      readonly publicId: string;
      readonly sealed: Uint8Array;
      readonly secret: Uint8Array;
    }
  | { readonly kind: 'recovery'; readonly digest: Uint8Array };

/** What one guess changes, and what the guesser is told. The change is kept, whatever the answer. */
export type FactorGuess =
  | { readonly kind: 'right'; readonly factor: OwnFactor }
  | { readonly kind: 'wrong'; readonly factor: OwnFactor };

/** Judges one guess at a factor that judges for itself. The caller holds its row's lock, and has asked `waiting`. */
export function guessFactor(
  factor: OwnFactor,
  evidence: Evidence,
  whence: Whence,
  nowMs: number,
): FactorGuess {
  const accepted = accept(factor, evidence, nowMs);
  if (accepted !== null) return { kind: 'right', factor: { ...accepted, lastUsedAtMs: nowMs } };
  const wrong = afterWrong(factor.tries[whence], BUDGETS[factor.kind], nowMs);
  return { kind: 'wrong', factor: { ...factor, tries: { ...factor.tries, [whence]: wrong } } };
}

/**
 * Why no code of this factor is looked at now, or null. `others` are factors of the same user: a success with
 * one of them ends the waiting too.
 */
export function waiting(
  factor: OwnFactor,
  others: readonly Factor[],
  whence: Whence,
  nowMs: number,
): Failure | null {
  const lastRightAtMs = Math.max(...[factor, ...others].map(({ lastUsedAtMs }) => lastUsedAtMs ?? -1));
  return mustWait(factor.tries[whence], BUDGETS[factor.kind], lastRightAtMs, nowMs);
}

function accept(factor: OwnFactor, evidence: Evidence, nowMs: number): OwnFactor | null {
  if (factor.kind === 'totp' && evidence.kind === 'totp') {
    const { code, secret, window } = evidence;
    const memory = acceptTotp(factor.settings, secret, factor.memory, code, nowMs, window);
    return memory === null ? null : { ...factor, memory };
  }
  if (factor.kind === 'hotp' && evidence.kind === 'hotp') {
    const memory = acceptHotp(factor.settings, evidence.secret, factor.memory, evidence.code);
    return memory === null ? null : { ...factor, memory };
  }
  if (factor.kind === 'hotp' && evidence.kind === 'hotp-pair') {
    const memory = resyncHotp(factor.settings, evidence.secret, factor.memory, evidence.codes);
    return memory === null ? null : { ...factor, memory };
  }
  if (factor.kind === 'ocra' && evidence.kind === 'ocra') {
    const { code, question, secret } = evidence;
    return answersOcra(suiteOf(factor), secret, { question }, code) ? factor : null;
  }
  if (factor.kind === 'yubikey' && evidence.kind === 'yubikey') {
    if (evidence.publicId !== factor.serial) return null;
    const memory = acceptYubikey(evidence.secret, factor.memory, evidence.sealed);
    return memory === null ? null : { ...factor, memory };
  }
  if (factor.kind === 'recovery' && evidence.kind === 'recovery') {
    const left = factor.digests.filter((digest) => !equalSecret(Buffer.from(digest, 'hex'), evidence.digest));
    return left.length === factor.digests.length ? null : { ...factor, digests: left };
  }
  throw new Error(`a ${factor.kind} factor was given evidence of a ${evidence.kind} factor`);
}

export function suiteOf({ settings }: OcraFactor): OcraSuite {
  const suite = readSuite(settings.suite);
  if (suite === null) throw new Error('a factor has an OCRA suite that is none');
  return suite;
}

/** Whether it is, or may be, a hardware token. */
export const isToken = (factor: Factor): factor is TokenFactor =>
  TOKEN_KINDS.some((kind) => kind === factor.kind);

/** Whether it proves anything: its owner has confirmed it and, of recovery codes, one is left. */
export const isUsable = (factor: Factor): boolean =>
  factor.confirmedAtMs !== null && (factor.kind !== 'recovery' || factor.digests.length > 0);

/** Whether it was enrolled and never confirmed in time. */
export const isGivenUp = (factor: Factor, nowMs: number): boolean =>
  factor.confirmedAtMs === null &&
  nowMs >= factor.createdAtMs + (factor.kind === 'webauthn' ? REGISTER_WITHIN_MS : CONFIRM_WITHIN_MS);

export const isSentKind = (kind: FactorKind): kind is SentKind => SENT_KINDS.some((sent) => sent === kind);

export const isSent = (factor: Factor): factor is SentFactor =>
  SENT_KINDS.some((kind) => kind === factor.kind);

export const confirmed = <F extends Factor>(factor: F, nowMs: number): F => ({
  ...factor,
  confirmedAtMs: factor.confirmedAtMs ?? nowMs,
});

export const factorNotFound = (): Failure => refuse('not_found', 'there is no such factor', 'factor');
