import type { DatabaseSync } from 'node:sqlite';
import type { IdCodec } from '../ids.ts';
import { list } from '../reader.ts';
import { fromStoredRow } from '../stored.ts';
import type { Query, SqlRow, Table } from '../table.ts';
import { IdIndex } from './sqlite-id-index.ts';

type Remembered<Value, By> = Query<Value, By> & { readonly memory: NonNullable<Query<Value, By>['memory']> };
type Known = { readonly query: Remembered<unknown, never>; readonly ids: IdIndex };

/** Keys of removed rows that may be kept, so that the index does not grow for ever. */
const MOST_REMOVALS = 10_000;

/**
 * Indexes that are kept in memory instead of in the file: which rows a query may find. Such an index is by a hash,
 * so in the file each insert would write a page of its own, which cost more than all else in a commit together.
 * One process alone writes the file, so what it has written is all there is; the rows themselves are read from
 * the database each time, and the index is built from them again at the start and after a rollback.
 */
export class MemoryIndexes {
  readonly #db: DatabaseSync;
  readonly #ids: IdCodec;
  readonly #known: readonly Known[];
  #isStale = true;
  #removals = 0;

  constructor(db: DatabaseSync, ids: IdCodec, queries: readonly Query<never, never>[]) {
    this.#db = db;
    this.#ids = ids;
    this.#known = queries
      .filter((query) => query.memory !== undefined)
      .map((query) => ({ query: query as unknown as Remembered<unknown, never>, ids: new IdIndex() }));
  }

  /** The keys of rows that the query may find; null when the query is not kept in memory. */
  keysFor<Value, By>(query: Query<Value, By>, by: By): readonly unknown[] | null {
    const known = this.#known.find(({ query: mine }) => mine.name === query.name);
    if (known === undefined) return null;
    if (this.#isStale) this.#rebuild();
    const { memory } = known.query;
    return known.ids.of(memory.bucketFor(by as never)).map((id) => memory.keyFor(by as never, id));
  }

  /** A row was written. Called in the order of the writes. */
  note<Value, K>(table: Table<Value, K>, value: Value): void {
    if (this.#isStale) return;
    for (const { query, ids } of this.#known) {
      if (query.table.name === table.name) place(query, ids, value);
    }
  }

  /** A row was removed. Its key stays until the next building, and finds nothing. */
  noteRemoval<Value, K>(table: Table<Value, K>): void {
    if (!this.#known.some(({ query }) => query.table.name === table.name)) return;
    this.#removals += 1;
    if (this.#removals >= MOST_REMOVALS) this.#isStale = true;
  }

  /** What was written is undone, or somebody else wrote: the rows must be read again. */
  distrust(): void {
    this.#isStale = true;
  }

  #rebuild(): void {
    for (const { query, ids } of this.#known) {
      ids.clear();
      for (const condition of query.memory.conditions) {
        const statement = this.#db.prepare(
          `SELECT ${list(query.table)} FROM ${query.table.name} WHERE ${condition}`,
        );
        statement.setReturnArrays(true);
        for (const row of statement.iterate()) {
          place(query, ids, fromStoredRow(query.table, row as unknown as SqlRow, this.#ids));
        }
      }
    }
    this.#isStale = false;
    this.#removals = 0;
  }
}

function place({ memory }: Known['query'], ids: IdIndex, value: unknown): void {
  const [bucket, id] = [memory.bucketOf(value), memory.idOf(value)];
  if (memory.counts(value, Number.NEGATIVE_INFINITY)) ids.add(bucket, id);
  else ids.remove(bucket, id);
}
