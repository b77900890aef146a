import type { Dialect } from './dialect.ts';

/**
 * What the console shows without reading every row: figures by time, and by which words the rows of a stretch can be
 * found. Both are made from the rows afterwards, a stretch at a time, so neither costs a create anything.
 */
export function insightSchema({
  types: { text, int, hex, bytes, json },
  tableSuffix,
}: Dialect): readonly string[] {
  return [
    `CREATE TABLE figures (
      length_ms ${int} NOT NULL, begins_at_ms ${int} NOT NULL, counted_at_ms ${int} NOT NULL,
      restless ${int} NOT NULL, is_stale ${int} NOT NULL, book ${json} NOT NULL,
      PRIMARY KEY (length_ms, begins_at_ms))${tableSuffix}`,
    // An index by recipient or reference would write a page of its own for each create (see drivers/sqlite-memory.ts).
    `CREATE TABLE sieves (
      of_table ${text} NOT NULL, last_place ${hex} NOT NULL, first_place ${hex} NOT NULL, holds ${int} NOT NULL,
      bits ${bytes} NOT NULL, PRIMARY KEY (of_table, last_place))${tableSuffix}`,
  ];
}
