import type { StatementSync } from 'node:sqlite';
import { isKnownNote } from '../../domain/guard/note.ts';
import type { Verification } from '../../domain/verification.ts';
import type { IdCodec } from '../ids.ts';
import type { Transaction } from '../store.ts';
import { foundByKey, fromStoredRow, mutableValues, storedKey, toStoredRow } from '../stored.ts';
import type { Query, SqlRow, SqlValue, Table } from '../table.ts';
import { verifications } from '../tables.ts';
import type { RecentCode, Tally, TallySubject } from '../tally.ts';
import type { MemoryIndexes } from './sqlite-memory.ts';
import type { RecentCodes } from './sqlite-recent.ts';
import type { Statements } from './sqlite-statements.ts';
import type { SqliteTallies, TallyBefore } from './sqlite-tallies.ts';

/** What one process alone may keep in memory of a file that nobody else writes. */
export type Memory = {
  readonly indexes: MemoryIndexes;
  readonly tallies: SqliteTallies;
  readonly recent: RecentCodes;
};

/** One work's view of the batch it runs in. It alone writes, so what it reads is locked by itself. */
export class SqliteTransaction implements Transaction {
  readonly nowMs: number;
  readonly #statements: Statements;
  readonly #ids: IdCodec;
  readonly #memory: Memory;
  readonly #counted: TallyBefore[] = [];
  readonly #writes: Write[] = [];

  constructor(statements: Statements, ids: IdCodec, memory: Memory, nowMs: number) {
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
    const keys = this.#memory.indexes.keysFor(query, by);
    if (keys !== null) return this.#remembered(query, by, keys as readonly never[]);
    const values = [...query.equals(by), this.nowMs - query.sinceMs];
    const rows = this.#statements.query(query).all(...values) as unknown as SqlRow[];
    return rows.map((row) => fromStoredRow(query.table, row, this.#ids));
  }

  tally({ name }: TallySubject): Tally {
    return this.#memory.tallies.of(name, this.nowMs, this.#counted);
  }

  recentCodes(recipientKey: string): readonly RecentCode[] {
    return this.#memory.recent.of(recipientKey, this.nowMs);
  }

  insert<Value, K>(table: Table<Value, K>, value: Value): void {
    const values = toStoredRow(table, value, this.#ids);
    this.#writes.push({
      statement: this.#statements.of(table).insert,
      values,
      table: table as Table<never, never>,
      value,
      isNew: true,
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

  /** The work was dropped: what it counted counts no more. */
  drop(): void {
    this.#memory.tallies.undo(this.#counted);
  }

  /** @throws when the database refuses a write; the batch must then be rolled back. */
  flush(): void {
    for (const { statement, values, table, value, isNew } of this.#writes) {
      statement.run(...values);
      if (isNew === true && table.name === verifications.name) this.#noteCode(value as Verification);
      if (value === null) this.#memory.indexes.noteRemoval(table);
      else this.#memory.indexes.note(table, value as never);
    }
  }

  #noteCode({ recipientKey, projectId, mode, createdAtMs, guard }: Verification): void {
    const whence = isKnownNote(guard) ? 'known' : 'unknown';
    this.#memory.recent.add(recipientKey, { atMs: createdAtMs, projectId, mode, whence });
  }

  /** The rows with these keys that the query still finds. A row that was removed is simply not there. */
  #remembered<Value, By>(query: Query<Value, By>, by: By, keys: readonly never[]): readonly Value[] {
    const found: Value[] = [];
    const { memory } = query;
    if (memory === undefined) return found;
    const bucket = memory.bucketFor(by);
    for (const key of keys) {
      const value = this.get(query.table, key);
      if (value === null || memory.bucketOf(value) !== bucket) continue;
      if (memory.counts(value, this.nowMs - query.sinceMs)) found.push(value);
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
  readonly isNew?: true;
};
