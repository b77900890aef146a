import { createHash } from 'node:crypto';
import type { BackupKeyring } from '../domain/backup-keys.ts';
import { openShrouded, type Shroud } from './backup-shroud.ts';
import type { TableShape } from './connection.ts';
import { DatabaseRefused } from './refused.ts';
import type { SqlRow, SqlValue } from './table.ts';

/**
 * A backup is text, one JSON value a line:
 *
 *     {"format":"roost backup","version":1,"schema":1,"takenAtMs":1795000000000,"madeBy":"sqlite"}
 *     {"table":"settings","columns":[["name","text"],["value","text"]]}
 *     ["id key","5f…"]
 *     …
 *     {"end":{"rows":{"settings":3,"verifications":1000},"sha256":"…"}}
 *
 * After the line of a table come its rows, each the values of the columns in their order; bytes are base64. In an
 * erasable backup (version 2) a row about somebody stands as `{"about":"<way to its key>","sealed":"…"}`. The last
 * line counts the rows and has the SHA-256 of all bytes before it, so that damage and a missing end are found.
 */
export type BackupHeader = {
  readonly format: 'roost backup';
  readonly version: 1 | 2;
  /** The newest schema step of the rows. */
  readonly schema: number;
  readonly takenAtMs: number;
  readonly madeBy: string;
};
export type RowCounts = { readonly [table: string]: number };

const CHUNK_BYTES = 262_144;
const MOST_LINE_BYTES = 1_048_576;
const NEWLINE = 10;

export type WriteBytes = (bytes: Buffer) => Promise<void>;

/** Writes lines in large pieces, and knows the checksum of all it has written. */
export class BackupWriter {
  readonly #write: WriteBytes;
  readonly #hash = createHash('sha256');
  readonly #rows: Record<string, number> = {};
  #table = '';
  #lines: string[] = [];
  #characters = 0;
  #shape: TableShape = { name: '', columns: [] };
  readonly #shroud: Shroud | null;

  constructor(write: WriteBytes, shroud: Shroud | null) {
    this.#write = write;
    this.#shroud = shroud;
  }

  header(header: BackupHeader): void {
    this.#line(JSON.stringify(header));
  }

  table(shape: TableShape): void {
    const { name, columns } = shape;
    this.#shape = shape;
    this.#table = name;
    this.#rows[name] = 0;
    this.#line(JSON.stringify({ table: name, columns: columns.map((column) => [column.name, column.kind]) }));
  }

  async rows(rows: readonly SqlRow[]): Promise<void> {
    this.#rows[this.#table] = (this.#rows[this.#table] ?? 0) + rows.length;
    for (const row of rows) this.#line(this.#rowLine(row));
    if (this.#characters >= CHUNK_BYTES) await this.#flush();
  }

  async end(): Promise<RowCounts> {
    await this.#flush();
    const end = { end: { rows: this.#rows, sha256: this.#hash.digest('hex') } };
    await this.#write(Buffer.from(`${JSON.stringify(end)}\n`));
    return this.#rows;
  }

  #rowLine(row: SqlRow): string {
    const plain = () => JSON.stringify(row.map(written));
    const shrouded = this.#shroud?.wrap(this.#shape, row, plain) ?? null;
    if (shrouded === null) return plain();
    const [about, sealed] = shrouded;
    return JSON.stringify({ about, sealed });
  }

  #line(text: string): void {
    this.#lines.push(text);
    this.#characters += text.length;
  }

  async #flush(): Promise<void> {
    if (this.#lines.length === 0) return;
    const bytes = Buffer.from(`${this.#lines.join('\n')}\n`);
    this.#lines = [];
    this.#characters = 0;
    this.#hash.update(bytes);
    await this.#write(bytes);
  }
}

function written(value: SqlValue): string | number | null {
  if (!(value instanceof Uint8Array)) return value;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
}

export type BackupPart =
  | { readonly kind: 'header'; readonly header: BackupHeader }
  | { readonly kind: 'table'; readonly table: TableShape }
  | { readonly kind: 'rows'; readonly table: TableShape; readonly rows: readonly SqlRow[] }
  | {
      readonly kind: 'end';
      readonly rows: RowCounts;
      /** Rows whose key is gone: nobody reads them any more. */
      readonly dark: RowCounts;
    };

const ROWS_AT_ONCE = 250;

/**
 * Reads a backup part by part. Nothing is to be trusted before its end has come.
 * @throws DatabaseRefused when it is no backup, is of a later kind, is damaged or lacks its end, or needs keys
 */
export async function* readBackup(
  source: AsyncIterable<Buffer>,
  keys: BackupKeyring | null,
): AsyncGenerator<BackupPart> {
  const hash = createHash('sha256');
  const counts: Record<string, number> = {};
  const dark: Record<string, number> = {};
  let table: TableShape | null = null;
  let rows: SqlRow[] = [];
  let lineNumber = 0;
  let ended = false;
  for await (const line of linesOf(source)) {
    lineNumber += 1;
    if (ended) throw damaged('it goes on after its end');
    const value = parsed(line, lineNumber);
    if (lineNumber === 1) {
      yield { kind: 'header', header: headerOf(value, keys) };
    } else if (isRow(value)) {
      if (table === null) throw damaged(`line ${lineNumber} is no row`);
      const values = valuesOf(value, table, keys, lineNumber);
      if (values === null) dark[table.name] = (dark[table.name] ?? 0) + 1;
      else rows.push(rowOf(values, table, lineNumber));
      counts[table.name] = (counts[table.name] ?? 0) + 1;
    }
    const full = rows.length >= ROWS_AT_ONCE;
    const more = isRow(value) || lineNumber === 1;
    if (table !== null && rows.length > 0 && (full || !more)) {
      yield { kind: 'rows', table, rows };
      rows = [];
    }
    if (!more && isEnd(value)) {
      if (value.end.sha256 !== hash.digest('hex')) throw damaged('its checksum is not that of its content');
      if (!isSame(value.end.rows, counts)) throw damaged('rows are missing');
      ended = true;
      continue;
    }
    if (!more) {
      table = shapeOf(value, lineNumber);
      counts[table.name] = 0;
      yield { kind: 'table', table };
    }
    hash.update(line).update('\n');
  }
  if (!ended) throw damaged('its end is missing; was the copy broken off?');
  yield { kind: 'end', rows: counts, dark };
}

type Written = readonly unknown[] | { readonly about: string; readonly sealed: string };

const isRow = (value: unknown): value is Written =>
  Array.isArray(value) || (typeof value === 'object' && value !== null && 'sealed' in value);

/** The values of a row; null where nobody can open it any more. */
function valuesOf(
  written: Written,
  { name, columns }: TableShape,
  keys: BackupKeyring | null,
  lineNumber: number,
): readonly unknown[] | null {
  const values = 'sealed' in written ? opened(name, written, keys, lineNumber) : written;
  if (values === null) return null;
  if (Array.isArray(values) && values.length === columns.length) return values;
  throw damaged(`line ${lineNumber} is no row`);
}

function opened(
  table: string,
  { about, sealed }: Exclude<Written, readonly unknown[]>,
  keys: BackupKeyring | null,
  lineNumber: number,
): unknown {
  try {
    const text = keys === null ? null : openShrouded(keys, table, [String(about), String(sealed)]);
    return text === null ? null : JSON.parse(text);
  } catch {
    throw damaged(`line ${lineNumber} cannot be opened; are these the keys of its time, or newer ones?`);
  }
}

async function* linesOf(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      yield bytes.subarray(start, end);
      start = end + 1;
    }
    rest = bytes.subarray(start);
    if (rest.length > MOST_LINE_BYTES) throw damaged('a line is too long');
  }
  if (rest.length > 0) throw damaged('its end is missing; was the copy broken off?');
}

