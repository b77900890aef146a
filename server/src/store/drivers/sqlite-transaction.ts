import type { StatementSync } from 'node:sqlite';
import type { IdCodec } from '../ids.ts';
import type { Transaction } from '../store.ts';
import { foundByKey, fromStoredRow, mutableValues, storedKey, toStoredRow } from '../stored.ts';
import type { Query, SqlRow, SqlValue, Table } from '../table.ts';
import type { Statements } from './sqlite-statements.ts';

/** One work's view of the batch it runs in. It alone writes, so what it reads is locked by itself. */
export class SqliteTransaction implements Transaction {
  readonly nowMs: number;
  readonly #statements: Statements;
  readonly #ids: IdCodec;
  readonly #writes: { readonly statement: StatementSync; readonly values: SqlValue[] }[] = [];

  constructor(statements: Statements, ids: IdCodec, nowMs: number) {
    this.#statements = statements;
    this.#ids = ids;
    this.nowMs = nowMs;
  }

  get<Value, K>(table: Table<Value, K>, key: K): Value | null {
    const row = this.#statements.of(table).get.get(...storedKey(table, key, this.#ids));
    return row === undefined ? null : foundByKey(table, key, row as unknown as SqlRow, this.#ids);
  }

  lock(): void {}

  forget(): void {}

  list<Value, By>(query: Query<Value, By>, by: By): readonly Value[] {
    const values = [...query.equals(by), this.nowMs - query.sinceMs];
    const rows = this.#statements.query(query).all(...values) as unknown as SqlRow[];
    return rows.map((row) => fromStoredRow(query.table, row, this.#ids));
  }

  insert<Value, K>(table: Table<Value, K>, value: Value): void {
    const values = toStoredRow(table, value, this.#ids);
    this.#writes.push({ statement: this.#statements.of(table).insert, values });
  }

  update<Value, K>(table: Table<Value, K>, value: Value): void {
    const key = storedKey(table, table.keyOf(value), this.#ids);
    const values = [...mutableValues(table, value, this.#ids), ...key];
    this.#writes.push({ statement: this.#statements.of(table).update, values });
  }

  remove<Value, K>(table: Table<Value, K>, key: K): void {
    const values = storedKey(table, key, this.#ids);
    this.#writes.push({ statement: this.#statements.of(table).remove, values });
  }

  /** @throws when the database refuses a write; the batch must then be rolled back. */
  flush(): void {
    for (const { statement, values } of this.#writes) statement.run(...values);
  }
}
