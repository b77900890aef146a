import { rejoined } from './apart.ts';
import { healed } from './brake.ts';
import { type Counted, type Counts, count } from './counts.ts';
import { HOURS } from './kept.ts';
import type { SubjectKind } from './rules.ts';
import { healedTried } from './tried.ts';

/** What became of a guess at a code. */
export type Outcome = 'verified' | 'wrong';

/** Wrong guesses matter to those who guess and to the project as a whole, not to the block that was guessed at. */
export const counts = (kind: SubjectKind, outcome: Outcome): boolean =>
  outcome === 'verified' || (kind !== 'block' && kind !== 'country');

/** A subject's own part, once the code that was sent at `sentAtMs` has been guessed at. */
export function afterOutcome(
  counted: Counted,
  kind: SubjectKind,
  outcome: Outcome,
  sentAtMs: number,
  nowMs: number,
): Counts {
  const { own, others } = counted;
  if (outcome === 'wrong') return count(own, { checks: 1, wrong: 1 }, nowMs, nowMs, HOURS(kind));
  const counting = count(own, { verified: 1 }, sentAtMs, nowMs, HOURS(kind));
  const all = rejoined(count(counting, { checks: 1 }, nowMs, nowMs, HOURS(kind)), nowMs);
  const parts = [own, ...others];
  const brake = healed(parts, sentAtMs, nowMs);
  const next = brake === null ? all : { ...all, brake };
  if (!parts.some(({ tried }) => tried !== undefined)) return next;
  const tried = healedTried(parts, sentAtMs, nowMs);
  return tried === null ? next : { ...next, tried: { ...next.tried, ...tried } };
}
