import { BACKUP_KEYS, type BackupKeys, newBackupKeys, withoutKey } from '../../domain/backup-keys.ts';
import type { Key, RecipientKey } from '../../domain/scope.ts';
import { KEY_BYTES } from '../../kernel/hmac.ts';
import type { Random } from '../../kernel/random.ts';
import { type Store, tables } from '../../store/store.ts';
import type { Safe } from '../safe.ts';

type Deps = { readonly store: Store; readonly safe: Pick<Safe, 'seal' | 'open'> };

/** They belong to the installation, so there is no project to bind them to. */
const OWNER: Key = { projectId: '', mode: 'live', id: BACKUP_KEYS };

/** The keys of erasable backups, made when there are none yet. */
export function ensureBackupKeys({ store, safe }: Deps, random: Random): Promise<BackupKeys> {
  const fresh = newBackupKeys(random.bytes(KEY_BYTES), random.bytes(KEY_BYTES));
  return store.transaction(async (tx) => {
    const found = await tx.get(tables.settings, { name: BACKUP_KEYS });
    if (found !== null) return openBackupKeys(safe, found.value);
    tx.insert(tables.settings, { name: BACKUP_KEYS, value: sealBackupKeys(safe, fresh) });
    return fresh;
  });
}

/** The keys as they are now; null where no erasable backup was ever made. */
export async function readBackupKeys({ store, safe }: Deps): Promise<BackupKeys | null> {
  const found = await store.read.get(tables.settings, { name: BACKUP_KEYS });
  return found === null ? null : openBackupKeys(safe, found.value);
}

/** Takes away for good the keys under which backups hold what is about these. */
export async function destroyBackupKeys({ store, safe }: Deps, whom: readonly RecipientKey[]): Promise<void> {
  if ((await readBackupKeys({ store, safe })) === null) return;
  await store.transaction(async (tx) => {
    const found = await tx.get(tables.settings, { name: BACKUP_KEYS });
    if (found === null) return;
    const left = whom.reduce(withoutKey, openBackupKeys(safe, found.value));
    tx.update(tables.settings, { name: BACKUP_KEYS, value: sealBackupKeys(safe, left) });
  });
}

/** As they are kept, in the database and in the file of keys. */
export const sealBackupKeys = (safe: Deps['safe'], keys: BackupKeys): string =>
  Buffer.from(safe.seal(BACKUP_KEYS, JSON.stringify(keys), OWNER)).toString('base64');

/** @throws Error when it is something else, or was sealed under another master key */
export const openBackupKeys = (safe: Deps['safe'], text: string): BackupKeys =>
  JSON.parse(safe.open(BACKUP_KEYS, Buffer.from(text, 'base64'), OWNER)) as BackupKeys;
