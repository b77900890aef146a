import { digitsOf } from './base32.ts';

/** Douglas Crockford's base32: no I, L, O or U, so that no letter is taken for a digit or spells a word. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const GROUPS = 4;
const GROUP = 4;

/** How many codes a set has. */
export const RECOVERY_CODES = 10;
/** Bytes of chance in one code: 80 bits, which no guessing reaches. */
export const RECOVERY_BYTES = 10;

/** A recovery code as it is shown once, such as `7H2K-9QXM-0RDA-W4TZ`, from ten bytes of chance. */
export function writeRecoveryCode(bytes: Uint8Array): string {
  if (bytes.length !== RECOVERY_BYTES) throw new Error(`a recovery code is made of ${RECOVERY_BYTES} bytes`);
  return groupsOf(digitsOf(bytes, ALPHABET)).join('-');
}

/**
 * The sixteen characters of a typed recovery code, or null when it cannot be one. Case, spaces and hyphens do
 * not matter; I and L are read as 1, O as 0, as the alphabet intends.
 */
export function readRecoveryCode(typed: string): string | null {
  const text = typed.replace(/[ -]/g, '').toUpperCase().replace(/[IL]/g, '1').replaceAll('O', '0');
  return text.length === GROUPS * GROUP && [...text].every((letter) => ALPHABET.includes(letter))
    ? text
    : null;
}

const groupsOf = (text: string): string[] =>
  Array.from({ length: GROUPS }, (_, i) => text.slice(i * GROUP, (i + 1) * GROUP));
