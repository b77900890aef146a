import pg from 'pg';

/**
 * What an error of the database says about the transaction that got it.
 * - `lost`: the connection is of no use any more; whether what was sent last was done is not known.
 * - `conflict`: rolled back because of others; the same works may well succeed when they run again.
 * - `refused`: rolled back because of what it wrote.
 * - `exhausted`: rolled back because the server has no room (disk, memory) or is broken.
 */
export type Verdict = 'lost' | 'conflict' | 'refused' | 'exhausted';

const CONFLICTS = new Set([
  '40001', // serialisation failure
  '40P01', // deadlock
  '55P03', // a lock was not to be had in time
  '57014', // a statement took too long
]);
const LOSSES = new Set([
  '25006', // the host became a standby: it reads only
  '25P03', // idle in a transaction for too long
  '40003', // CockroachDB: it is not known whether the statement was done
  '57P01', // the session was ended by an operator
  '57P02', // the server crashed
  '57P03', // the server starts or stops
  '57P05', // idle for too long
]);

/** The row that a recipient is locked by was removed between its making and its locking. */
export class LockGone extends Error {
  override readonly name = 'LockGone';
}

export function verdictOn(error: unknown): Verdict {
  if (error instanceof LockGone) return 'conflict';
  if (!(error instanceof pg.DatabaseError) || error.code === undefined) return 'lost';
  const { code } = error;
  if (CONFLICTS.has(code)) return 'conflict';
  if (LOSSES.has(code) || code.startsWith('08')) return 'lost';
  return /^(53|54|58|XX)/.test(code) ? 'exhausted' : 'refused';
}
