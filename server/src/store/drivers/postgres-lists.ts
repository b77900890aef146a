import type { IdCodec } from '../ids.ts';
import { fromStoredRow } from '../stored.ts';
import type { Query, SqlRow, SqlValue, Table } from '../table.ts';
import { textOf } from './postgres-arrays.ts';
import type { Part } from './postgres-parts.ts';
import { type SetStatements, withRows } from './postgres-statements.ts';
import type { Write } from './postgres-writes.ts';

type AnyTable = Table<never, never>;
type AnyQuery = Query<never, never>;
type Wanted = { readonly values: readonly SqlValue[]; readonly told: ((rows: readonly SqlRow[]) => void)[] };
type Known = { readonly rows: readonly SqlRow[]; readonly trip: number };
/** One query: what its rows are found by, what is to be asked, and what is known and still true. */
type Shelf = { readonly places: readonly number[]; wanted: Map<string, Wanted>; known: Map<string, Known> };

/** The lists of one batch. What was listed is remembered until a work of the batch writes a row that belongs to it. */
export class Lists {
  readonly #ids: IdCodec;
  readonly #shelves = new Map<AnyQuery, Shelf>();
  #wanted = 0;

  constructor(ids: IdCodec) {
    this.#ids = ids;
  }

  get areWanted(): boolean {
    return this.#wanted > 0;
  }

  /** The tables from which something is wanted. */
  tables(): AnyTable[] {
    return [...this.#shelves].flatMap(([query, { wanted }]) => (wanted.size > 0 ? [query.table] : []));
  }

  /** What is known to be the answer, if it was asked in trip `since` or later. */
  find<Value, By>(query: Query<Value, By>, values: readonly SqlValue[], since: number): Value[] | null {
    const known = this.#shelf(query as AnyQuery).known.get(textOf(values));
    return known === undefined || known.trip < since ? null : this.#valuesOf(query, known.rows);
  }

  want<Value, By>(query: Query<Value, By>, values: readonly SqlValue[]): Promise<readonly Value[]> {
    const { wanted } = this.#shelf(query as AnyQuery);
    const at = textOf(values);
    const told: Wanted['told'] = wanted.get(at)?.told ?? [];
    wanted.set(at, { values, told });
    this.#wanted += 1;
    return new Promise((resolve) => {
      told.push((rows) => resolve(this.#valuesOf(query, rows)));
    });
  }

  /** One statement for each query of which something is wanted. */
  parts(statements: SetStatements, nowMs: number): Part[] {
    this.#wanted = 0;
    return [...this.#shelves].flatMap(([query, shelf]) => {
      const { wanted, places } = shelf;
      if (wanted.size === 0) return [];
      shelf.wanted = new Map();
      const { values, ...statement } = withRows(
        statements.list(query),
        [...wanted.values()].map((one) => one.values),
      );
      const answered: Part['answered'] = ([answer], trip) => {
        const rows = answer?.rows ?? [];
        const byPlace = Map.groupBy(rows, (row) => textAt(row, places));
        for (const [at, { told }] of wanted) {
          const found = byPlace.get(at) ?? [];
          shelf.known.set(at, { rows: found, trip });
          for (const tell of told) tell(found);
        }
      };
      return [{ statements: [{ ...statement, values: [...values, nowMs - query.sinceMs] }], answered }];
    });
  }

  /** Forgets the lists that this write may change. `before` is undefined when the row before it is not known. */
  forget({ kind, table, row }: Write, before: SqlRow | null | undefined): void {
    for (const [query, { known, places }] of this.#shelves) {
      if (query.table !== table || known.size === 0) continue;
      if (before === undefined) known.clear();
      else if (before !== null) known.delete(textAt(before, places));
      if (kind !== 'remove') known.delete(textAt(row, places));
    }
  }

  #shelf(query: AnyQuery): Shelf {
    const made = this.#shelves.get(query);
    if (made !== undefined) return made;
    const names = Object.keys(query.table.columns);
    const places = query.columns.map((name) => names.indexOf(name));
    const shelf = { places, wanted: new Map(), known: new Map() };
    this.#shelves.set(query, shelf);
    return shelf;
  }

  #valuesOf<Value, By>(query: Query<Value, By>, rows: readonly SqlRow[]): Value[] {
    return rows.map((row) => fromStoredRow(query.table, [...row], this.#ids));
  }
}

const textAt = (row: SqlRow, places: readonly number[]): string =>
  textOf(places.map((place) => row[place] ?? null));
