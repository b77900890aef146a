import { createHmac, hash, hkdfSync, timingSafeEqual } from 'node:crypto';

/** Bytes of each key derived from the master key. */
export const KEY_BYTES = 32;

/** A key of its own for each purpose, so that what one purpose leaks helps no other. */
export const deriveKey = (master: Uint8Array, purpose: string): Buffer =>
  hkdf(master, 'roost/v1', purpose, KEY_BYTES);

/** HKDF-SHA-256 (RFC 5869), extract and expand. @throws Error when more than 8160 bytes are asked for */
export const hkdf = (
  key: Uint8Array,
  salt: string | Uint8Array,
  info: string | Uint8Array,
  size: number,
): Buffer => Buffer.from(hkdfSync('sha256', key, salt, info, size));

export type HashName = 'SHA1' | 'SHA256' | 'SHA512';

/** HMAC (RFC 2104), whole. */
export const hmac = (hashName: HashName, key: Uint8Array, message: string | Uint8Array): Buffer =>
  createHmac(hashName, key).update(message).digest();

/**
 * HMAC-SHA-256 (RFC 2104) over parts, each prefixed with its length, so that no two lists of parts give
 * the same input.
 */
export function macOf(key: Uint8Array, parts: readonly string[]): Buffer {
  let message = '';
  for (const part of parts) message += `${part.length}:${part}`;
  return hmac('SHA256', key, message);
}

export const sha256 = (text: string): Buffer => hash('sha256', text, 'buffer');

/** Equal in constant time; texts of different lengths are unequal at once, their lengths are no secret. */
export function equalSecret(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
