import type { IdCodec } from './ids.ts';
import type { SqlRow, SqlValue, Table } from './table.ts';

type AnyTable = Table<never, never>;
type Places = {
  readonly ofIds: readonly number[];
  /** Places of ids in the key. */
  readonly ofKeyIds: readonly number[];
  /** Ids of a row that its key tells too: place in the row, place in the key. */
  readonly told: readonly (readonly [number, number])[];
  readonly untold: readonly number[];
  readonly ofMutable: readonly number[];
};
const places = new WeakMap<AnyTable, Places>();

/** Where ids stand in the rows and in the keys of a table, found once. */
function placesOf<Value, K>(table: Table<Value, K>): Places {
  const known = places.get(table as AnyTable);
  if (known !== undefined) return known;
  const columns = Object.keys(table.columns);
  const ids = columns.filter((name) => table.columns[name] === 'id');
  const inKey = ids.filter((name) => table.key.includes(name));
  const found = {
    ofIds: ids.map((name) => columns.indexOf(name)),
    ofKeyIds: inKey.map((name) => table.key.indexOf(name)),
    told: inKey.map((name) => [columns.indexOf(name), table.key.indexOf(name)] as const),
    untold: ids.filter((name) => !inKey.includes(name)).map((name) => columns.indexOf(name)),
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
export function mutableValues<Value, K>(table: Table<Value, K>, value: Value, ids: IdCodec): SqlValue[] {
  const row = toStoredRow(table, value, ids);
  return placesOf(table).ofMutable.map((place) => row[place] ?? null);
}

/** A key as the database holds it. */
export function storedKey<Value, K>(table: Table<Value, K>, key: K, ids: IdCodec): SqlValue[] {
  return stored(table.keyValues(key), placesOf(table).ofKeyIds, ids);
}

/** The row that `key` found. The ids of the key are known, so they need not be turned back. */
export function foundByKey<Value, K>(table: Table<Value, K>, key: K, row: SqlRow, ids: IdCodec): Value {
  const values = row as SqlValue[];
  const { told, untold } = placesOf(table);
  const keyValues = table.keyValues(key);
  for (const [place, keyPlace] of told) values[place] = keyValues[keyPlace] ?? null;
  turnBack(values, untold, ids);
  return table.fromRow(values);
}

export function fromStoredRow<Value, K>(table: Table<Value, K>, row: SqlRow, ids: IdCodec): Value {
  const values = row as SqlValue[];
  turnBack(values, placesOf(table).ofIds, ids);
  return table.fromRow(values);
}

function turnBack(values: SqlValue[], idPlaces: readonly number[], ids: IdCodec): void {
  for (const place of idPlaces) {
    const bytes = values[place];
    if (bytes instanceof Uint8Array) values[place] = ids.fromStored(bytes);
  }
}

function stored(row: SqlRow, idPlaces: readonly number[], ids: IdCodec): SqlValue[] {
  const values = row as SqlValue[];
  for (const place of idPlaces) {
    const id = values[place];
    if (typeof id === 'string') values[place] = ids.toStored(id);
  }
  return values;
}
