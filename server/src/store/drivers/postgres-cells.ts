import type { SqlRow, SqlValue, Table } from '../table.ts';

type AnyTable = Table<never, never>;

/** Whoever holds cells: one run of one work. */
export type Holder = {
  /** Cells that are its own until it ends. */
  readonly holds: Set<Cell>;
  /** Cells it waits for while others hold them. */
  readonly waitsFor: Set<Cell>;
  /** It runs no more, whatever it still asks for. */
  isGone: boolean;
};

/** One row in the memory of the batch that locks it in the database. */
export type Cell = {
  readonly table: AnyTable;
  readonly at: string;
  /** The key as the database holds it. */
  readonly key: readonly SqlValue[];
  holder: Holder | null;
  readonly queue: { readonly holder: Holder; readonly granted: () => void }[];
  /** The trip that locked it in the database, or that came before a work of this batch made it; null until then. */
  lockedInTrip: number | null;
  /** Whether the next trip asks for it. */
  isWanted: boolean;
  /** As the batch has it now: what was read, or what a work of this batch has written since. */
  row: SqlRow | null;
  /** Told once the row has been read. */
  readonly readers: (() => void)[];
};

/**
 * The rows of one batch and who holds them. A work holds what it has asked for until it ends, so works on one row
 * come one after another; the next gets what the one before has left, without asking the database again.
 */
export class Cells {
  readonly #byTable = new Map<AnyTable, Map<string, Cell>>();

  find(table: AnyTable, at: string): Cell | undefined {
    return this.#byTable.get(table)?.get(at);
  }

  findOrMake(table: AnyTable, at: string, key: readonly SqlValue[]): Cell {
    let cells = this.#byTable.get(table);
    if (cells === undefined) {
      cells = new Map();
      this.#byTable.set(table, cells);
    }
    const known = cells.get(at);
    if (known !== undefined) return known;
    const cell: Cell = {
      ...{ table, at, key, holder: null, queue: [], readers: [] },
      ...{ lockedInTrip: null, isWanted: false, row: null },
    };
    cells.set(at, cell);
    return cell;
  }
}

/** Makes the cell the holder's own: at once (null), or when those before it have ended. */
export function take(cell: Cell, holder: Holder): Promise<void> | null {
  if (cell.holder === holder) return null;
  if (cell.holder === null) {
    cell.holder = holder;
    holder.holds.add(cell);
    return null;
  }
  holder.waitsFor.add(cell);
  return new Promise<void>((granted) => {
    cell.queue.push({ holder, granted });
  });
}

/** The holder is gone: all it has is passed on, and it leaves every queue. */
export function letGo(holder: Holder): void {
  holder.isGone = true;
  for (const cell of holder.waitsFor) leaveQueue(cell, holder);
  holder.waitsFor.clear();
  for (const cell of holder.holds) {
    cell.holder = null;
    const next = cell.queue[0]?.holder;
    if (next === undefined) continue;
    cell.holder = next;
    next.holds.add(cell);
    next.waitsFor.delete(cell);
    for (const { granted } of leaveQueue(cell, next)) granted();
  }
  holder.holds.clear();
}

/** All that hold the cell or wait for it, which then do so no more. */
export function clear(cell: Cell): Holder[] {
  const waiting = cell.queue.splice(0).map(({ holder }) => holder);
  cell.readers.splice(0);
  cell.isWanted = false;
  return cell.holder === null ? waiting : [cell.holder, ...waiting];
}

/** A holder may wait for a cell at several places of its work. */
function leaveQueue({ queue }: Cell, holder: Holder): Cell['queue'] {
  const left = queue.filter((waiting) => waiting.holder === holder);
  const stay = queue.filter((waiting) => waiting.holder !== holder);
  queue.splice(0, queue.length, ...stay);
  return left;
}
