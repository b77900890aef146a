import { type Failure, refuse } from '../kernel/failure.ts';
import { wireDateFrom } from '../kernel/wire-date.ts';
import { isStrangersNote } from './guard/note.ts';
import type { Scope } from './scope.ts';
import type { Open, Verification } from './verification.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export const WRONG_A_DAY = 10; //     together: 5 in 100,000 that somebody of unlimited patience
export const WRONG_IN_30_DAYS = 50; // guesses a six-digit code within a month (security.md, odds)
export const OPEN_AT_ONCE = 3;
/** Of these guesses, what is kept for known contexts, so that strangers cannot use up a victim's month. */
const KEPT_A_DAY = 3;
const KEPT_IN_30_DAYS = 15;
const KEPT_OPEN = 1;

/** How far back a verification may have been created and still count: 30 days and its longest life, 2 days. */
export const BUDGET_MEMORY_MS = 32 * DAY_MS;

/** What still counts of a code whose recipient was erased: nothing of it leads back to whom it was sent to. */
export type ErasedCode = Scope & {
  readonly id: string;
  /** Keyed hash of the recipient under a key that nothing else uses (32 hexadecimal characters). */
  readonly shadowKey: string;
  readonly createdAtMs: number;
  readonly wrongGuesses: number;
  readonly lastWrongAtMs: number | null;
  readonly whence: 'known' | 'unknown' | 'unsaid';
};
type Erased = Pick<ErasedCode, 'wrongGuesses' | 'lastWrongAtMs'> & {
  readonly state: 'erased';
  readonly guard: string | null;
};
type Counted = Verification | Erased;

/** Wrong guesses at a recipient count on when it is erased, or erasing would be a way to guess on. */
export const asGuessed = ({ wrongGuesses, lastWrongAtMs, whence }: ErasedCode): Erased => ({
  ...{ state: 'erased', wrongGuesses, lastWrongAtMs },
  guard: whence === 'unknown' ? '0' : null,
});

export type Grant = { readonly attempts: number } | Failure;

/**
 * Attempts a new verification may have, of the `wanted`, given every verification of this recipient that is
 * open or was guessed wrongly. They are reserved here, at creation, so that a stranger's guesses elsewhere
 * never void a code already sent. Wrong guesses of a verification all count from the last of them, which
 * never allows more than counting each from its own time.
 */
export function grantAttempts(
  history: readonly Counted[],
  wanted: number,
  nowMs: number,
  whence: 'known' | 'unknown' | 'new' | 'unsaid' = 'unsaid',
): Grant {
  const open = history.filter((v): v is Open => v.state === 'open' && nowMs < v.expiresAtMs);
  const strangers = whence === 'unknown' ? open.filter((v) => isStrangersNote(v.guard)) : [];
  const full = open.length >= OPEN_AT_ONCE ? open : strangers;
  if (open.length >= OPEN_AT_ONCE || strangers.length >= OPEN_AT_ONCE - KEPT_OPEN) {
    const retryAtMs = Math.min(...full.map((v) => v.expiresAtMs));
    return limited('too_many_open', `${full.length} codes for this recipient are still valid`, retryAtMs);
  }
  const attempts = Math.min(
    wanted,
    leftOf(history, WRONG_A_DAY, WRONG_IN_30_DAYS, nowMs),
    whence === 'unknown' ? leftForStrangers(history, nowMs) : wanted,
  );
  if (attempts > 0) return { attempts };
  return limited('budget_spent', 'too many wrong codes for this recipient', freeAgainAtMs(history, nowMs));
}

const leftForStrangers = (history: readonly Counted[], nowMs: number): number =>
  leftOf(
    history.filter((v) => isStrangersNote(v.guard)),
    WRONG_A_DAY - KEPT_A_DAY,
    WRONG_IN_30_DAYS - KEPT_IN_30_DAYS,
    nowMs,
  );

function leftOf(history: readonly Counted[], day: number, month: number, nowMs: number): number {
  const reserved = reservedAt(history, nowMs);
  const today = day - reserved - wrongSince(history, nowMs - DAY_MS);
  return Math.min(today, month - reserved - wrongSince(history, nowMs - 30 * DAY_MS));
}

const reservedAt = (history: readonly Counted[], atMs: number): number =>
  history.reduce((sum, v) => sum + (v.state === 'open' && atMs < v.expiresAtMs ? v.attemptsLeft : 0), 0);

function wrongSince(history: readonly Counted[], sinceMs: number): number {
  return history.reduce((sum, v) => sum + ((v.lastWrongAtMs ?? 0) > sinceMs ? v.wrongGuesses : 0), 0);
}

/** The first moment at which one attempt could be granted again, if nobody guesses until then. */
function freeAgainAtMs(history: readonly Counted[], nowMs: number): number {
  const moments = history.flatMap((v) => [
    ...(v.lastWrongAtMs === null ? [] : [v.lastWrongAtMs + DAY_MS, v.lastWrongAtMs + 30 * DAY_MS]),
    ...(v.state === 'open' ? [v.expiresAtMs] : []),
  ]);
  const later = moments.filter((atMs) => atMs > nowMs).sort((a, b) => a - b);
  return later.find((atMs) => allows(history, atMs)) ?? nowMs + DAY_MS;
}

function allows(history: readonly Counted[], atMs: number): boolean {
  const reserved = reservedAt(history, atMs);
  return (
    reserved + wrongSince(history, atMs - DAY_MS) < WRONG_A_DAY &&
    reserved + wrongSince(history, atMs - 30 * DAY_MS) < WRONG_IN_30_DAYS
  );
}

function limited(code: 'budget_spent' | 'too_many_open', what: string, retryAtMs: number): Failure {
  return refuse(code, `${what}; try again after ${wireDateFrom(retryAtMs)}`, 'recipient', { retryAtMs });
}
