import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type PasswordProblem = 'empty' | 'short' | 'long' | 'common' | 'guessable';

const SHORTEST = 8;
/** Characters. Far more than anybody types; nothing is ever cut off. */
const LONGEST = 256;
const COMMON = new Set(
  readFileSync(join(import.meta.dirname, 'common.txt'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#')),
);

/**
 * Why a password cannot be one, or null. Length and what everybody tries first decide, and no rule about capitals,
 * digits or signs (OWASP ASVS 6.2). `own` are words that whoever guesses tries next, such as the user name.
 */
export function judgePassword(password: string, own: readonly string[]): PasswordProblem | null {
  const characters = [...password.normalize('NFC')].length;
  if (characters === 0) return 'empty';
  if (characters < SHORTEST) return 'short';
  if (characters > LONGEST) return 'long';
  const plain = password.toLowerCase();
  if (COMMON.has(plain)) return 'common';
  const guesses = [...own, 'birdbank'].filter((word) => word.length >= 3).map((word) => word.toLowerCase());
  const rest = guesses.reduce((left, word) => left.replaceAll(word, ''), plain);
  const isMostlyOwn = [...rest].length < 4 || new Set(plain).size === 1;
  return isMostlyOwn ? 'guessable' : null;
}
