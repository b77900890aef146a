import type { Columns, Query, SqlRow, Table } from '../table.ts';

/** What is counted of one stretch of time. */
export type FiguresRow = {
  readonly lengthMs: number;
  readonly beginsAtMs: number;
  readonly countedAtMs: number;
  /** Rows that may still count differently later, as a code that is open; 0 when all is said. */
  readonly restless: number;
  /** Something of it has changed since it was counted. */
  readonly isStale: boolean;
  /** As `domain/insight/figures.ts` writes it. */
  readonly book: string;
};
export type FiguresKey = Pick<FiguresRow, 'lengthMs' | 'beginsAtMs'>;
/** The same without what was counted. */
export type FiguresHead = Omit<FiguresRow, 'book'>;

const head: Columns = {
  ...{ length_ms: 'int', begins_at_ms: 'int', counted_at_ms: 'int', restless: 'int', is_stale: 'int' },
};

const headOf = (row: SqlRow): FiguresHead => ({
  lengthMs: row[0] as number,
  beginsAtMs: row[1] as number,
  countedAtMs: row[2] as number,
  restless: row[3] as number,
  isStale: row[4] === 1,
});

export const figures: Table<FiguresRow, FiguresKey> = {
  name: 'figures',
  columns: { ...head, book: 'json' },
  key: ['length_ms', 'begins_at_ms'],
  mutable: ['counted_at_ms', 'restless', 'is_stale', 'book'],
  keyValues: (key) => [key.lengthMs, key.beginsAtMs],
  keyOf: (row) => row,
  toRow: (f) => [f.lengthMs, f.beginsAtMs, f.countedAtMs, f.restless, f.isStale ? 1 : 0, f.book],
  fromRow: (row) => ({ ...headOf(row), book: row[5] as string }),
};

const heads: Table<FiguresHead, FiguresKey> = {
  ...{ name: 'figures', columns: head, key: figures.key, mutable: [], keyValues: figures.keyValues },
  keyOf: (row) => row,
  toRow: (f) => [f.lengthMs, f.beginsAtMs, f.countedAtMs, f.restless, f.isStale ? 1 : 0],
  fromRow: headOf,
};

type ByLength = { readonly lengthMs: number };
const byLength = {
  columns: ['length_ms'],
  equals: ({ lengthMs }: ByLength) => [lengthMs],
  sinceMs: 0,
} as const;

/** Figures of stretches of one length that begin at the given time or later. */
export const figuresSince: Query<FiguresRow, ByLength> = {
  ...{ name: 'figures_since', table: figures as Table<FiguresRow, never>, ...byLength },
  condition: 'begins_at_ms >= ?',
};
/** What is known of those figures, without them. */
export const figureHeadsSince: Query<FiguresHead, ByLength> = {
  ...{ name: 'figure_heads_since', table: heads as Table<FiguresHead, never>, ...byLength },
  condition: 'begins_at_ms >= ?',
};
export const figureHeadsBefore: Query<FiguresHead, ByLength> = {
  ...{ name: 'figure_heads_before', table: heads as Table<FiguresHead, never>, ...byLength },
  condition: 'begins_at_ms < ?',
};
