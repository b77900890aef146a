import type { ReceiptStatus } from './message.ts';
import type { Mode } from './verification.ts';

/** What is to be done about a message, written in the transaction that made it necessary. */
export type Task =
  | { readonly kind: 'deliver' }
  /** A receipt that the sandbox promised for later. */
  | { readonly kind: 'receipt'; readonly status: ReceiptStatus };

/** A row of the outbox. Whoever holds its lease works on it; when the lease runs out, anybody may take it. */
export type Job = {
  /** The message it is about. */
  readonly id: string;
  readonly projectId: string;
  readonly mode: Mode;
  readonly task: Task;
  /** Times it was begun. */
  readonly attempts: number;
  /** Who works on it, null when nobody does. A name is used for one taking only. */
  readonly holder: string | null;
  /** From here on it may be taken: the time to begin, or the end of the lease. */
  readonly dueAtMs: number;
};

/** Takes a job that is due. `holder` is a fresh name, so that a slow former holder cannot finish it. */
export function take(job: Job, holder: string, leaseMs: number, nowMs: number): Job | null {
  if (nowMs < job.dueAtMs) return null;
  return { ...job, holder, attempts: job.attempts + 1, dueAtMs: nowMs + leaseMs };
}

/** Puts a job back until `dueAtMs`. */
export const postpone = (job: Job, dueAtMs: number): Job => ({ ...job, holder: null, dueAtMs });
