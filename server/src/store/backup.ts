import { BACKUP_KEYS, type BackupKeyring } from '../domain/backup-keys.ts';
import type { Counts } from '../domain/guard/counts.ts';
import {
  type BackupPart,
  BackupWriter,
  type RowCounts,
  readBackup,
  type WriteBytes,
} from './backup-format.ts';
import { backupShroud, type ShroudKeys } from './backup-shroud.ts';
import { type Connection, selectAll, type TableShape } from './connection.ts';
import { NEWEST_STEP } from './migrations.ts';
import { DatabaseRefused } from './refused.ts';
import { type Ended, endWhatWasOpen } from './restored.ts';
import { takeSteps } from './schema.ts';
import { tallies } from './tables/tallies.ts';
import { loggedSubjects, READ_TALLY_LOG, replayed } from './tally-log.ts';

const SETTINGS = 'settings';

/**
 * Writes all rows as they are committed at this moment, whatever is written meanwhile. With keys rows about recipients
 * stand under keys of their own.
 */
export async function writeBackup(
  connection: Connection,
  nowMs: number,
  write: WriteBytes,
  keys: ShroudKeys | null = null,
): Promise<RowCounts> {
  const shroud = keys === null ? null : backupShroud(keys);
  await connection.begin('snapshot');
  try {
    const schema = Math.max(0, ...(await connection.applied()).map(({ number }) => number));
    if (schema === 0) throw new DatabaseRefused('the database is new: there is nothing to back up');
    const writer = new BackupWriter(write, shroud);
    const madeBy = connection.dialect.name;
    const version = shroud === null ? 1 : 2;
    writer.header({ format: 'roost backup', version, schema, takenAtMs: nowMs, madeBy });
    for (const table of await connection.shapes()) {
      if (shroud?.isLeftOut(table.name) === true) continue;
      writer.table(table);
      for await (const rows of connection.pages(selectAll(table))) {
        await writer.rows(table.name === SETTINGS ? rows.filter((row) => !row.includes(BACKUP_KEYS)) : rows);
      }
    }
    return await writer.end();
  } finally {
    await connection.end('ROLLBACK');
  }
}

type SettingRow = { readonly name: string; readonly value: string };
export type RestoreOptions = {
  readonly nowMs: number;
  /** Whether this setting of the backup fits the master key: what is sealed could not be opened with another. */
  readonly fits: (setting: { readonly name: string; readonly value: string }) => boolean;
  /** A setting that is written with the rows, for what is to be done to them before anybody is served. */
  readonly due?: SettingRow;
  /** What opens the rows about recipients of an erasable backup, and the setting that keeps it. */
  readonly keys?: { readonly ring: BackupKeyring; readonly setting: SettingRow };
};
export type Restored = Ended & {
  readonly takenAtMs: number;
  readonly rows: RowCounts;
  /** Rows about recipients whose keys were destroyed. */
  readonly dark: number;
};

/**
 * Fills an empty database from a backup, all or nothing, and brings its schema up to date. Whatever was open is
 * ended: codes that were used after the backup was taken must not work again.
 * @throws DatabaseRefused when the database is not empty, or the backup cannot be used
 */
export async function restoreBackup(
  connection: Connection,
  source: AsyncIterable<Buffer>,
  { nowMs, fits, due, keys }: RestoreOptions,
): Promise<Restored> {
  await connection.begin('write');
  try {
    await connection.holdSchema();
    await refuseUnlessEmpty(connection);
    let takenAtMs = 0;
    let rows: RowCounts = {};
    let dark = 0;
    for await (const part of readBackup(source, keys?.ring ?? null)) {
      if (part.kind === 'header') {
        takenAtMs = part.header.takenAtMs;
        await prepareSchema(connection, part.header.schema, nowMs);
      } else if (part.kind === 'end') {
        rows = Object.fromEntries(
          Object.entries(part.rows).map(([table, count]) => [table, count - (part.dark[table] ?? 0)]),
        );
        dark = Object.values(part.dark).reduce((sum, count) => sum + count, 0);
      } else await takePart(connection, part, fits);
    }
    await takeSteps(connection, nowMs, NEWEST_STEP);
    if (dark > 0) await dropOrphans(connection);
    await writeLoggedTallies(connection);
    const ended = await endWhatWasOpen(connection, nowMs);
    for (const { name, value } of [due, keys?.setting].filter((row) => row !== undefined)) {
      await connection.run(`DELETE FROM ${SETTINGS} WHERE name = ?`, [name]);
      await connection.run(`INSERT INTO ${SETTINGS} (name, value) VALUES (?, ?)`, [name, value]);
    }
    await connection.end('COMMIT');
    return { takenAtMs, rows, dark, ...ended };
  } catch (error) {
    await connection.end('ROLLBACK');
    throw error;
  }
}