function parsed(line: Buffer, lineNumber: number): unknown {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch {
    throw lineNumber === 1 ? notOne() : damaged(`line ${lineNumber} cannot be read`);
  }
}

function headerOf(value: unknown, keys: BackupKeyring | null): BackupHeader {
  const header = value as Partial<BackupHeader> | null;
  if (header?.format !== 'roost backup') throw notOne();
  if (header.version !== 1 && header.version !== 2)
    throw new DatabaseRefused('the backup is of a later kind; use a newer Roost');
  if (header.version === 2 && keys === null)
    throw new DatabaseRefused('the backup is an erasable one; name the file of its keys, --keys FILE');
  if (!Number.isSafeInteger(header.schema) || !Number.isSafeInteger(header.takenAtMs)) throw notOne();
  return header as BackupHeader;
}

const NAME = /^[a-z][a-z_0-9]{0,62}$/;

function shapeOf(value: unknown, lineNumber: number): TableShape {
  const { table, columns } = value as { table?: unknown; columns?: unknown };
  const readable =
    typeof table === 'string' &&
    NAME.test(table) &&
    Array.isArray(columns) &&
    columns.every(
      (column) =>
        Array.isArray(column) && NAME.test(String(column[0])) && /^(text|int|bytes)$/.test(column[1]),
    );
  if (!readable) throw damaged(`line ${lineNumber} is no table`);
  return { name: table, columns: columns.map(([name, kind]) => ({ name, kind })) };
}

function rowOf(values: readonly unknown[], { columns }: TableShape, lineNumber: number): SqlRow {
  return columns.map(({ kind }, i) => {
    const value = values[i];
    if (value === null) return null;
    if (kind === 'int' && Number.isSafeInteger(value)) return value as number;
    if (kind === 'text' && typeof value === 'string') return value;
    if (kind === 'bytes' && typeof value === 'string') return Buffer.from(value, 'base64');
    throw damaged(`line ${lineNumber} holds a value of another kind than its column`);
  });
}

function isEnd(value: unknown): value is { end: { rows: RowCounts; sha256: string } } {
  return typeof value === 'object' && value !== null && 'end' in value;
}

function isSame(a: RowCounts, b: RowCounts): boolean {
  const names = new Set([...Object.keys(a ?? {}), ...Object.keys(b)]);
  return [...names].every((name) => a[name] === b[name]);
}

const damaged = (what: string): DatabaseRefused => new DatabaseRefused(`the backup is damaged: ${what}`);
const notOne = (): DatabaseRefused => new DatabaseRefused('the file is no backup of Roost');
