import type { SqlRow, SqlValue, Table } from '../table.ts';
import { textOf } from './postgres-arrays.ts';
import type { Cell } from './postgres-cells.ts';
import { LockGone } from './postgres-failure.ts';
import { recipients, type SetStatements, withRows } from './postgres-statements.ts';
import type { Answer, Statement } from './postgres-trip.ts';

type AnyTable = Table<never, never>;
export const LOCKS = recipients as AnyTable;

/** A part of a trip: some statements, and where their answers go. */
export type Part = {
  readonly statements: readonly Statement[];
  answered(answers: readonly Answer[], trip: number): void;
};

/** How rows are locked: a polite batch takes what is free, and is told of what is not. */
export type Manners =
  | { readonly kind: 'wait' }
  | { readonly kind: 'polite'; readonly isBusy: (cell: Cell) => void };

/** The parts' statements in one row, and how to hand the answers back to them. */
export function tripOf(parts: readonly Part[]): Part {
  return {
    statements: parts.flatMap(({ statements }) => statements),
    answered(answers, trip) {
      let at = 0;
      for (const { statements, answered } of parts) {
        answered(answers.slice(at, at + statements.length), trip);
        at += statements.length;
      }
    },
  };
}

/** Sent for what it does alone. */
export const silent = (statements: readonly Statement[]): Part => ({ statements, answered: () => {} });

/** Locks recipients. Only rows can be locked, so one is made for each recipient that has none. */
export function lockPart(cells: readonly Cell[], sets: SetStatements, manners: Manners): Part {
  const keys = cells.map(({ key }) => key);
  const others = manners.kind === 'wait' ? 'wait' : 'pass';
  return {
    statements: [withRows(sets.ensure(LOCKS), keys), withRows(sets.get(LOCKS, others), keys)],
    answered([, locked], trip) {
      const rows = byKey(LOCKS, locked?.rows ?? [], placesOf(LOCKS));
      for (const cell of cells) {
        const row = rows.get(cell.at);
        if (row !== undefined) lockedAs(cell, row, trip);
        else if (manners.kind === 'polite') manners.isBusy(cell);
        else throw new LockGone();
      }
    },
  };
}

/** Reads and locks rows of one table. */
export function rowsPart(
  table: AnyTable,
  cells: readonly Cell[],
  sets: SetStatements,
  manners: Manners,
): Part {
  const keys = cells.map(({ key }) => key);
  const others = manners.kind === 'wait' ? 'wait' : 'pass';
  const get = withRows(sets.get(table, others), keys);
  return {
    statements: manners.kind === 'wait' ? [get] : [get, withRows(sets.have(table), keys)],
    answered([locked, there], trip) {
      const rows = byKey(table, locked?.rows ?? [], placesOf(table));
      const all = byKey(
        table,
        there?.rows ?? [],
        table.key.map((_, i) => i),
      );
      for (const cell of cells) {
        const row = rows.get(cell.at);
        if (row === undefined && manners.kind === 'polite' && all.has(cell.at)) manners.isBusy(cell);
        else lockedAs(cell, row ?? null, trip);
      }
    },
  };
}

/** What a work of this batch has made meanwhile is not in the answer, and stays. */
function lockedAs(cell: Cell, row: SqlRow | null, trip: number): void {
  if (cell.lockedInTrip === null) {
    cell.row = row;
    cell.lockedInTrip = trip;
  }
  cell.isWanted = false;
  for (const read of cell.readers.splice(0)) read();
}

function placesOf(table: AnyTable): readonly number[] {
  const names = Object.keys(table.columns);
  return table.key.map((name) => names.indexOf(name));
}

function byKey(table: AnyTable, rows: readonly SqlRow[], places: readonly number[]): Map<string, SqlRow> {
  const keyOf = (row: SqlRow): SqlValue[] => table.key.map((_, i) => row[places[i] ?? i] ?? null);
  return new Map(rows.map((row) => [textOf(keyOf(row)), row]));
}
