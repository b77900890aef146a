import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  ensureBackupKeys,
  openBackupKeys,
  readBackupKeys,
  sealBackupKeys,
} from '../app/erasure/backup-keys.ts';
import { createSafe, type Safe } from '../app/safe.ts';
import { BACKUP_KEYS, type BackupKeyring, backupKeyring } from '../domain/backup-keys.ts';
import { type Random, systemRandom } from '../kernel/random.ts';
import { existingMasterKey, readSettings, withStore } from './store-tools.ts';
import type { Surroundings } from './surroundings.ts';

const safeOf = (surroundings: Surroundings): Safe =>
  createSafe(existingMasterKey(readSettings(surroundings)), systemRandom);

/** What rows about recipients are sealed with, made when this is the first erasable backup. */
export async function keysForBackup(
  surroundings: Surroundings,
): Promise<{ readonly keys: BackupKeyring; readonly random: Random }> {
  const safe = safeOf(surroundings);
  const keys = await withStore(surroundings, (store) => ensureBackupKeys({ store, safe }, systemRandom));
  return { keys: backupKeyring(keys), random: systemRandom };
}

/**
 * Writes the keys as they are now over what the file held. Sealed under the master key, readable by its owner alone.
 * @returns the whole name of the file. @throws Error where no erasable backup was made, or it cannot be written
 */
export async function writeKeysFile(surroundings: Surroundings, file: string): Promise<string> {
  const safe = safeOf(surroundings);
  const path = resolve(surroundings.folder, file);
  const keys = await withStore(surroundings, (store) => readBackupKeys({ store, safe }));
  if (keys === null) throw new Error('there are no keys yet: make a backup with --keys first');
  const draft = `${path}.partial`;
  try {
    writeFileSync(draft, `${sealBackupKeys(safe, keys)}\n`, { mode: 0o600, flush: true });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`${path} cannot be written: ${code === 'ENOENT' ? 'there is no such folder' : code}`);
  }
  return path;
}

/** The keys in a file, and the setting that keeps them. @throws Error when it holds none that this master key opens */
export function readKeysFile(surroundings: Surroundings, file: string) {
  const safe = safeOf(surroundings);
  let text: string;
  try {
    text = readFileSync(resolve(surroundings.folder, file), 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`${file} cannot be read: ${code === 'ENOENT' ? 'there is no such file' : code}`);
  }
  try {
    return {
      ring: backupKeyring(openBackupKeys(safe, text)),
      setting: { name: BACKUP_KEYS, value: text },
    };
  } catch {
    throw new Error(`${file} holds no keys of backups, or those of another master key`);
  }
}
