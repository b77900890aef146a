import type { StatementSync } from 'node:sqlite';
import type { IdCodec } from '../ids.ts';
import type { Transaction } from '../store.ts';
import { foundByKey, fromStoredRow, mutableValues, storedKey, toStoredRow } from '../stored.ts';
import type { Query, SqlRow, SqlValue, Table } from '../table.ts';
import type { MemoryIndexes } from './sqlite-memory.ts';
import type { Statements } from './sqlite-statements.ts';

/** One work's view of the batch it runs in. It alone writes, so what it reads is locked by itself. */
export class SqliteTransaction implements Transaction {
  readonly nowMs: number;
  readonly #statements: Statements;
  readonly #ids: IdCodec;
  readonly #memory: MemoryIndexes;
  readonly #writes: Write[] = [];

  constructor(statements: Statements, ids: IdCodec, memory: MemoryIndexes, nowMs: number) {
    this.#statements = statements;
    this.#ids = ids;
    this.#memory = memory;
    this.nowMs = nowMs;
  }

  get<Value, K>(table: Table<Value, K>, key: K): Value | null {
    const row = this.#statements.of(table).get.get(...storedKey(table, key, this.#ids));
    return row === undefined ? null : foundByKey(table, key, row as unknown as SqlRow, this.#ids);
  }

  lock(): void {}

  forget(): void {}

  list<Value, By>(query: Query<Value, By>, by: By): readonly Value[] {
    const keys = this.#memory.keysFor(query, by);
    if (keys !== null) return this.#remembered(query, keys as readonly never[]);
    const values = [...query.equals(by), this.nowMs - query.sinceMs];
    const rows = this.#statements.query(query).all(...values) as unknown as SqlRow[];
    return rows.map((row) => fromStoredRow(query.table, row, this.#ids));
  }

  insert<Value, K>(table: Table<Value, K>, value: Value): void {
    const values = toStoredRow(table, value, this.#ids);
    this.#writes.push({
      statement: this.#statements.of(table).insert,
      values,
      table: table as Table<never, never>,
      value,
    });
  }

  update<Value, K>(table: Table<Value, K>, value: Value): void {
    const key = storedKey(table, table.keyOf(value), this.#ids);
    const values = [...mutableValues(table, value, this.#ids), ...key];
    this.#writes.push({
      statement: this.#statements.of(table).update,
      values,
      table: table as Table<never, never>,
      value,
    });
  }

  remove<Value, K>(table: Table<Value, K>, key: K): void {
    const values = storedKey(table, key, this.#ids);
    this.#writes.push({
      statement: this.#statements.of(table).remove,
      values,
      table: table as Table<never, never>,
      value: null,
    });
  }

  /** @throws when the database refuses a write; the batch must then be rolled back. */
  flush(): void {
    for (const { statement, values, table, value } of this.#writes) {
      statement.run(...values);
      if (value === null) this.#memory.noteRemoval(table);
      else this.#memory.note(table, value as never);
    }
  }

  /** The rows with these keys that the query still finds. A row that was removed is simply not there. */
  #remembered<Value, By>(query: Query<Value, By>, keys: readonly never[]): readonly Value[] {
    const found: Value[] = [];
    for (const key of keys) {
      const value = this.get(query.table, key);
      if (value !== null && query.memory?.counts(value, this.nowMs - query.sinceMs) === true)
        found.push(value);
    }
    return found;
  }
}

type Write = {
  readonly statement: StatementSync;
  readonly values: SqlValue[];
  readonly table: Table<never, never>;
  /** What is there now; null when it was removed. */
  readonly value: unknown;
};
