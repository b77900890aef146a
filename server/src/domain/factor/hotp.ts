import { equalSecret, type HashName, hmac } from '../../kernel/hmac.ts';

export const ALGORITHMS = ['SHA1', 'SHA256', 'SHA512'] as const satisfies readonly HashName[];
/** The hash under the HMAC. SHA-1 is what every app and most tokens have; in an HMAC it is not broken. */
export type Algorithm = (typeof ALGORITHMS)[number];

export const CODE_DIGITS = [6, 8] as const;
export type CodeDigits = (typeof CODE_DIGITS)[number];

export type CodeForm = { readonly algorithm: Algorithm; readonly digits: CodeDigits };

/** Shortest secret that is taken, in bytes: 128 bits (RFC 4226, section 4, R6). */
export const LEAST_SECRET_BYTES = 16;
/** Secrets that Roost makes: 160 bits, as RFC 4226 recommends and every app takes. */
export const USUAL_SECRET_BYTES = 20;

/** The code of one counter value (RFC 4226, section 5.3). `counter` is a whole number from 0 below 2^53. */
export function hotp({ algorithm, digits }: CodeForm, secret: Uint8Array, counter: number): string {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(counter));
  const mac = hmac(algorithm, secret, message);
  return truncate(mac, digits);
}

/** Dynamic truncation of an HMAC to so many decimal digits (RFC 4226, section 5.3). */
export function truncate(mac: Buffer, digits: number): string {
  const offset = mac.readUInt8(mac.length - 1) & 0x0f;
  const number = mac.readUInt32BE(offset) & 0x7fffffff;
  return String(number % 10 ** digits).padStart(digits, '0');
}

/**
 * The first counter from `from` to `to` (both included) whose code this is; null when there is none. Every
 * candidate is computed and compared, so the time tells nothing.
 */
export function findCounter(
  form: CodeForm,
  secret: Uint8Array,
  code: string,
  { from, to }: { readonly from: number; readonly to: number },
): number | null {
  const typed = Buffer.from(code);
  let found: number | null = null;
  for (let counter = to; counter >= Math.max(0, from); counter -= 1) {
    if (equalSecret(Buffer.from(hotp(form, secret, counter)), typed)) found = counter;
  }
  return found;
}

/** What is remembered between two codes of a counting token. */
export type HotpMemory = {
  /** The counter of the next code: all before it are used up or passed over. It only ever goes up. */
  readonly counter: number;
};

/** Codes that are looked for: the next one, and four that may have been made for nobody. */
const LOOK_AHEAD = 5;
/** How far two codes that follow one another may lie ahead. */
const RESYNC_AHEAD = 100;

/** What is to be remembered once this code is accepted; null when it is none of the next five. */
export function acceptHotp(
  form: CodeForm,
  secret: Uint8Array,
  { counter }: HotpMemory,
  code: string,
): HotpMemory | null {
  const found = findCounter(form, secret, code, { from: counter, to: counter + LOOK_AHEAD - 1 });
  return found === null ? null : { counter: found + 1 };
}

/**
 * What is to be remembered once a token that was pressed too often is found again, by two codes that follow one
 * another within the next hundred (RFC 4226, section 7.4); null when these are not.
 */
export function resyncHotp(
  form: CodeForm,
  secret: Uint8Array,
  { counter }: HotpMemory,
  [first, second]: readonly [string, string],
): HotpMemory | null {
  for (let from = counter; from < counter + RESYNC_AHEAD; from += 1) {
    const range = { from, to: counter + RESYNC_AHEAD - 1 };
    const found = findCounter(form, secret, first, range);
    if (found === null) return null;
    const next = { from: found + 1, to: found + 1 };
    if (findCounter(form, secret, second, next) !== null) return { counter: found + 2 };
    from = found; // the first code comes up more than once in a hundred, though rarely
  }
  return null;
}
