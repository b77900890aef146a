import type { Counts } from '../domain/guard/counts.ts';

/** What is counted about: its name holds no personal data, or only keyed hashes of it. */
export type TallySubject = {
  readonly name: string;
  /** Counted in one place under its lock, so that no node is ever behind. Otherwise each node counts its own part. */
  readonly isExact: boolean;
};

/**
 * The count of one subject, shared by the works of a batch: each sees what those before it kept. So nothing may be
 * awaited between reading it and keeping, nor after keeping: a work that were begun anew would count twice.
 */
export interface Tally {
  /** This node's part (the only one of an exact subject) as it stands; null when nothing is counted. */
  readonly own: Counts | null;
  /** As they were committed when this batch asked. */
  readonly others: readonly Counts[];
  /** Replaces this node's part. From `untilMs` on it counts as nothing. */
  keep(counts: Counts, untilMs: number): void;
}

/** One part of a count, as a row. Part 0 is that of exact subjects; of others each node has a number of its own. */
export type TallyPart = {
  readonly subject: string;
  readonly part: number;
  readonly counts: Counts;
  readonly untilMs: number;
};

/** A code that a recipient was sent lately. */
export type RecentCode = {
  readonly atMs: number;
  readonly projectId: string;
  readonly mode: 'live' | 'test';
  readonly whence: 'known' | 'unknown';
};
