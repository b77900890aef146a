import type { Channel } from '../message.ts';
import type { Brake, Counted, Counts } from './counts.ts';
import type { Line, NeverReason } from './ranges.ts';
import type { SubjectKind } from './rules.ts';

/** A code that somebody wants sent, as far as the guard cares. */
export type Sending = {
  readonly channel: Channel;
  /** Why nobody is ever sent a code at this number. */
  readonly range: NeverReason | null;
  /** What kind of number it is; null where nobody looked. */
  readonly line: Line | null;
  /** Where the number stands within its block; see `placeInBlock`. */
  readonly place: number;
  /** ISO 3166-1; null for e-mail and for numbers of no country. */
  readonly country: string | null;
  /** Only from `unknown` places is something kept for known ones. */
  readonly whence: 'known' | 'unknown' | 'new' | 'unsaid';
  /** Verified within 90 days: neither held by the rules on blocks, countries and lines, nor counted by them. */
  readonly isProven: boolean;
  /** On the safe list of its project: such rules are judged, and refuse and count nothing. */
  readonly isSafe?: boolean;
  /** What it is expected to cost, in millionths of the price book's currency. */
  readonly micros: number;
  /** Who asks did what is asked instead of a refusal: see `isSteppable`. */
  readonly hasSteppedUp?: boolean;
};

/** An earlier code to the same recipient. */
export type RecentSend = {
  readonly atMs: number;
  readonly projectId: string;
  readonly whence: 'known' | 'unknown';
};

export type Readings = {
  readonly projectId: string;
  readonly recent: readonly RecentSend[];
  /** Only the subjects that this sending has. */
  readonly counted: { readonly [kind in SubjectKind]?: Counted };
};

/** What one rule finds. */
export type Verdict = {
  readonly isOver: boolean;
  readonly value: number;
  readonly most: number;
  readonly retryAtMs: number | null;
  readonly note?: string;
  readonly brake?: Brake;
};

export const partsOf = ({ own, others }: Counted): readonly Counts[] =>
  others.length === 0 ? [own] : [own, ...others];

/** A number without its last four digits. */
export const blockOf = (address: string): string => address.slice(0, -4);

/**
 * Where a number stands within its block, turned by a secret of the block: near numbers stay near, and nobody reads
 * the last digits from it. `turn` is any whole number that only the block's key tells.
 */
export const placeInBlock = (address: string, turn: number): number =>
  (Number(address.slice(-4)) + turn) % 10_000;
