import type { Query, SqlRow, SqlValue, Table } from './table.ts';

/** Runs one SELECT with `?` for its values, and answers rows as the database holds them. */
export type RunQuery = (
  sql: string,
  values: readonly SqlValue[],
) => readonly SqlRow[] | Promise<readonly SqlRow[]>;

/** The columns of a table, in the order of its rows. */
export function list<Value, K>(table: Table<Value, K>, prefix = ''): string {
  return Object.keys(table.columns)
    .map((name) => prefix + name)
    .join(', ');
}

/** What ends a query of which only the newest rows are wanted. */
export const newestOf = <Value, By>({ newest }: Query<Value, By>): string =>
  newest === undefined ? '' : ` ORDER BY ${newest.by} DESC LIMIT ${newest.most}`;
