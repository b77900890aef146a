import { HOUR_MS } from './counts.ts';
import type { SubjectKind } from './rules.ts';

/** Hours that are kept of a subject: a week of those whose usual traffic is looked at. */
export const HOURS = (on: SubjectKind): number => (on === 'country' ? 168 : 24);

const DAY_MS = 24 * HOUR_MS;
const QUARTER_MS = HOUR_MS / 4;

/**
 * Until when the counts of a subject are kept that were counted on now: a day longer than they count, by whole quarters of an
 * hour. Where it stays as it was, a database need not touch the index of it.
 */
export const keptUntilMs = (on: SubjectKind, nowMs: number): number =>
  Math.ceil((nowMs + HOURS(on) * HOUR_MS + DAY_MS) / QUARTER_MS) * QUARTER_MS;
