import { type Counts, HOUR_MS, sum } from './counts.ts';
import { isListed, listOf, type PrefixList } from './prefix-list.ts';
import type { LineKind } from './ranges.ts';
import type { SafeLists } from './safe-list.ts';

/** What speaks for a number being used to pump. Each has points of its own; together they are the score, 100 at most. */
export const SIGNALS = ['line', 'disposable', 'ported', 'age', 'velocity'] as const;
export type SignalName = (typeof SIGNALS)[number];
export type Signal = { readonly name: SignalName; readonly points: number };

/** Lists that the operator brings: beginnings of numbers in E.164, or whole ones. */
export type NumberLists = {
  readonly disposable: PrefixList;
  readonly ported: PrefixList;
  readonly safe: SafeLists;
};
export const NO_LISTS: NumberLists = { disposable: listOf([]), ported: listOf([]), safe: new Map() };

const LINE: { readonly [kind in LineKind]: number } = {
  mobile: 0,
  either: 0,
  fixed: 20,
  voip: 25,
  other: 25,
};
const DISPOSABLE = 40;
const PORTED = 15;
const NEW_HERE = 10;
const EACH_IN_BLOCK = 3;
const MOST_VELOCITY = 30;

/** What the lists say of a number. */
export const listedAs = (
  lists: Pick<NumberLists, 'disposable' | 'ported'>,
  address: string,
): readonly ('disposable' | 'ported')[] =>
  (['disposable', 'ported'] as const).filter((name) => isListed(lists[name], address));

/**
 * Weighs what is known of a number. No rule decides by it: it tells whoever reads a decision what stood out, and how
 * much of it was what.
 */
export function signalsOf(
  {
    line,
    listed,
    isProven,
    block,
  }: {
    /** Null where nobody looked. */
    readonly line: LineKind | null;
    readonly listed: readonly ('disposable' | 'ported')[];
    /** Verified here within 90 days. */
    readonly isProven: boolean;
    readonly block: readonly Counts[];
  },
  nowMs: number,
): readonly Signal[] {
  const unverified = sum(block, 'sends', HOUR_MS, nowMs) - sum(block, 'verified', HOUR_MS, nowMs);
  const points: { readonly [name in SignalName]: number } = {
    line: line === null ? 0 : LINE[line],
    disposable: listed.includes('disposable') ? DISPOSABLE : 0,
    ported: listed.includes('ported') ? PORTED : 0,
    age: isProven ? 0 : NEW_HERE,
    velocity: Math.min(MOST_VELOCITY, Math.max(0, unverified) * EACH_IN_BLOCK),
  };
  return SIGNALS.filter((name) => points[name] > 0).map((name) => ({ name, points: points[name] }));
}

export const scoreOf = (signals: readonly Signal[]): number =>
  Math.min(
    100,
    signals.reduce((score, { points }) => score + points, 0),
  );
