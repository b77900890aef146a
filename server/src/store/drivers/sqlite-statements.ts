import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { selectByKey, selectByQuery } from '../reader.ts';
import type { Query, Table } from '../table.ts';

type AnyTable = Table<never, never>;
export type TableStatements = {
  readonly get: StatementSync;
  readonly insert: StatementSync;
  readonly update: StatementSync;
  readonly remove: StatementSync;
};

/** Every statement is prepared once and kept for as long as the connection. */
export class Statements {
  readonly #db: DatabaseSync;
  readonly #tables = new Map<AnyTable, TableStatements>();
  readonly #queries = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  of<Value, K>(table: Table<Value, K>): TableStatements {
    const known = this.#tables.get(table as AnyTable);
    if (known !== undefined) return known;
    const columns = Object.keys(table.columns);
    const where = table.key.map((name) => `${name} = ?`).join(' AND ');
    const statements = {
      get: this.#db.prepare(selectByKey(table)),
      insert: this.#db.prepare(
        `INSERT INTO ${table.name} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
      ),
      update: this.#db.prepare(
        `UPDATE ${table.name} SET ${table.mutable.map((name) => `${name} = ?`).join(', ')} WHERE ${where}`,
      ),
      remove: this.#db.prepare(`DELETE FROM ${table.name} WHERE ${where}`),
    };
    statements.get.setReturnArrays(true);
    this.#tables.set(table as AnyTable, statements);
    return statements;
  }

  query<Value, By>(query: Query<Value, By>): StatementSync {
    const known = this.#queries.get(query.name);
    if (known !== undefined) return known;
    const statement = this.#db.prepare(selectByQuery(query));
    statement.setReturnArrays(true);
    this.#queries.set(query.name, statement);
    return statement;
  }
}
