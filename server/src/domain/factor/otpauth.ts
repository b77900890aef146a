import type { Problem } from '../../kernel/failure.ts';
import { fromBase32, toBase32 } from './base32.ts';
import { ALGORITHMS, CODE_DIGITS, type CodeForm, LEAST_SECRET_BYTES } from './hotp.ts';
import { PERIODS } from './totp.ts';

/** What an `otpauth://` address says: all that an authenticator needs. It holds the secret. */
export type OtpauthKey = {
  readonly issuer: string | null;
  readonly account: string;
  readonly secret: Uint8Array;
  readonly form: CodeForm;
} & (
  | { readonly kind: 'totp'; readonly periodSeconds: (typeof PERIODS)[number] }
  | { readonly kind: 'hotp'; readonly counter: number }
);

const MOST_CHARACTERS = 2_048;
const MOST_SECRET_BYTES = 128;

/** Writes the address that authenticator apps read from a QR code. Every parameter is named: apps differ in what they presume. */
export function writeOtpauth(key: OtpauthKey): string {
  const { issuer, account, secret, form } = key;
  const label = [issuer, account]
    .flatMap((part) => (part === null ? [] : encodeURIComponent(part)))
    .join(':');
  const moving = key.kind === 'totp' ? ['period', key.periodSeconds] : ['counter', key.counter];
  const parameters = [
    ['secret', toBase32(secret)],
    ...(issuer === null ? [] : [['issuer', encodeURIComponent(issuer)]]),
    ['algorithm', form.algorithm],
    ['digits', form.digits],
    moving,
  ];
  return `otpauth://${key.kind}/${label}?${parameters.map((parameter) => parameter.join('=')).join('&')}`;
}

/** Reads such an address, or tells the first thing that is wrong with it. What it leaves out is SHA1, 6 digits, 30 s. */
export function readOtpauth(text: string): OtpauthKey | Problem {
  if (text.length > MOST_CHARACTERS) return invalid(`it is longer than ${MOST_CHARACTERS} characters`);
  const parts = /^otpauth:\/\/(totp|hotp)\/([^?#]*)\?([^#]*)$/i.exec(text);
  if (parts === null)
    return invalid('it must begin with otpauth://totp/ or otpauth://hotp/ and have a query');
  const kind = parts[1]?.toLowerCase() === 'hotp' ? 'hotp' : 'totp';
  const label = decoded(parts[2] ?? '');
  const query = parametersOf(parts[3] ?? '');
  if (label === null || query === null)
    return invalid('it is not percent-encoded UTF-8, or says a thing twice');
  const secret = fromBase32(query.get('secret') ?? '');
  if (secret === null || secret.length < LEAST_SECRET_BYTES || secret.length > MOST_SECRET_BYTES) {
    return invalid(`its secret must be base32 of ${LEAST_SECRET_BYTES} to ${MOST_SECRET_BYTES} bytes`);
  }
  const algorithm = among(ALGORITHMS, (query.get('algorithm') ?? 'SHA1').toUpperCase().replace('-', ''));
  if (algorithm === null) return invalid(`its algorithm must be one of ${ALGORITHMS.join(', ')}`);
  const digits = among(CODE_DIGITS, number(query.get('digits') ?? '6'));
  if (digits === null) return invalid('its digits must be 6 or 8');
  const colon = label.indexOf(':');
  const issuer = query.get('issuer') ?? (colon < 0 ? null : label.slice(0, colon));
  const about = { issuer, account: label.slice(colon + 1).trim(), secret, form: { algorithm, digits } };
  if (kind === 'hotp') {
    const counter = number(query.get('counter') ?? '');
    return counter === null ? invalid('its counter must be a whole number') : { ...about, kind, counter };
  }
  const periodSeconds = among(PERIODS, number(query.get('period') ?? '30'));
  return periodSeconds === null ? invalid('its period must be 30 or 60') : { ...about, kind, periodSeconds };
}

/** The parameters by lower-case name; null when one is given twice or cannot be decoded. */
function parametersOf(query: string): Map<string, string> | null {
  const found = new Map<string, string>();
  for (const parameter of query.split('&').filter((part) => part !== '')) {
    const at = parameter.indexOf('=');
    const name = decoded(at < 0 ? parameter : parameter.slice(0, at))?.toLowerCase() ?? null;
    const value = at < 0 ? '' : decoded(parameter.slice(at + 1).replaceAll('+', ' '));
    if (name === null || value === null || found.has(name)) return null;
    found.set(name, value);
  }
  return found;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

const number = (text: string): number | null => (/^\d{1,15}$/.test(text) ? Number(text) : null);

function among<T>(options: readonly T[], value: unknown): T | null {
  return options.find((option) => option === value) ?? null;
}

const invalid = (what: string): Problem => ({
  code: 'invalid_parameter',
  message: `the otpauth address cannot be used: ${what}`,
  parameter: 'uri',
});
