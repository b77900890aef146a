import type { Transaction } from '../store.ts';
import type { Query, SqlRow, SqlValue, Table } from '../table.ts';
import type { Statements } from './sqlite-statements.ts';

/** One work's view of the batch it runs in. It alone writes, so what it reads is locked by itself. */
export class SqliteTransaction implements Transaction {
  readonly nowMs: number;
  readonly #statements: Statements;
  readonly #writes: (() => void)[] = [];

  constructor(statements: Statements, nowMs: number) {
    this.#statements = statements;
    this.nowMs = nowMs;
  }

  get<Value, K>(table: Table<Value, K>, key: K): Value | null {
    const row = this.#statements.of(table).get.get(...(table.keyValues(key) as SqlValue[]));
    return row === undefined ? null : table.fromRow(row as unknown as SqlRow);
  }

  lock(): void {}

  list<Value, By>(query: Query<Value, By>, by: By): readonly Value[] {
    const values = [...query.equals(by), this.nowMs - query.sinceMs];
    const rows = this.#statements.query(query).all(...values) as unknown as SqlRow[];
    return rows.map(query.table.fromRow);
  }

  insert<Value, K>(table: Table<Value, K>, value: Value): void {
    const row = table.toRow(value) as SqlValue[];
    this.#writes.push(() => this.#statements.of(table).insert.run(...row));
  }

  update<Value, K>(table: Table<Value, K>, value: Value): void {
    const row = [...table.toRow(value), ...table.keyValues(table.keyOf(value))];
    this.#writes.push(() => this.#statements.of(table).update.run(...row));
  }

  remove<Value, K>(table: Table<Value, K>, key: K): void {
    const values = table.keyValues(key) as SqlValue[];
    this.#writes.push(() => this.#statements.of(table).remove.run(...values));
  }

  /** @throws when the database refuses a write; the batch must then be rolled back. */
  flush(): void {
    for (const write of this.#writes) write();
  }
}
