import {
  type BackupPart,
  BackupWriter,
  type RowCounts,
  readBackup,
  type WriteBytes,
} from './backup-format.ts';
import { type Connection, selectAll, type TableShape } from './connection.ts';
import { NEWEST_STEP } from './migrations.ts';
import { DatabaseRefused } from './refused.ts';
import { type Ended, endWhatWasOpen } from './restored.ts';
import { takeSteps } from './schema.ts';

const SETTINGS = 'settings';

/** Writes all rows as they are committed at this moment, whatever is written meanwhile. */
export async function writeBackup(
  connection: Connection,
  nowMs: number,
  write: WriteBytes,
): Promise<RowCounts> {
  await connection.begin('snapshot');
  try {
    const schema = Math.max(0, ...(await connection.applied()).map(({ number }) => number));
    if (schema === 0) throw new DatabaseRefused('the database is new: there is nothing to back up');
    const writer = new BackupWriter(write);
    const madeBy = connection.dialect.name;
    writer.header({ format: 'roost backup', version: 1, schema, takenAtMs: nowMs, madeBy });
    for (const table of await connection.shapes()) {
      writer.table(table);
      for await (const rows of connection.pages(selectAll(table))) await writer.rows(rows);
    }
    return await writer.end();
  } finally {
    await connection.end('ROLLBACK');
  }
}

export type RestoreOptions = {
  readonly nowMs: number;
  /** Whether this setting of the backup fits the master key: what is sealed could not be opened with another. */
  readonly fits: (setting: { readonly name: string; readonly value: string }) => boolean;
  /** A setting that is written with the rows, for what is to be done to them before anybody is served. */
  readonly due?: { readonly name: string; readonly value: string };
};
export type Restored = Ended & { readonly takenAtMs: number; readonly rows: RowCounts };

/**
 * Fills an empty database from a backup, all or nothing, and brings its schema up to date. Whatever was open is
 * ended: codes that were used after the backup was taken must not work again.
 * @throws DatabaseRefused when the database is not empty, or the backup cannot be used
 */
export async function restoreBackup(
  connection: Connection,
  source: AsyncIterable<Buffer>,
  { nowMs, fits, due }: RestoreOptions,
): Promise<Restored> {
  await connection.begin('write');
  try {
    await connection.holdSchema();
    await refuseUnlessEmpty(connection);
    let takenAtMs = 0;
    let rows: RowCounts = {};
    for await (const part of readBackup(source)) {
      if (part.kind === 'header') {
        takenAtMs = part.header.takenAtMs;
        await prepareSchema(connection, part.header.schema, nowMs);
      } else if (part.kind === 'end') rows = part.rows;
      else await takePart(connection, part, fits);
    }
    await takeSteps(connection, nowMs, NEWEST_STEP);
    const ended = await endWhatWasOpen(connection, nowMs);
    if (due !== undefined) {
      await connection.run(`DELETE FROM ${SETTINGS} WHERE name = ?`, [due.name]);
      await connection.run(`INSERT INTO ${SETTINGS} (name, value) VALUES (?, ?)`, [due.name, due.value]);
    }
    await connection.end('COMMIT');
    return { takenAtMs, rows, ...ended };
  } catch (error) {
    await connection.end('ROLLBACK');
    throw error;
  }
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
