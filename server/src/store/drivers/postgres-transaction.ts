import type { RecipientKey } from '../../domain/scope.ts';
import type { IdCodec } from '../ids.ts';
import type { Awaitable, Transaction } from '../store.ts';
import { storedKey, toStoredRow } from '../stored.ts';
import type { Query, SqlRow, Table } from '../table.ts';
import type { RecentCode, Tally, TallySubject } from '../tally.ts';
import { textOf } from './postgres-arrays.ts';
import type { Cell, Holder } from './postgres-cells.ts';
import { recipients } from './postgres-statements.ts';
import type { Write } from './postgres-writes.ts';

/** The rows of the batch that a work runs in. */
export interface Rows {
  readonly nowMs: number;
  get<Value, K>(tx: PostgresTransaction, table: Table<Value, K>, key: K): Awaitable<Value | null>;
  lock(tx: PostgresTransaction, what: RecipientKey): Awaitable<void>;
  list<Value, By>(tx: PostgresTransaction, query: Query<Value, By>, by: By): Awaitable<readonly Value[]>;
  tally(tx: PostgresTransaction, subject: TallySubject): Awaitable<Tally>;
  recentCodes(tx: PostgresTransaction, recipientKey: string): Awaitable<readonly RecentCode[]>;
}

/** One work's view of the batch it runs in. */
export class PostgresTransaction implements Transaction, Holder {
  readonly holds = new Set<Cell>();
  readonly waitsFor = new Set<Cell>();
  readonly writes: Write[] = [];
  isGone = false;
  /** Its place among the works of its batch. */
  readonly number: number;
  readonly #batch: Rows;
  readonly #ids: IdCodec;
  #nowMs: number | null = null;

  constructor(batch: Rows, ids: IdCodec, number: number) {
    this.#batch = batch;
    this.#ids = ids;
    this.number = number;
  }

  /** Taken when it is first asked for, so after the locks a work waited for; the same from then on. */
  get nowMs(): number {
    this.#nowMs ??= this.#batch.nowMs;
    return this.#nowMs;
  }

  get<Value, K>(table: Table<Value, K>, key: K): Awaitable<Value | null> {
    return this.#batch.get(this, table, key);
  }

  lock(what: RecipientKey): Awaitable<void> {
    return this.#batch.lock(this, what);
  }

  list<Value, By>(query: Query<Value, By>, by: By): Awaitable<readonly Value[]> {
    return this.#batch.list(this, query, by);
  }

  tally(subject: TallySubject): Awaitable<Tally> {
    return this.#batch.tally(this, subject);
  }

  recentCodes(recipientKey: string): Awaitable<readonly RecentCode[]> {
    return this.#batch.recentCodes(this, recipientKey);
  }

  insert<Value, K>(table: Table<Value, K>, value: Value): void {
    this.#write('insert', table, table.keyOf(value), toStoredRow(table, value, this.#ids));
  }

  update<Value, K>(table: Table<Value, K>, value: Value): void {
    this.#write('update', table, table.keyOf(value), toStoredRow(table, value, this.#ids));
  }

  remove<Value, K>(table: Table<Value, K>, key: K): void {
    this.#write('remove', table, key, null);
  }

  forget(what: RecipientKey): void {
    this.remove(recipients, what);
  }

  #write<Value, K>(kind: Write['kind'], table: Table<Value, K>, key: K, row: SqlRow | null): void {
    const stored = storedKey(table, key, this.#ids);
    this.writes.push({ kind, table: table as Table<never, never>, at: textOf(stored), row: row ?? stored });
  }
}
