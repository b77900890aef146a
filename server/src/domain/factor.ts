import { type Failure, refuse } from '../kernel/failure.ts';
import { equalSecret } from '../kernel/hmac.ts';
import { acceptTotp, type TotpMemory, type TotpSettings, type TotpWindow } from './factor/totp.ts';
import { afterWrong, type Budget, mustWait, type Tries } from './factor/tries.ts';
import type { Mode } from './scope.ts';

/** Factors whose codes are sent: the message goes the way of every other, and so does the checking of its code. */
export const SENT_KINDS = ['sms', 'tts', 'email'] as const;
export type SentKind = (typeof SENT_KINDS)[number];
export const FACTOR_KINDS = ['totp', 'recovery', ...SENT_KINDS] as const;
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
};
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
/** Something enrolled for a user, by which they prove who they are. */
export type Factor = TotpFactor | RecoveryFactor | SentFactor;
/** Factors whose codes are judged by what the factor itself remembers. */
export type OwnFactor = TotpFactor | RecoveryFactor;

/** A factor that is not confirmed within this time was given up, and is gone. */
export const CONFIRM_WITHIN_MS = 3_600_000;
export const MOST_FACTORS = 20;
export const NEW_TRIES: About['tries'] = { known: [], unknown: [] };

/** Wrong codes that each kind bears (security.md, odds: at most 1 in 10,000 within 30 days by guessing). */
const BUDGETS: { readonly [kind in OwnFactor['kind']]: Budget } = {
  totp: { aDay: 10, in30Days: 30 },
  recovery: { aDay: 20, in30Days: 100 },
};

/** What is put before a factor: a code with the secret that it is judged by, or the digest of a code. */
export type Evidence =
  | { readonly kind: 'totp'; readonly code: string; readonly secret: Uint8Array; readonly window: TotpWindow }
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
  if (factor.kind === 'recovery' && evidence.kind === 'recovery') {
    const left = factor.digests.filter((digest) => !equalSecret(Buffer.from(digest, 'hex'), evidence.digest));
    return left.length === factor.digests.length ? null : { ...factor, digests: left };
  }
  throw new Error(`a ${factor.kind} factor was given evidence of a ${evidence.kind} factor`);
}

/** Whether it proves anything: its owner has confirmed it and, of recovery codes, one is left. */
export const isUsable = (factor: Factor): boolean =>
  factor.confirmedAtMs !== null && (factor.kind !== 'recovery' || factor.digests.length > 0);

/** Whether it was enrolled and never confirmed in time. */
export const isGivenUp = (factor: Factor, nowMs: number): boolean =>
  factor.confirmedAtMs === null && nowMs >= factor.createdAtMs + CONFIRM_WITHIN_MS;

export const isSent = (factor: Factor): factor is SentFactor =>
  factor.kind === 'sms' || factor.kind === 'tts' || factor.kind === 'email';

export const confirmed = <F extends Factor>(factor: F, nowMs: number): F => ({
  ...factor,
  confirmedAtMs: nowMs,
});

export const factorNotFound = (): Failure => refuse('not_found', 'there is no such factor', 'factor');
