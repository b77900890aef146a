import type { Problem } from '../../kernel/failure.ts';
import { type Algorithm, type CodeDigits, LEAST_SECRET_BYTES } from './hotp.ts';
import type { OtpauthKey } from './otpauth.ts';
import { type Field, readFields, writeFields } from './protobuf.ts';

/**
 * The addresses in the QR codes by which authenticator apps hand over many keys at once (`otpauth-migration://`).
 * There is no published specification of it; the field numbers are those that the apps write.
 */

/** What one code holds: some of the keys, and which part of the whole it is. */
export type MigrationPart = {
  readonly keys: readonly OtpauthKey[];
  /** From 0 below `parts`. */
  readonly part: number;
  readonly parts: number;
  /** The same in all codes of one hand-over. */
  readonly batch: number;
};

const SCHEME = /^otpauth-migration:\/\/offline\/?\?data=([^&#]+)$/i;
const MOST_CHARACTERS = 8_192;
const MOST_PARTS = 100;
const MOST_SECRET_BYTES = 128;
/** Keys in one code: as many as apps put into one. */
const KEYS_IN_A_PART = 10;
/** Migration codes do not tell the period: apps take it to be this. */
const PERIOD_SECONDS = 30;

const PAYLOAD = { key: 1, version: 2, parts: 3, part: 4, batch: 5 } as const;
const KEY = { secret: 1, name: 2, issuer: 3, algorithm: 4, digits: 5, type: 6, counter: 7 } as const;
const ALGORITHMS: readonly (Algorithm | null)[] = ['SHA1', 'SHA1', 'SHA256', 'SHA512'];
const DIGITS: readonly CodeDigits[] = [6, 6, 8];
const HOTP = 1;
const TOTP = 2;

/** Whether it is such an address, rather than one of a single key. */
export const isMigration = (text: string): boolean => /^otpauth-migration:/i.test(text);

/** Reads such an address, or tells the first thing that is wrong with it. */
export function readMigration(text: string): MigrationPart | Problem {
  if (text.length > MOST_CHARACTERS) return invalid(`it is longer than ${MOST_CHARACTERS} characters`);
  const message = bytesOf(SCHEME.exec(text)?.[1] ?? '');
  const fields = message === null || message.length === 0 ? null : readFields(message);
  if (fields === null) return invalid('it must be otpauth-migration://offline?data= and a whole payload');
  const keys: OtpauthKey[] = [];
  for (const field of fields.filter(({ number }) => number === PAYLOAD.key)) {
    const key = field.kind === 'bytes' ? keyOf(field.value) : 'a key in it cannot be read';
    if (typeof key === 'string') return invalid(key);
    keys.push(key);
  }
  const parts = numberIn(fields, PAYLOAD.parts) || 1;
  const part = numberIn(fields, PAYLOAD.part);
  if (keys.length === 0) return invalid('it holds no key');
  if (parts < 1 || parts > MOST_PARTS || part < 0 || part >= parts)
    return invalid('its part is not of the whole');
  return { keys, part, parts, batch: numberIn(fields, PAYLOAD.batch) };
}

/** Writes keys as such addresses, in parts of ten. A TOTP key of another period than 30 s cannot be told so. */
export function writeMigration(keys: readonly OtpauthKey[], batch: number): readonly string[] {
  const odd = keys.some((key) => key.kind === 'totp' && key.periodSeconds !== PERIOD_SECONDS);
  if (odd) throw new Error(`a migration code holds keys of ${PERIOD_SECONDS} seconds alone`);
  const parts = Math.ceil(keys.length / KEYS_IN_A_PART);
  return Array.from({ length: parts }, (_, part) => {
    const inPart = keys.slice(part * KEYS_IN_A_PART, (part + 1) * KEYS_IN_A_PART);
    const message = writeFields([
      ...inPart.map((key) => bytes(PAYLOAD.key, keyMessage(key))),
      ...[number(PAYLOAD.version, 1), number(PAYLOAD.parts, parts), number(PAYLOAD.part, part)],
      number(PAYLOAD.batch, batch),
    ]);
    return `otpauth-migration://offline?data=${encodeURIComponent(message.toString('base64'))}`;
  });
}

function keyOf(message: Buffer): OtpauthKey | string {
  const fields = readFields(message);
  if (fields === null) return 'a key in it cannot be read';
  const name = textIn(fields, KEY.name);
  const given = textIn(fields, KEY.issuer);
  if (name === null || given === null) return 'a name in it is not UTF-8';
  const of = name === '' ? 'a key in it' : `the key of ${name.slice(0, 60)}`;
  const secret = fields.findLast(({ number }) => number === KEY.secret)?.value;
  if (!Buffer.isBuffer(secret) || secret.length < LEAST_SECRET_BYTES || secret.length > MOST_SECRET_BYTES) {
    return `the secret of ${of} must have ${LEAST_SECRET_BYTES} to ${MOST_SECRET_BYTES} bytes`;
  }
  const algorithm = ALGORITHMS[numberIn(fields, KEY.algorithm)] ?? null;
  if (algorithm === null) return `${of} must be of SHA1, SHA256 or SHA512`;
  const digits = DIGITS[numberIn(fields, KEY.digits)];
  if (digits === undefined) return `${of} must have 6 or 8 digits`;
  const colon = name.indexOf(':');
  const issuer = given === '' ? (colon < 0 ? null : name.slice(0, colon)) : given;
  const about = { issuer, account: name.slice(colon + 1).trim(), secret, form: { algorithm, digits } };
  const type = numberIn(fields, KEY.type);
  if (type === TOTP) return { ...about, kind: 'totp', periodSeconds: PERIOD_SECONDS };
  const counter = numberIn(fields, KEY.counter);
  if (type !== HOTP || !Number.isSafeInteger(counter) || counter < 0) return `${of} is neither TOTP nor HOTP`;
  return { ...about, kind: 'hotp', counter };
}

function keyMessage(key: OtpauthKey): Buffer {
  const { issuer, account, secret, form } = key;
  return writeFields([
    ...[bytes(KEY.secret, Buffer.from(secret)), bytes(KEY.name, Buffer.from(account))],
    ...(issuer === null ? [] : [bytes(KEY.issuer, Buffer.from(issuer))]),
    number(KEY.algorithm, ALGORITHMS.lastIndexOf(form.algorithm)),
    number(KEY.digits, DIGITS.lastIndexOf(form.digits)),
    number(KEY.type, key.kind === 'hotp' ? HOTP : TOTP),
    ...(key.kind === 'hotp' ? [number(KEY.counter, key.counter)] : []),
  ]);
}

const bytes = (number: number, value: Buffer): Field => ({ number, kind: 'bytes', value });
const number = (number: number, value: number): Field => ({ number, kind: 'number', value });

/** What a message leaves out is 0; of a field that comes twice the last counts. */
function numberIn(fields: readonly Field[], wanted: number): number {
  const field = fields.findLast(({ number }) => number === wanted);
  return field?.kind === 'number' ? field.value : 0;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function textIn(fields: readonly Field[], wanted: number): string | null {
  const field = fields.findLast(({ number }) => number === wanted);
  if (field?.kind !== 'bytes') return '';
  try {
    return decoder.decode(field.value);
  } catch {
    return null;
  }
}

/** Base64 in either alphabet, percent-encoded or not; null when it is none. */
function bytesOf(data: string): Buffer | null {
  try {
    const bare = decodeURIComponent(data).replaceAll(' ', '+');
    return /^[\w+/-]*={0,2}$/.test(bare) ? Buffer.from(bare, 'base64') : null;
  } catch {
    return null;
  }
}

const invalid = (what: string): Problem => ({
  code: 'invalid_parameter',
  message: `the migration address cannot be used: ${what}`,
  parameter: 'uri',
});
