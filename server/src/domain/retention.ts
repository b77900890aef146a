import { BUDGET_MEMORY_MS } from './budget.ts';

const DAY_MS = 86_400_000;

/**
 * How long things are kept, from when a verification was made. It ends at most two days later, so nothing is kept
 * for longer than this after its end.
 */
export type Retention = {
  /** The recipient, sealed; then only its keyed hash is left. */
  readonly recipientMs: number;
  /** The verification and its messages. Wrong guesses go with them, so they must have stopped counting before. */
  readonly rowMs: number;
};

/** How long the audit log is kept. */
export const AUDIT_MS = 400 * DAY_MS;

export const RETENTION: Retention = { recipientMs: 30 * DAY_MS, rowMs: 90 * DAY_MS };

/** @throws Error when wrong guesses would be forgotten while they still count */
export function checkRetention({ recipientMs, rowMs }: Retention): void {
  if (rowMs < BUDGET_MEMORY_MS || recipientMs > rowMs) {
    throw new Error(
      'retention must keep rows for longer than wrong guesses count, and recipients no longer than rows',
    );
  }
}
