import { createHmac, hkdfSync } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';

/** BirdBank's own secrets, which are not in its database: whoever copies that alone can use none of what it holds. */
export type Keys = {
  /** Goes over the hashes of passwords. */
  readonly pepper: Buffer;
  /** Under which phone numbers, devices and addresses are looked up without being kept. */
  readonly lookup: Buffer;
  /** Seals phone numbers that notices are sent to. */
  readonly numbers: Buffer;
  /** Seals where customers are signed in. */
  readonly places: Buffer;
  /** Signs the ids that browsers get before anything about them is kept. */
  readonly visits: Buffer;
};

const FILE = 'birdbank.key';

/**
 * Opens the key of this folder's database, and makes it with the database.
 * @throws Error when the key is missing, is another one, or can be read by others
 */
export function openKeys(
  folder: string,
  database: DatabaseSync,
  randomBytes: (size: number) => Buffer,
): Keys {
  const file = join(folder, FILE);
  const known = database.prepare('SELECT digest FROM key_checks').get()?.digest as Uint8Array | undefined;
  if (!existsSync(file)) {
    if (known !== undefined)
      throw new Error(`${file} is missing: without it nobody can sign in; bring it back`);
    writeFileSync(file, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  }
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
    throw new Error(`${file} can be read by others: chmod 600 it`);
  }
  const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64url');
  if (key.length !== 32) throw new Error(`${file} is damaged: it must hold 32 bytes as base64url`);
  const digest = createHmac('sha256', key).update('birdbank key check').digest();
  if (known === undefined) database.prepare('INSERT INTO key_checks (digest) VALUES (?)').run(digest);
  else if (!digest.equals(known)) throw new Error(`${file} is not the key of this database`);
  const derived = (name: string): Buffer => Buffer.from(hkdfSync('sha256', key, '', `birdbank ${name}`, 32));
  return {
    ...{ pepper: derived('pepper'), lookup: derived('lookup') },
    ...{ numbers: derived('numbers'), places: derived('places'), visits: derived('visits') },
  };
}
