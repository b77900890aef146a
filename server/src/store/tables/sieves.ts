import { bufferOf, bytesHex, hexBytes, type Table } from '../table.ts';

/** By which words the rows of a stretch of one table can be found (see `domain/insight/sieve.ts`). */
export type Sieve = {
  readonly of: 'verifications' | 'refusals';
  /** Places of its first and its last row. */
  readonly first: string;
  readonly last: string;
  readonly holds: number;
  readonly bits: Uint8Array;
};
export type SieveKey = Pick<Sieve, 'of' | 'last'>;

export const sieves: Table<Sieve, SieveKey> = {
  name: 'sieves',
  columns: { of_table: 'text', last_place: 'hex', first_place: 'hex', holds: 'int', bits: 'bytes' },
  key: ['of_table', 'last_place'],
  mutable: ['bits'],
  keyValues: (key) => [key.of, hexBytes(key.last)],
  keyOf: (sieve) => sieve,
  toRow: (s) => [s.of, hexBytes(s.last), hexBytes(s.first), s.holds, s.bits],
  fromRow: (row) => ({
    of: row[0] as Sieve['of'],
    last: bytesHex(row[1]),
    first: bytesHex(row[2]),
    holds: row[3] as number,
    bits: bufferOf(row[4]),
  }),
};
