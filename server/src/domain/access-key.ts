import { crc32 } from 'node:zlib';
import { sha256 } from '../kernel/hmac.ts';
import type { KeyScopes } from './key-scope.ts';
import type { Mode } from './scope.ts';

/** What is kept of an access key: never the key itself. */
export type AccessKey = {
  /** SHA-256 of the whole key; its entropy is high, so a slow hash would add nothing. */
  readonly digest: Uint8Array;
  /** Public id, to be named in logs and lists. */
  readonly id: string;
  readonly projectId: string;
  readonly mode: Mode;
  readonly name: string;
  readonly createdAtMs: number;
  readonly revokedAtMs: number | null;
  /** From then on it is refused; null when it does not end by itself. */
  readonly expiresAtMs: number | null;
  /** To the minute; null when it was never used. */
  readonly lastUsedAtMs: number | null;
  /** What it opens; null for everything. */
  readonly scopes: KeyScopes;
};

/** Whether requests that carry it are answered. */
export const isInForce = ({ revokedAtMs, expiresAtMs }: AccessKey, nowMs: number): boolean =>
  revokedAtMs === null && (expiresAtMs === null || nowMs < expiresAtMs);

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const TAG = 'rst';
const ID_LENGTH = 8;
const SECRET_LENGTH = 32; // 190 bits
const CHECKSUM_LENGTH = 6;
const OWN = new RegExp(`^(?:live|test)_${TAG}[0-9A-Za-z]{${ID_LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH}}$`);
const FOREIGN = /^(?:live|test)_[0-9A-Za-z]{20,128}$/;

/**
 * Writes an access key: `live_` or `test_`, a tag by which scanners know Roost's keys, a public id, the secret
 * and a checksum over all before it. `draw` gives numbers below its argument, each equally likely.
 */
export function writeAccessKey(mode: Mode, draw: (below: number) => number): string {
  let key = `${mode}_${TAG}`;
  for (let i = 0; i < ID_LENGTH + SECRET_LENGTH; i += 1) key += ALPHABET[draw(ALPHABET.length)];
  return key + checksumOf(key);
}

export type KnownKey = { readonly mode: Mode; readonly id: string; readonly digest: Buffer };

/**
 * Reads a key as a client sent it or an operator set it; null when it cannot be one. Keys that were in use
 * elsewhere are taken too: `live_` or `test_` and at least 20 letters and digits. A key of Roost's own with a
 * wrong checksum is a typing error and known without asking the database.
 */
export function readAccessKey(text: string): KnownKey | null {
  const own = OWN.test(text);
  if (!own && !FOREIGN.test(text)) return null;
  if (own && checksumOf(text.slice(0, -CHECKSUM_LENGTH)) !== text.slice(-CHECKSUM_LENGTH)) return null;
  const digest = sha256(text);
  const mode = text.startsWith('live_') ? 'live' : 'test';
  const id = own ? text.slice(8, 8 + ID_LENGTH) : digest.toString('hex', 0, 5);
  return { mode, id, digest };
}

function checksumOf(text: string): string {
  let rest = crc32(text);
  let checksum = '';
  for (let i = 0; i < CHECKSUM_LENGTH; i += 1) {
    checksum += ALPHABET[rest % ALPHABET.length];
    rest = Math.floor(rest / ALPHABET.length);
  }
  return checksum;
}
