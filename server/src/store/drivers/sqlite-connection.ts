import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Connection, TableShape } from '../connection.ts';
import { SQLITE } from '../dialect.ts';
import { type Applied, migrationsTable } from '../migrations.ts';
import type { SqlRow, SqlValue } from '../table.ts';
import { explained, lockFile, openReader, openWriter } from './sqlite-file.ts';

const ROWS_AT_ONCE = 250;
const KINDS: { readonly [type: string]: TableShape['columns'][number]['kind'] } = {
  ...{ TEXT: 'text', INTEGER: 'int', BLOB: 'bytes' },
};
/** Tables that hold nothing of Roost's. */
const NOT_KEPT = ['migrations'];

/**
 * The whole of one SQLite file. To read it, a server may go on writing; to change it, nobody else may use it.
 * @throws Error in words for the operator
 */
export function connectSqlite(file: string, use: 'read' | 'change'): Connection {
  if (use === 'read') return new SqliteConnection(file, openReader(file), null);
  const lock = lockFile(file);
  return new SqliteConnection(file, openWriter(file), lock);
}

class SqliteConnection implements Connection {
  readonly dialect = SQLITE;
  readonly #file: string;
  readonly #db: DatabaseSync;
  readonly #lock: DatabaseSync | null;
  readonly #inserts = new Map<string, StatementSync>();

  constructor(file: string, db: DatabaseSync, lock: DatabaseSync | null) {
    this.#file = file;
    this.#db = db;
    this.#lock = lock;
  }

  async run(sql: string, values: readonly SqlValue[] = []): Promise<readonly SqlRow[]> {
    return this.#try(() => {
      const statement = this.#db.prepare(sql);
      statement.setReturnArrays(true);
      return statement.all(...(values as SqlValue[])) as unknown as SqlRow[];
    });
  }

  async *pages(sql: string): AsyncGenerator<readonly SqlRow[]> {
    const rows = this.#try(() => {
      const statement = this.#db.prepare(sql);
      statement.setReturnArrays(true);
      return statement.iterate() as unknown as Iterator<SqlRow>;
    });
    for (;;) {
      const page = this.#try(() => take(rows, ROWS_AT_ONCE));
      if (page.length > 0) yield page;
      if (page.length < ROWS_AT_ONCE) return;
    }
  }

  async insert({ name, columns }: TableShape, rows: readonly SqlRow[]): Promise<void> {
    const names = columns.map((column) => column.name).join(', ');
    const sql = `INSERT INTO ${name} (${names}) VALUES (${columns.map(() => '?').join(', ')})`;
    const statement = this.#inserts.get(sql) ?? this.#db.prepare(sql);
    this.#inserts.set(sql, statement);
    this.#try(() => {
      for (const row of rows) statement.run(...row);
    });
  }

  async shapes(): Promise<readonly TableShape[]> {
    const tables = await this.run(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name",
    );
    const kept = tables.map(([name]) => String(name)).filter((name) => !NOT_KEPT.includes(name));
    return Promise.all(
      kept.map(async (name) => {
        const columns = await this.run('SELECT name, type FROM pragma_table_info(?)', [name]);
        return {
          name,
          columns: columns.map(([column, type]) => ({
            name: String(column),
            kind: KINDS[String(type)] ?? 'text',
          })),
        };
      }),
    );
  }

  async applied(): Promise<readonly Applied[]> {
    const known = await this.run("SELECT 1 FROM sqlite_schema WHERE name = 'migrations'");
    if (known.length === 0) return [];
    const rows = await this.run('SELECT number, checksum FROM migrations ORDER BY number');
    return rows.map(([number, checksum]) => ({ number: Number(number), checksum: String(checksum) }));
  }

  async begin(kind: 'snapshot' | 'write'): Promise<void> {
    if (kind === 'write') return this.#db.exec('BEGIN IMMEDIATE');
    this.#db.exec('BEGIN');
    await this.run('SELECT 1 FROM sqlite_schema'); // a snapshot is taken by the first read
  }

  async end(how: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    this.#try(() => this.#db.isTransaction && this.#db.exec(how));
  }

  async holdSchema(): Promise<void> {
    this.#db.exec(migrationsTable(SQLITE));
  }

  async damages(): Promise<readonly string[]> {
    const found = await this.run('PRAGMA integrity_check(20)');
    return found.map(([text]) => String(text)).filter((text) => text !== 'ok');
  }

  async close(): Promise<void> {
    this.#db.close();
    this.#lock?.close();
  }

  #try<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw explained(this.#file, error);
    }
  }
}

function take<T>(from: Iterator<T>, most: number): T[] {
  const taken: T[] = [];
  while (taken.length < most) {
    const { done, value } = from.next();
    if (done === true) break;
    taken.push(value);
  }
  return taken;
}
