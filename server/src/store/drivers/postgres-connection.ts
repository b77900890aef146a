import type { Connection, TableShape } from '../connection.ts';
import { POSTGRES } from '../dialect.ts';
import { type Applied, migrationsTable } from '../migrations.ts';
import type { SqlRow, SqlValue } from '../table.ts';
import { readAddress } from './postgres-address.ts';
import { columnArray } from './postgres-arrays.ts';
import { Link } from './postgres-link.ts';

const ROWS_AT_ONCE = 500;
const KINDS: { readonly [type: string]: TableShape['columns'][number]['kind'] } = {
  ...{ text: 'text', bigint: 'int', bytea: 'bytes' },
};
/** Tables that hold nothing of Roost's, or only what is locked by. */
const NOT_KEPT = ['migrations', 'recipients'];
/** The row of the migrations table that is locked while steps are taken. */
const LOCK_ROW = 0;

/**
 * The whole of one PostgreSQL database. Nodes may go on serving from it.
 * @throws Error in words for the operator
 */
export async function connectPostgres(url: string): Promise<Connection> {
  const { link } = await Link.open(readAddress(url));
  return new PostgresConnection(link);
}

class PostgresConnection implements Connection {
  readonly dialect = POSTGRES;
  readonly #link: Link;
  #isOpen = false;

  constructor(link: Link) {
    this.#link = link;
  }

  async run(sql: string, values: readonly SqlValue[] = []): Promise<readonly SqlRow[]> {
    let count = 0;
    const text = sql.replace(/\?/g, () => `$${++count}`);
    const [answer] = await this.#link.trip([values.length === 0 ? { text } : { text, values }]);
    return answer?.rows ?? [];
  }

  async *pages(sql: string): AsyncGenerator<readonly SqlRow[]> {
    await this.run(`DECLARE page NO SCROLL CURSOR FOR ${sql}`);
    for (;;) {
      const rows = await this.run(`FETCH ${ROWS_AT_ONCE} FROM page`);
      if (rows.length > 0) yield rows;
      if (rows.length < ROWS_AT_ONCE) break;
    }
    await this.run('CLOSE page');
  }

  async insert({ name, columns }: TableShape, rows: readonly SqlRow[]): Promise<void> {
    const names = columns.map((column) => column.name).join(', ');
    const arrays = columns.map(({ kind }, i) => `$${i + 1}::${POSTGRES.types[kind]}[]`).join(', ');
    const text = `INSERT INTO ${name} (${names}) SELECT * FROM unnest(${arrays})`;
    await this.#link.trip([{ text, values: columns.map(({ kind }, i) => columnArray(kind, rows, i)) }]);
  }

  async shapes(): Promise<readonly TableShape[]> {
    const rows = await this.run(
      `SELECT table_name, column_name, data_type FROM information_schema.columns
       WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position`,
    );
    const byTable = Map.groupBy(rows, ([table]) => String(table));
    return [...byTable]
      .filter(([name]) => !NOT_KEPT.includes(name))
      .map(([name, columns]) => ({
        name,
        columns: columns.map(([, column, type]) => ({
          name: String(column),
          kind: KINDS[String(type)] ?? 'text',
        })),
      }));
  }

  async applied(): Promise<readonly Applied[]> {
    const known = await this.run(
      `SELECT 1 FROM information_schema.tables
       WHERE table_schema = current_schema() AND table_name = 'migrations'`,
    );
    if (known.length === 0) return [];
    const rows = await this.run(
      `SELECT number, checksum FROM migrations WHERE number > ${LOCK_ROW} ORDER BY number`,
    );
    return rows.map(([number, checksum]) => ({ number: Number(number), checksum: String(checksum) }));
  }

  async begin(kind: 'snapshot' | 'write'): Promise<void> {
    const how = kind === 'write' ? 'READ COMMITTED' : 'REPEATABLE READ READ ONLY';
    await this.run(`BEGIN ISOLATION LEVEL ${how}`);
    this.#isOpen = true;
  }

  async end(how: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const [answer] = await this.#link.trip([{ text: how }]);
    if (answer?.command !== how) throw new Error('the database rolled back instead of committing');
  }

  async holdSchema(): Promise<void> {
    await this.run(migrationsTable(POSTGRES));
    await this.run(
      `INSERT INTO migrations (number, name, checksum, applied_at_ms)
       VALUES (${LOCK_ROW}, 'held while steps are taken', '', 0) ON CONFLICT DO NOTHING`,
    );
    await this.run(`SELECT number FROM migrations WHERE number = ${LOCK_ROW} FOR UPDATE`);
  }

  /** The server checks its own files; it has no question for it that every installation answers. */
  async damages(): Promise<readonly string[]> {
    return [];
  }

  async close(): Promise<void> {
    await this.#link.close();
  }
}
