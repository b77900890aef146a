import type { RecipientKey } from '../../domain/scope.ts';
import { POSTGRES } from '../dialect.ts';
import { list, newestOf } from '../reader.ts';
import { bytesHex, type ColumnKind, hexBytes, type Query, type SqlRow, type Table } from '../table.ts';
import { columnArray } from './postgres-arrays.ts';
import type { Statement } from './postgres-trip.ts';

type AnyTable = Table<never, never>;
type AnyQuery = Query<never, never>;

/** What recipients are locked by: rows of their own, since what they protect may not exist yet. */
export const recipients: Table<RecipientKey, RecipientKey> = {
  name: 'recipients',
  columns: { recipient_key: 'hex', project_id: 'text', mode: 'text' },
  key: ['recipient_key', 'project_id', 'mode'],
  mutable: [],
  keyValues: (what) => [hexBytes(what.recipientKey), what.projectId, what.mode],
  keyOf: (what) => what,
  toRow: (what) => [hexBytes(what.recipientKey), what.projectId, what.mode],
  fromRow: (row) => ({
    recipientKey: bytesHex(row[0]),
    projectId: row[1] as string,
    mode: row[2] as RecipientKey['mode'],
  }),
};

/** A statement for whole sets of rows, which come as one array for each column. */
export type SetStatement = {
  readonly text: string;
  readonly kinds: readonly ColumnKind[];
  /** What its rows hold. */
  readonly returns: readonly ColumnKind[];
  /** Where in a row each parameter's values stand. */
  readonly places: readonly number[];
};

/**
 * The text of every statement of a transaction, made once. Each is for any number of rows, so a batch sends one of
 * a sort however many works it has. Only what CockroachDB and YugabyteDB read too: see docs/databases.md.
 */
export class SetStatements {
  readonly #made = new Map<string, SetStatement>();

  /**
   * Finds rows by their keys and locks them, in the same order on every node. Those that others have locked are
   * waited for, or passed over.
   */
  get(table: AnyTable, others: 'wait' | 'pass'): SetStatement {
    return this.#make(`get ${table.name} ${others}`, () => {
      const kinds = kindsOf(table, table.key);
      const order = table.key.map((name) => `t.${name}`).join(', ');
      const text = `SELECT ${list(table, 't.')} FROM ${unnest(kinds)} JOIN ${table.name} AS t ON ${same(table.key)}
        ORDER BY ${order} FOR UPDATE OF t${others === 'pass' ? ' SKIP LOCKED' : ''}`;
      return { kinds, text, returns: kindsOf(table, Object.keys(table.columns)) };
    });
  }

  /** Which of these keys have rows, locked or not. */
  have(table: AnyTable): SetStatement {
    return this.#make(`have ${table.name}`, () => {
      const kinds = kindsOf(table, table.key);
      const names = table.key.map((name) => `t.${name}`).join(', ');
      const text = `SELECT ${names} FROM ${unnest(kinds)} JOIN ${table.name} AS t ON ${same(table.key)}`;
      return { kinds, text, returns: kinds };
    });
  }

  /** The rows of a query for many values of `by`; its last parameter is the time that `?` stands for. */
  list(query: AnyQuery): SetStatement {
    return this.#make(`list ${query.name}`, () => {
      const kinds = kindsOf(query.table, query.columns);
      const condition = query.condition.replace('?', `$${kinds.length + 1}::${POSTGRES.types.int}`);
      const where = query.columns.map((name, i) => `${name} = k.k${i}`).join(' AND ');
      // OFFSET 0 keeps PostgreSQL from joining the other way round, which would read the whole table: of one that
      // has not been analysed yet it thinks that a key has hundreds of rows.
      const text = `SELECT ${list(query.table, 't.')} FROM ${unnest(kinds)} CROSS JOIN LATERAL (
        SELECT ${list(query.table)} FROM ${query.table.name} WHERE ${where} AND (${condition})${newestOf(query)} OFFSET 0) AS t`;
      return { kinds, text, returns: kindsOf(query.table, Object.keys(query.table.columns)) };
    });
  }

  insert(table: AnyTable): SetStatement {
    return this.#make(`insert ${table.name}`, () => {
      const kinds = kindsOf(table, Object.keys(table.columns));
      const text = `INSERT INTO ${table.name} (${list(table)}) SELECT ${numbered(kinds)} FROM ${unnest(kinds)}`;
      return { kinds, text };
    });
  }

  update(table: AnyTable): SetStatement {
    return this.#make(`update ${table.name}`, () => {
      const columns = Object.keys(table.columns);
      const used = [...table.key, ...table.mutable];
      const kinds = kindsOf(table, used);
      const set = table.mutable.map((name, i) => `${name} = k.k${table.key.length + i}`);
      const text = `UPDATE ${table.name} AS t SET ${set.join(', ')} FROM ${unnest(kinds)} WHERE ${same(table.key)}`;
      return { kinds, text, places: used.map((name) => columns.indexOf(name)) };
    });
  }

  remove(table: AnyTable): SetStatement {
    return this.#make(`remove ${table.name}`, () => {
      const kinds = kindsOf(table, table.key);
      return {
        kinds,
        text: `DELETE FROM ${table.name} AS t USING ${unnest(kinds)} WHERE ${same(table.key)}`,
      };
    });
  }

  /** Makes rows where there are none yet, so that they can be locked. */
  ensure(table: AnyTable): SetStatement {
    return this.#make(`ensure ${table.name}`, () => {
      const kinds = kindsOf(table, Object.keys(table.columns));
      const order = table.key.map((name) => `k${Object.keys(table.columns).indexOf(name)}`).join(', ');
      const text = `INSERT INTO ${table.name} (${list(table)}) SELECT ${numbered(kinds)}
        FROM ${unnest(kinds)} ORDER BY ${order} ON CONFLICT DO NOTHING`;
      return { kinds, text };
    });
  }

  /** Makes rows, or replaces what may change of those that are there. */
  put(table: AnyTable): SetStatement {
    return this.#make(`put ${table.name}`, () => {
      const kinds = kindsOf(table, Object.keys(table.columns));
      const set = table.mutable.map((name) => `${name} = excluded.${name}`).join(', ');
      const text = `INSERT INTO ${table.name} (${list(table)}) SELECT ${numbered(kinds)} FROM ${unnest(kinds)}
        ON CONFLICT (${table.key.join(', ')}) DO UPDATE SET ${set}`;
      return { kinds, text };
    });
  }

  #make(what: string, make: () => Draft): SetStatement {
    const known = this.#made.get(what);
    if (known !== undefined) return known;
    const { text, kinds, returns = [], places = kinds.map((_, i) => i) } = make();
    const statement = { text: text.replace(/\s+/g, ' '), kinds, returns, places };
    this.#made.set(what, statement);
    return statement;
  }
}

