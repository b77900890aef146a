import { type Failure, refuse } from '../../kernel/failure.ts';
import { wireDateFrom } from '../../kernel/wire-date.ts';

const DAY_MS = 86_400_000;
const MONTH_MS = 30 * DAY_MS;

/** How many wrong codes a factor bears, by what its codes are worth (security.md, odds). */
export type Budget = { readonly aDay: number; readonly in30Days: number };

/** Wrong codes that may follow one another before waiting begins. */
const FREE_STREAK = 5;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 3_600_000;

/** When each wrong code of the last 30 days was given, oldest first; never more than the budget allows. */
export type Tries = readonly number[];

/**
 * Why a code is not even looked at now, or null when it may be. Right and wrong codes look alike then, and none
 * is counted, so that nobody learns anything and nobody prolongs another's wait. `lastRightAtMs` is when this
 * user last succeeded, with this factor or another: only the wrong codes since then make anybody wait, but all
 * count for the day and for the 30 days.
 */
export function mustWait(
  tries: Tries,
  budget: Budget,
  lastRightAtMs: number | null,
  nowMs: number,
): Failure | null {
  const retryAtMs = freeAtMs(tries, budget, lastRightAtMs ?? -1, nowMs);
  if (retryAtMs <= nowMs) return null;
  const message = `too many wrong codes; use another factor, or try again after ${wireDateFrom(retryAtMs)}`;
  return refuse('budget_spent', message, 'code', { retryAtMs });
}

/** The first moment from `nowMs` on at which a code is looked at. */
function freeAtMs(tries: Tries, { aDay, in30Days }: Budget, lastRightAtMs: number, nowMs: number): number {
  const streak = tries.filter((atMs) => atMs > lastRightAtMs).length;
  const waitMs =
    streak < FREE_STREAK ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (streak - FREE_STREAK));
  // A budget has room again when the oldest of the wrong codes that fill it leaves its window.
  const dayMs = (tries.at(-aDay) ?? -DAY_MS) + DAY_MS;
  const monthMs = (tries.at(-in30Days) ?? -MONTH_MS) + MONTH_MS;
  return Math.max(nowMs, (tries.at(-1) ?? 0) + waitMs, dayMs, monthMs);
}

/** One more wrong code, that was looked at. */
export function afterWrong(tries: Tries, { in30Days }: Budget, nowMs: number): Tries {
  return [...tries.filter((atMs) => atMs > nowMs - MONTH_MS), nowMs].slice(-in30Days);
}
