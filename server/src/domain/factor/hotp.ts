import { createHmac } from 'node:crypto';
import { equalSecret } from '../../kernel/hmac.ts';

export const ALGORITHMS = ['SHA1', 'SHA256', 'SHA512'] as const;
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
  const mac = createHmac(algorithm, secret).update(message).digest();
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
