import type { IdCodec } from './ids.ts';
import type { SqlRow, SqlValue, Table } from './table.ts';

type AnyTable = Table<never, never>;
type Places = { readonly ofIds: readonly number[]; readonly ofKeyIds: readonly number[] };
const places = new WeakMap<AnyTable, Places>();

/** Where ids stand in the rows and in the keys of a table, found once. */
function placesOf<Value, K>(table: Table<Value, K>): Places {
  const known = places.get(table as AnyTable);
  if (known !== undefined) return known;
  const isId = (name: string): boolean => table.columns[name] === 'id';
  const where = (names: readonly string[]) => names.flatMap((name, i) => (isId(name) ? [i] : []));
  const found = { ofIds: where(Object.keys(table.columns)), ofKeyIds: where(table.key) };
  places.set(table as AnyTable, found);
  return found;
}

/** A value as the database holds it. */
export function toStoredRow<Value, K>(table: Table<Value, K>, value: Value, ids: IdCodec): SqlValue[] {
  return stored(table.toRow(value), placesOf(table).ofIds, ids);
}

/** A key as the database holds it. */
export function storedKey<Value, K>(table: Table<Value, K>, key: K, ids: IdCodec): SqlValue[] {
  return stored(table.keyValues(key), placesOf(table).ofKeyIds, ids);
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
