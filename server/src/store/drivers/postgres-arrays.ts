import type { ColumnKind, SqlRow, SqlValue } from '../table.ts';

const OIDS: { readonly [kind in ColumnKind]: number } = {
  text: 25,
  int: 20,
  bytes: 17,
  hex: 17,
  id: 17,
  json: 25,
};
const HEADER_BYTES = 20;
const NULL_LENGTH = -1;
const TWO_TO_32 = 2 ** 32;

/**
 * One column of many rows as PostgreSQL's binary array, which needs no quoting and half the bytes that text does:
 * dimensions, a flag for nulls, the element's type, count, lower bound; then each element behind its length.
 */
export function columnArray(kind: ColumnKind, rows: readonly SqlRow[], column: number): Buffer {
  let bytes = HEADER_BYTES + 4 * rows.length;
  let nulls = 0;
  for (const row of rows) {
    const value = row[column];
    if (value === null || value === undefined) nulls = 1;
    else bytes += sizeOf(value);
  }
  const array = Buffer.allocUnsafe(bytes);
  array.writeInt32BE(1, 0);
  array.writeInt32BE(nulls, 4);
  array.writeUInt32BE(OIDS[kind], 8);
  array.writeInt32BE(rows.length, 12);
  array.writeInt32BE(1, 16);
  let at = HEADER_BYTES;
  for (const row of rows) at = writeElement(array, at, row[column]);
  return array;
}

function sizeOf(value: string | number | Uint8Array): number {
  if (typeof value === 'number') return 8;
  return typeof value === 'string' ? Buffer.byteLength(value) : value.length;
}

function writeElement(array: Buffer, at: number, value: SqlValue | undefined): number {
  if (value === null || value === undefined) return array.writeInt32BE(NULL_LENGTH, at);
  if (typeof value === 'number') {
    const high = Math.floor(value / TWO_TO_32);
    array.writeInt32BE(8, at);
    array.writeInt32BE(high, at + 4);
    return array.writeUInt32BE(value - high * TWO_TO_32, at + 8);
  }
  const start = at + 4;
  if (typeof value === 'string') {
    const written = array.write(value, start);
    array.writeInt32BE(written, at);
    return start + written;
  }
  array.writeInt32BE(value.length, at);
  array.set(value, start);
  return start + value.length;
}

/** Equal values, equal text: for finding rows by their keys in memory. */
export function textOf(values: readonly (SqlValue | undefined)[]): string {
  let text = '';
  for (const value of values) {
    if (value instanceof Uint8Array) text += `${value.length}:${latin1(value)}`;
    else text += typeof value === 'string' ? `${value.length}:${value}` : `${value};`;
  }
  return text;
}

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
