import { LEAST_SECRET_BYTES } from './factor/hotp.ts';
import { readSuite } from './factor/ocra.ts';
import { NEW_TOTP_MEMORY } from './factor/totp.ts';
import { YUBIKEY_SECRET_BYTES } from './factor/yubikey.ts';
import type { HotpFactor, OcraFactor, TotpFactor, YubikeyFactor } from './factor.ts';
import type { Scope } from './scope.ts';

/** What a token is made of, besides its secret. */
export type TokenMake =
  | Pick<TotpFactor, 'kind' | 'settings' | 'memory'>
  | Pick<HotpFactor, 'kind' | 'settings' | 'memory'>
  | Pick<OcraFactor, 'kind' | 'settings' | 'memory'>
  | Pick<YubikeyFactor, 'kind' | 'settings' | 'memory'>;

/** A hardware token that the customer owns: in the drawer, in a user's hands, or lost. */
export type Token = Scope &
  TokenMake & {
    readonly serial: string;
    readonly state: 'stock' | 'assigned' | 'lost';
    readonly sealedSecret: Uint8Array;
    /** The factor that it is, while it is assigned. */
    readonly factorId: string | null;
    readonly createdAtMs: number;
  };

/** A token as a file of its maker lists it. It holds the secret. */
export type TokenSeed = TokenMake & { readonly serial: string; readonly secret: Uint8Array };

export const TOKEN_FORMATS = ['csv', 'otpauth', 'pskc', 'yubikey'] as const;
export const SERIAL = '^[A-Za-z0-9._-]{1,64}$';
const MOST_SECRET_BYTES = 64;
/** Nobody sets the clocks of tokens, so they may be learned to be off by five minutes. */
const TOKEN_DRIFT_STEPS = 10;

/** What a line or an element of a file says about one token, not yet judged. */
export type TokenFacts = {
  readonly serial: string;
  readonly secret: Uint8Array | null;
  readonly kind: string;
  readonly algorithm?: string | undefined;
  readonly digits?: number | undefined;
  readonly periodSeconds?: number | undefined;
  readonly counter?: number | undefined;
  /** Of a token with a keypad. */
  readonly suite?: string | undefined;
};

/** The token that these facts describe, or what is wrong with them, in one sentence. */
function readToken(facts: TokenFacts): TokenSeed | string {
  const { serial, secret, periodSeconds = 30, counter = 0 } = facts;
  if (!new RegExp(SERIAL).test(serial)) return 'the serial number must be 1 to 64 letters, digits and . _ -';
  if (secret === null || secret.length < LEAST_SECRET_BYTES || secret.length > MOST_SECRET_BYTES) {
    return `the secret of ${serial} must have ${LEAST_SECRET_BYTES} to ${MOST_SECRET_BYTES} bytes`;
  }
  if (facts.kind === 'yubikey') return readYubikey(serial, secret, facts.counter ?? -1);
  if (facts.kind === 'ocra') return readOcra(serial, secret, facts.suite ?? '');
  const algorithm = (facts.algorithm ?? 'SHA1').toUpperCase().replace('-', '').replace('HMAC', '');
  if (algorithm !== 'SHA1' && algorithm !== 'SHA256' && algorithm !== 'SHA512') {
    return `the algorithm of ${serial} must be SHA1, SHA256 or SHA512`;
  }
  const digits = facts.digits ?? 6;
  if (digits !== 6 && digits !== 8) return `the codes of ${serial} must have 6 or 8 digits`;
  const form = { algorithm, digits } as const;
  if (facts.kind === 'hotp') {
    if (!Number.isSafeInteger(counter) || counter < 0)
      return `the counter of ${serial} must be a whole number`;
    return { serial, secret, kind: 'hotp', settings: form, memory: { counter } };
  }
  if (facts.kind !== 'totp') return `the type of ${serial} must be hotp, totp or ocra`;
  if (periodSeconds !== 30 && periodSeconds !== 60) return `the period of ${serial} must be 30 or 60 seconds`;
  const settings = { ...form, periodSeconds, mostDriftSteps: TOKEN_DRIFT_STEPS } as const;
  return { serial, secret, kind: 'totp', settings, memory: NEW_TOTP_MEMORY };
}

/** Digits of the questions that keypads are asked. */
export const QUESTION_DIGITS = 8;

/** Of what OCRA can do, a question alone: no PIN, counter or clock that a keypad token would have to share. */
function readOcra(serial: string, secret: Uint8Array, text: string): TokenSeed | string {
  const suite = readSuite(text);
  const isPlain = suite !== null && !suite.counter && suite.pin === null && suite.sessionBytes === null;
  const asks = suite?.question.form === 'N' && suite.question.most >= QUESTION_DIGITS;
  if (!isPlain || !asks || suite.stepSeconds !== null || suite.digits < 6) {
    return `the suite of ${serial} must be such as OCRA-1:HOTP-SHA1-6:QN08: a question of numbers and nothing else`;
  }
  return { serial, secret, kind: 'ocra', settings: { suite: text }, memory: {} };
}

function readYubikey(serial: string, secret: Uint8Array, counter: number): TokenSeed | string {
  if (secret.length !== YUBIKEY_SECRET_BYTES)
    return `the key of ${serial} must have 16 bytes, its identity 6`;
  if (!Number.isSafeInteger(counter)) return `the counter of ${serial} must be a whole number`;
  return { serial: serial.toLowerCase(), secret, kind: 'yubikey', settings: {}, memory: { counter } };
}

/** The tokens of a file, or every problem that it has, in words that name the place. */
export type TokenFile = readonly TokenSeed[] | { readonly problems: readonly string[] };

export const isTokenFile = (read: TokenFile): read is readonly TokenSeed[] => Array.isArray(read);

/** Judges what a file lists. Nothing is taken of a file in which anything is wrong. */
export function gather(all: readonly { readonly place: string; readonly facts: TokenFacts }[]): TokenFile {
  const problems: string[] = [];
  const seeds: TokenSeed[] = [];
  const serials = new Set<string>();
  for (const { place, facts } of all) {
    const read = readToken(facts);
    if (typeof read === 'string') problems.push(`${place}: ${read}`);
    else if (serials.has(read.serial)) problems.push(`${place}: ${read.serial} is listed twice`);
    else {
      serials.add(read.serial);
      seeds.push(read);
    }
  }
  if (all.length === 0) problems.push('the file lists no token');
  return problems.length > 0 ? { problems } : seeds;
}