type Draft = {
  readonly text: string;
  readonly kinds: readonly ColumnKind[];
  readonly returns?: readonly ColumnKind[];
  readonly places?: number[];
};

/** The statement with these rows as its parameters. */
export const withRows = ({ text, kinds, returns, places }: SetStatement, rows: readonly SqlRow[]) => ({
  ...{ text, returns },
  values: kinds.map((kind, column) => columnArray(kind, rows, places[column] ?? column)),
});

export const COMMIT: Statement = { text: 'COMMIT', returns: [] };
export const ROLLBACK: Statement = { text: 'ROLLBACK', returns: [] };

/** The time of the database, in milliseconds since the epoch. */
export const CLOCK: Statement = {
  text: 'SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)',
  returns: ['int'],
};

const LIMITS = {
  statement_timeout: 4_000,
  lock_timeout: 1_000,
  // A node that stands still must not keep the others from the rows that it holds.
  idle_in_transaction_session_timeout: 5_000,
};
// A batch needs few rows of many. For a table of some megabytes PostgreSQL would rather read all of it.
const BY_INDEX = { enable_seqscan: 'off', enable_hashjoin: 'off', enable_mergejoin: 'off' };

/** Begins a transaction. Settings are its own, so that they hold behind a pooler and trouble nobody after it. */
export function begin({ isCockroach }: { readonly isCockroach: boolean }): readonly Statement[] {
  const settings = Object.entries({ ...LIMITS, ...(isCockroach ? {} : BY_INDEX) });
  const set = settings.map(([name, value]) => `set_config('${name}', '${value}', TRUE)`);
  return [
    { text: 'BEGIN ISOLATION LEVEL READ COMMITTED', returns: [] },
    { text: `SELECT ${set.join(', ')}`, returns: settings.map(() => 'text') },
  ];
}

const kindsOf = (table: AnyTable, columns: readonly string[]): readonly ColumnKind[] =>
  columns.map((name) => table.columns[name] ?? 'text');

const unnest = (kinds: readonly ColumnKind[]): string =>
  `unnest(${kinds.map((kind, i) => `$${i + 1}::${POSTGRES.types[kind]}[]`).join(', ')}) AS k (${numbered(kinds)})`;

const numbered = (kinds: readonly ColumnKind[]): string => kinds.map((_, i) => `k${i}`).join(', ');

const same = (columns: readonly string[]): string =>
  columns.map((name, i) => `t.${name} = k.k${i}`).join(' AND ');
