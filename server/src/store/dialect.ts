import type { ColumnKind } from './table.ts';

/** The few things in which the databases' SQL differs. */
export type Dialect = {
  readonly name: 'sqlite' | 'postgres';
  readonly types: { readonly [kind in ColumnKind]: string };
  /** What ends a CREATE TABLE. */
  readonly tableSuffix: string;
};

export const SQLITE: Dialect = {
  name: 'sqlite',
  types: { text: 'TEXT', int: 'INTEGER', bytes: 'BLOB', hex: 'BLOB', id: 'BLOB', json: 'TEXT' },
  tableSuffix: ' STRICT',
};

export const POSTGRES: Dialect = {
  name: 'postgres',
  types: { text: 'TEXT', int: 'BIGINT', bytes: 'BYTEA', hex: 'BYTEA', id: 'BYTEA', json: 'TEXT' },
  tableSuffix: '',
};
