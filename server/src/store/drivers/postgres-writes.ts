import type { SqlRow, Table } from '../table.ts';
import { type SetStatements, withRows } from './postgres-statements.ts';
import type { Statement } from './postgres-trip.ts';

type AnyTable = Table<never, never>;
export type Write = {
  readonly kind: 'insert' | 'update' | 'remove';
  readonly table: AnyTable;
  /** The key, as text. */
  readonly at: string;
  /** The row as the database holds it; the key alone when it is removed. */
  readonly row: SqlRow;
};

type RowsByKind = { readonly [kind in Write['kind']]: Map<string, SqlRow> };
type Generation = Map<AnyTable, RowsByKind>;

/**
 * Writes that wait for their statements. Those on one row become one where that comes to the same; where it would
 * not, a new generation begins, whose statements come after those of the one before.
 */
export class Writes {
  readonly #inOrder: boolean;
  #sealed: Generation[] = [];
  #open: Generation = new Map();
  #last: Write | null = null;

  /** @param inOrder keeps the writes as they came: a work alone must get its own order, whatever its cost */
  constructor(inOrder: boolean) {
    this.#inOrder = inOrder;
  }

  get isEmpty(): boolean {
    return this.#open.size === 0 && this.#sealed.length === 0;
  }

  touches(table: AnyTable): boolean {
    return [...this.#sealed, this.#open].some((generation) => generation.has(table));
  }

  add(write: Write): void {
    const { kind, table, at, row } = write;
    const last = this.#last;
    if (this.#inOrder && last !== null && (last.kind !== kind || last.table !== table)) this.#seal();
    this.#last = write;
    const rows = this.#rowsOf(table);
    const before = kindOf(rows, at);
    if (before === null) rows[kind].set(at, row);
    else if (kind === 'update' && before !== 'remove') rows[before].set(at, row);
    else if (kind === 'remove' && before === 'update') {
      rows.update.delete(at);
      rows.remove.set(at, row);
    } else if (kind === 'insert' || before === 'insert') {
      this.#seal();
      this.#rowsOf(table)[kind].set(at, row);
    }
  }

  /** The statements for all that waits, which then waits no more. */
  take(statements: SetStatements): Statement[] {
    this.#seal();
    const taken = this.#sealed.flatMap((generation) => statementsOf(generation, statements));
    this.#sealed = [];
    this.#last = null;
    return taken;
  }

  #rowsOf(table: AnyTable): RowsByKind {
    const known = this.#open.get(table);
    if (known !== undefined) return known;
    const rows = { insert: new Map(), update: new Map(), remove: new Map() };
    this.#open.set(table, rows);
    return rows;
  }

  #seal(): void {
    if (this.#open.size === 0) return;
    this.#sealed.push(this.#open);
    this.#open = new Map();
  }
}

function kindOf({ insert, update, remove }: RowsByKind, at: string): Write['kind'] | null {
  if (insert.has(at)) return 'insert';
  if (update.has(at)) return 'update';
  return remove.has(at) ? 'remove' : null;
}

function statementsOf(generation: Generation, statements: SetStatements): Statement[] {
  const tables = [...generation].sort(([a], [b]) => (a.name < b.name ? -1 : 1));
  return tables.flatMap(([table, rows]) =>
    (['remove', 'insert', 'update'] as const).flatMap((kind) => {
      const some = [...rows[kind].values()];
      return some.length === 0 ? [] : [withRows(statements[kind](table), some)];
    }),
  );
}
