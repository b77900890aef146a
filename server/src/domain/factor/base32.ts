const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const GROUP = 4;

/** Bytes in the base32 of RFC 4648, without padding, as authenticator apps write secrets. */
export function toBase32(bytes: Uint8Array): string {
  return digitsOf(bytes, ALPHABET);
}

/** Bytes as five bits a character of `alphabet`, the last character filled up with zeros. */
export function digitsOf(bytes: Uint8Array, alphabet: string): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = ((held & 0x1f) << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(held >>> bits) & 0x1f];
    }
  }
  return bits === 0 ? text : text + alphabet[(held << (5 - bits)) & 0x1f];
}

/**
 * Reads base32 as people type and QR codes hold it: in either case, with or without padding, with spaces and
 * hyphens between groups. Null when it is not whole bytes of base32.
 */
export function fromBase32(typed: string): Buffer | null {
  const text = typed
    .replace(/[ -]/g, '')
    .replace(/={0,6}$/, '')
    .toUpperCase();
  // With 1, 3 or 6 characters left over, the last of them would belong to no byte.
  if (!/^[A-Z2-7]*$/.test(text) || [1, 3, 6].includes(text.length % 8)) return null;
  const bytes = Buffer.alloc(Math.floor((text.length * 5) / 8));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const character of text) {
    held = ((held & 0xff) << 5) | ALPHABET.indexOf(character);
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at] = (held >>> bits) & 0xff;
    at += 1;
  }
  return bytes;
}

/** A secret in groups of four, for people who type it. */
export const grouped = (text: string): string => text.replace(new RegExp(`(.{${GROUP}})(?=.)`, 'g'), '$1 ');
