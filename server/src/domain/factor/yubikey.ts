import { createDecipheriv } from 'node:crypto';
import { equalSecret } from '../../kernel/hmac.ts';

/** Hexadecimal in letters that every keyboard layout has in the same place. */
const MODHEX = 'cbdefghijklnrtuv';
const KEY_BYTES = 16;
const UID_BYTES = 6;
const SEALED_CHARACTERS = 32;
const MOST_PUBLIC_CHARACTERS = 16;
const GOOD_CRC = 0xf0b8;

/** Bytes of what a YubiKey and we both know: its AES key, and its private identity. */
export const YUBIKEY_SECRET_BYTES = KEY_BYTES + UID_BYTES;

/** What is remembered between two touches. It only ever goes up: times it was plugged in, then touches since. */
export type YubikeyMemory = { readonly counter: number };

/** A Yubico OTP as it was typed: whose it says it is, and the sealed part. Null when it cannot be one. */
export function readYubikeyOtp(typed: string): { readonly publicId: string; readonly sealed: Buffer } | null {
  const text = typed.trim().toLowerCase();
  const most = SEALED_CHARACTERS + MOST_PUBLIC_CHARACTERS;
  if (text.length <= SEALED_CHARACTERS || text.length > most || text.length % 2 !== 0) return null;
  const bytes = fromModhex(text.slice(-SEALED_CHARACTERS));
  const publicId = text.slice(0, -SEALED_CHARACTERS);
  return bytes === null || fromModhex(publicId) === null ? null : { publicId, sealed: bytes };
}

/**
 * What is to be remembered once this one-time password is accepted; null when it was made with another key, by
 * another YubiKey, or before one that was accepted.
 */
export function acceptYubikey(
  secret: Uint8Array,
  { counter }: YubikeyMemory,
  sealed: Uint8Array,
): YubikeyMemory | null {
  const decipher = createDecipheriv('aes-128-ecb', secret.subarray(0, KEY_BYTES), null).setAutoPadding(false);
  const plain = Buffer.concat([decipher.update(sealed), decipher.final()]);
  const isOurs = equalSecret(plain.subarray(0, UID_BYTES), secret.subarray(KEY_BYTES));
  if (!isOurs || crcOf(plain) !== GOOD_CRC) return null;
  const used = (plain.readUInt16LE(UID_BYTES) & 0x7fff) * 256 + plain.readUInt8(11);
  return used > counter ? { counter: used } : null;
}

export function fromModhex(text: string): Buffer | null {
  const digits = [...text].map((letter) => MODHEX.indexOf(letter));
  if (digits.includes(-1) || digits.length % 2 !== 0) return null;
  return Buffer.from(digits.map((digit) => digit.toString(16)).join(''), 'hex');
}

/** CRC-16 as ISO 13239 has it: of good data with its own complement behind it, always 0xf0b8. */
export function crcOf(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x8408 : crc >>> 1;
  }
  return crc;
}
