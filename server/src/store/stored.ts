import type { IdCodec } from './ids.ts';
import type { SqlRow, SqlValue, Table } from './table.ts';

type AnyTable = Table<never, never>;
type Places = {
  readonly ofIds: readonly number[];
  readonly ofKeyIds: readonly number[];
  readonly ofMutable: readonly number[];
};
const places = new WeakMap<AnyTable, Places>();

/** Where ids stand in the rows and in the keys of a table, found once. */
function placesOf<Value, K>(table: Table<Value, K>): Places {
  const known = places.get(table as AnyTable);
  if (known !== undefined) return known;
  const columns = Object.keys(table.columns);
  const ids = columns.filter((name) => table.columns[name] === 'id');
  if (ids.some((name) => !table.key.includes(name)))
    throw new Error(`${table.name}: ids stand in keys alone`);
  const found = {
    ofIds: ids.map((name) => columns.indexOf(name)),
    ofKeyIds: ids.map((name) => table.key.indexOf(name)),
    ofMutable: table.mutable.map((name) => columns.indexOf(name)),
  };
  places.set(table as AnyTable, found);
  return found;
}

/** A value as the database holds it. */
export function toStoredRow<Value, K>(table: Table<Value, K>, value: Value, ids: IdCodec): SqlValue[] {
  return stored(table.toRow(value), placesOf(table).ofIds, ids);
}

/** The columns of a value that an update may change, in the order in which the table names them. */
export function mutableValues<Value, K>(table: Table<Value, K>, value: Value): SqlValue[] {
  const row = table.toRow(value);
  return placesOf(table).ofMutable.map((place) => row[place] ?? null);
}

/** A key as the database holds it. */
export function storedKey<Value, K>(table: Table<Value, K>, key: K, ids: IdCodec): SqlValue[] {
  return stored(table.keyValues(key), placesOf(table).ofKeyIds, ids);
}

/** The row that `key` found. Its ids are those of the key, so they need not be turned back. */
export function foundByKey<Value, K>(table: Table<Value, K>, key: K, row: SqlRow): Value {
  const values = row as SqlValue[];
  const { ofIds, ofKeyIds } = placesOf(table);
  ofIds.forEach((place, i) => {
    values[place] = table.keyValues(key)[ofKeyIds[i] ?? 0] ?? null;
  });
  return table.fromRow(values);
}

export function fromStoredRow<Value, K>(table: Table<Value, K>, row: SqlRow, ids: IdCodec): Value {
  const values = row as SqlValue[];
  for (const place of placesOf(table).ofIds) {
    const bytes = values[place];
    if (bytes instanceof Uint8Array) values[place] = ids.fromStored(bytes);
  }
  return table.fromRow(values);
}

function stored(row: SqlRow, idPlaces: readonly number[], ids: IdCodec): SqlValue[] {
  const values = row as SqlValue[];
  for (const place of idPlaces) {
    const id = values[place];
    if (typeof id === 'string') values[place] = ids.toStored(id);
  }
  return values;
}
