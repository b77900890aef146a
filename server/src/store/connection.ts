import type { Dialect } from './dialect.ts';
import type { Applied } from './migrations.ts';
import type { SqlRow, SqlValue } from './table.ts';

/** A table as the database itself describes it. */
export type TableShape = {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly kind: 'text' | 'int' | 'bytes' }[];
};

/**
 * One connection to a whole database, for work on all of it beside or instead of serving: backup, restore, schema,
 * checks. It knows no table by name. `?` stands for a value; the SQL is what both databases read.
 */
export interface Connection {
  readonly dialect: Dialect;
  run(sql: string, values?: readonly SqlValue[]): Promise<readonly SqlRow[]>;
  /** All rows of a SELECT, a few at a time. Only within a transaction. */
  pages(sql: string): AsyncIterable<readonly SqlRow[]>;
  insert(table: TableShape, rows: readonly SqlRow[]): Promise<void>;
  /** The tables that hold what Roost keeps, in order of their names. None in a new database. */
  shapes(): Promise<readonly TableShape[]>;
  /** Schema steps that were taken. None in a new database. */
  applied(): Promise<readonly Applied[]>;
  /** `snapshot` sees what is committed now, and nothing that comes later; `write` changes all or nothing. */
  begin(kind: 'snapshot' | 'write'): Promise<void>;
  end(how: 'COMMIT' | 'ROLLBACK'): Promise<void>;
  /** Makes sure that nobody else takes schema steps until the transaction ends. */
  holdSchema(): Promise<void>;
  /** What the database finds wrong with its own files, one sentence each. */
  damages(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export const selectAll = ({ name, columns }: TableShape): string =>
  `SELECT ${columns.map((column) => column.name).join(', ')} FROM ${name}`;
