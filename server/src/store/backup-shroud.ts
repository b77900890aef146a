import type { BackupKeyring } from '../domain/backup-keys.ts';
import type { Mode } from '../domain/scope.ts';
import type { Random } from '../kernel/random.ts';
import { openBytes, sealBytes } from '../kernel/seal.ts';
import type { TableShape } from './connection.ts';
import { bytesHex, type SqlRow } from './table.ts';

/** What a backup has in the place of a row about somebody: the way to the key, and the row sealed under it. */
export type ShroudedRow = readonly [way: string, sealed: string];

/** What rows about recipients are sealed with, each under the key of its recipient. */
export type ShroudKeys = { readonly keys: BackupKeyring; readonly random: Random };
export type Shroud = {
  /** Whether the table is left out of an erasable backup. */
  isLeftOut(table: string): boolean;
  /** The row as it is written; null where it is about nobody, and stays as it is. */
  wrap(table: TableShape, row: SqlRow, text: () => string): ShroudedRow | null;
};

/** Which column of a table tells about whom a row is. */
const ABOUT: { readonly [table: string]: string } = {
  ...{ verifications: 'recipient_key', texts: 'recipient_key', refusals: 'recipient_key' },
  ...{ factors: 'recipient_key', hlrs: 'number_key', haunts: 'user_key' },
};
/**
 * What is of the moment and tells of many recipients: what was told to webhooks, which a restore tells nobody again;
 * answers for repeats of a day; and rows that only hold locks.
 */
const LEFT_OUT: readonly string[] = ['webhook_deliveries', 'idempotency_keys', 'recipients'];
const NONCE_BYTES = 12;
const MOST_REMEMBERED = 50_000;

type Leaf = ReturnType<BackupKeyring['keyFor']>;

export function backupShroud({ keys, random }: ShroudKeys): Shroud {
  const leaves = new Map<string, Leaf>();
  const leafOf = (projectId: string, mode: string, recipientKey: string): Leaf => {
    const name = `${mode} ${projectId} ${recipientKey}`;
    const known = leaves.get(name);
    if (known !== undefined) return known;
    const leaf = keys.keyFor({ projectId, mode: mode as Mode, recipientKey });
    if (leaves.size >= MOST_REMEMBERED) leaves.clear();
    leaves.set(name, leaf);
    return leaf;
  };
  return {
    isLeftOut: (table) => LEFT_OUT.includes(table),
    wrap({ name, columns }, row, text) {
      const column = ABOUT[name];
      if (column === undefined) return null;
      const at = (wanted: string) => row[columns.findIndex((one) => one.name === wanted)] ?? null;
      const about = at(column);
      if (about === null) return null;
      const { way, key } = leafOf(String(at('project_id')), String(at('mode')), bytesHex(about));
      const sealed = sealBytes(key, random.bytes(NONCE_BYTES), text(), name);
      return [way, Buffer.from(sealed).toString('base64')];
    },
  };
}

/** What a row said; null where its key was taken away. @throws Error when it is damaged */
export function openShrouded(keys: BackupKeyring, table: string, [way, sealed]: ShroudedRow): string | null {
  const key = keys.keyAt(way);
  return key === null ? null : openBytes(key, Buffer.from(sealed, 'base64'), table).toString();
}
