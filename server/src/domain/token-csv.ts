import { fromBase32 } from './factor/base32.ts';
import { gather, type TokenFile } from './token.ts';

const MOST_LINES = 2_000;

/**
 * Reads a list of tokens, one a line: `serial, secret, type, digits, period or counter, algorithm`. All
 * but the first two may be left out: hotp, 6 digits, counter 0 or 30 seconds, SHA1. The secret is hexadecimal, or
 * base32 after `base32:`. Of type `ocra` the last field is the suite, of type `yubikey` the
 * counter is the last one that was used. Empty lines and those that begin with # are passed over.
 */
export function readTokenCsv(text: string): TokenFile {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  if (lines.length > MOST_LINES) return { problems: [`the file has more than ${MOST_LINES} lines`] };
  const told = lines
    .map((line, i) => ({ place: `line ${i + 1}`, line: line.trim() }))
    .filter(({ line }) => line !== '' && !line.startsWith('#'));
  return gather(told.map(({ place, line }) => ({ place, facts: factsOf(line) })));
}

function factsOf(line: string) {
  const [serial = '', secret = '', kind = '', digits = '', moving = '', algorithm = '', ...more] = line
    .split(/[,;\t]/)
    .map((field) => field.trim().replace(/^"(.*)"$/, '$1'));
  const isTotp = kind.toLowerCase() === 'totp';
  const movingFactor = isTotp ? { periodSeconds: number(moving) } : { counter: number(moving) };
  return {
    ...{ serial, secret: more.length > 0 ? null : secretOf(secret) },
    kind: kind === '' ? 'hotp' : kind.toLowerCase(),
    digits: number(digits),
    ...movingFactor,
    algorithm: algorithm === '' ? undefined : algorithm,
    suite: algorithm,
  };
}

function secretOf(text: string): Uint8Array | null {
  if (/^base32:/i.test(text)) return fromBase32(text.slice(7));
  const hex = text.replaceAll(' ', '');
  return /^(?:[0-9a-f]{2})+$/i.test(hex) ? Buffer.from(hex, 'hex') : null;
}

/** What is left out is as usual; what is not a number is none. */
const number = (text: string): number | undefined =>
  text === '' ? undefined : /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
