import type { DatabaseSync } from 'node:sqlite';

/**
 * Keeps all that `work` wrote, or nothing. Nobody else writes meanwhile, another process neither; `work` cannot wait for
 * anything, so nothing comes between what it reads and what it writes.
 */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  if (database.isTransaction) return work(); // a part of a larger one
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
