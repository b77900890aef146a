/** How values are kept. Every database has a type for each (see `Dialect`). */
export type ColumnKind =
  | 'text'
  | 'int' // whole numbers within 2^53: counts and milliseconds
  | 'bytes'
  | 'hex' // hexadecimal characters, kept as bytes at half the size
  | 'id' // 32 hexadecimal characters; the driver keeps them as 16 bytes in order of time (see ids.ts)
  | 'json';
export type SqlValue = string | number | Uint8Array | null;
/** The values of one row, in the order of the table's columns. Ids are text here, bytes in the database. */
export type SqlRow = readonly SqlValue[];

export type Columns = { readonly [name: string]: ColumnKind };

/**
 * One table, and how its rows become values of the domain. Adding a table is adding one of these and a
 * migration: the drivers know no table by name.
 */
export type Table<Value, Key> = {
  readonly name: string;
  readonly columns: Columns;
  /** Columns that together find at most one row. */
  readonly key: readonly string[];
  /** Columns that an update may change; all others stand as inserted, and their indexes are left alone. */
  readonly mutable: readonly string[];
  keyValues(key: Key): readonly SqlValue[];
  keyOf(value: Value): Key;
  toRow(value: Value): SqlRow;
  fromRow(row: SqlRow): Value;
};

/** Rows of one table that equal `by` in some columns, and meet a condition. */
export type Query<Value, By> = {
  readonly name: string;
  readonly table: Table<Value, never>;
  /** Columns compared with the values of `equals`. */
  readonly columns: readonly string[];
  equals(by: By): readonly SqlValue[];
  /** SQL that both databases read; a `?` stands for the transaction's time less `sinceMs`. */
  readonly condition: string;
  readonly sinceMs: number;
  /** At most so many, the newest by this column; all of them without it. */
  readonly newest?: { readonly by: string; readonly most: number };
  /**
   * For a database with a single writer, which may keep in memory which rows the query can find (see
   * drivers/sqlite-memory.ts). Without it the query runs as SQL everywhere.
   */
  readonly memory?: {
    /** The condition, of a value: `cutoffMs` is the transaction's time less `sinceMs`. */
    counts(value: Value, cutoffMs: number): boolean;
    /** One text for all rows that equal each other in `columns`. */
    bucketOf(value: Value): string;
    bucketFor(by: By): string;
    /** The row's id (32 hexadecimal characters), and its key made of it again. */
    idOf(value: Value): string;
    keyFor(by: By, id: string): unknown;
    /** SQL conditions that together find every row which counts, each served by an index. */
    readonly conditions: readonly string[];
  };
};

const EMPTY = Buffer.alloc(0);
export const hexBytes = (hex: string): Uint8Array => Buffer.from(hex, 'hex');
export const bytesHex = (bytes: SqlValue | undefined): string => bufferOf(bytes).toString('hex');

export function bufferOf(value: SqlValue | undefined): Buffer {
  if (!(value instanceof Uint8Array)) return EMPTY;
  return Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
