import { equalSecret, hmac } from '../../kernel/hmac.ts';
import type { Random } from '../../kernel/random.ts';
import type { SlowHash } from '../../kernel/slow-hash.ts';

export type PasswordDeps = {
  readonly slowHash: SlowHash;
  readonly random: Random;
  /** A key outside of the database, without which the hashes in it cannot be tried. */
  readonly pepper: Uint8Array;
};

const SALT_BYTES = 16;

/** A password as it is kept: argon2id, then HMAC-SHA-256 under the pepper. @throws SlowHashBusy */
export async function writePassword(
  { slowHash, random, pepper }: PasswordDeps,
  password: string,
): Promise<string> {
  const salt = random.bytes(SALT_BYTES);
  const mac = hmac('SHA256', pepper, await slowHash(password.normalize('NFC'), salt));
  return `argon2id.1$${salt.toString('base64url')}$${mac.toString('base64url')}`;
}

/** Takes as long when there is nothing to compare with, so that time does not tell who has an account. */
export async function isPassword(
  { slowHash, random, pepper }: PasswordDeps,
  password: string,
  kept: string | null,
): Promise<boolean> {
  const [, salt, mac] = kept?.split('$') ?? [];
  const salted = salt === undefined ? random.bytes(SALT_BYTES) : Buffer.from(salt, 'base64url');
  const found = hmac('SHA256', pepper, await slowHash(password.normalize('NFC'), salted));
  return mac !== undefined && equalSecret(found, Buffer.from(mac, 'base64url'));
}