/** Counts that stood in the log alone go to their rows, where both databases look for them. */
async function writeLoggedTallies(connection: Connection): Promise<void> {
  const log = await connection.run(READ_TALLY_LOG);
  if (log.length === 0) return;
  const rows = new Map<string, Counts>();
  for (const name of loggedSubjects(log)) {
    const [row] = await connection.run('SELECT counts FROM tallies WHERE subject = ? AND part = 0', [name]);
    if (row !== undefined) rows.set(name, JSON.parse(String(row[0])) as Counts);
  }
  for (const [subject, kept] of replayed(log, (name) => rows.get(name) ?? null)) {
    await connection.run('DELETE FROM tallies WHERE subject = ? AND part = 0', [subject]);
    const values = tallies.toRow({ subject, part: 0, ...kept });
    await connection.run(
      'INSERT INTO tallies (subject, part, counts, until_ms, brake_until_ms) VALUES (?, ?, ?, ?, ?)',
      values,
    );
  }
  await connection.run('DELETE FROM tally_log');
}

/** Messages name no recipient, so they stood open in the backup: those of rows that stayed dark go. */
async function dropOrphans(connection: Connection): Promise<void> {
  await connection.run(
    `DELETE FROM messages WHERE verification_id NOT IN (SELECT id FROM verifications)
       AND verification_id NOT IN (SELECT id FROM texts)`,
  );
}

async function takePart(
  connection: Connection,
  part: Extract<BackupPart, { kind: 'table' | 'rows' }>,
  fits: RestoreOptions['fits'],
): Promise<void> {
  if (part.kind === 'table') {
    const known = (await connection.shapes()).find(({ name }) => name === part.table.name);
    refuseStranger(part.table, known);
    return;
  }
  if (part.table.name === SETTINGS) {
    for (const [name, value] of part.rows) {
      if (fits({ name: String(name), value: String(value) })) continue;
      throw new DatabaseRefused(
        'the backup was made under another master key; set the ROOST_SECRET_KEY, or put back the secret.key, of its time',
      );
    }
  }
  await connection.insert(part.table, part.rows);
}

/** A backup holds tables and columns that its schema has, and no others. */
function refuseStranger({ name, columns }: TableShape, known: TableShape | undefined): void {
  const names = known?.columns.map((column) => column.name) ?? [];
  const stranger = columns.find((column) => !names.includes(column.name));
  if (known === undefined) throw new DatabaseRefused(`the backup is damaged: there is no table ${name}`);
  if (stranger !== undefined)
    throw new DatabaseRefused(`the backup is damaged: ${name} has no column ${stranger.name}`);
}

async function prepareSchema(connection: Connection, schema: number, nowMs: number): Promise<void> {
  if (schema > NEWEST_STEP) {
    throw new DatabaseRefused(
      `the backup has schema step ${schema}, this Roost knows ${NEWEST_STEP}: use a newer Roost`,
    );
  }
  if ((await connection.applied()).some(({ number }) => number > schema)) {
    throw new DatabaseRefused(
      `the backup is older than the tables of this database: restore it into a new one, or an empty folder`,
    );
  }
  await takeSteps(connection, nowMs, schema);
  // Those of the backup take their place: the key of its ids, and the word about its master key.
  await connection.run(`DELETE FROM ${SETTINGS}`);
}

async function refuseUnlessEmpty(connection: Connection): Promise<void> {
  for (const { name } of await connection.shapes()) {
    if (name === SETTINGS) continue;
    const [row] = await connection.run(`SELECT 1 FROM ${name} LIMIT 1`);
    if (row === undefined) continue;
    throw new DatabaseRefused(
      `the database is not empty (${name} has rows): restore into a new one, or set ROOST_DATA to an empty folder`,
    );
  }
}
