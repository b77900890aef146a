import { newestBefore } from '../../domain/audit.ts';
import { tables } from '../../store/store.ts';
import type { RetentionDeps } from './retain.ts';

export type AuditRetentionDeps = Pick<RetentionDeps, 'store' | 'goOn'> & { readonly auditMs: number };

/** Rows that change in one transaction: few, so that no create waits for it. */
const AT_ONCE = 50;

/**
 * Deletes entries of the audit log whose time is over, up to a signed checkpoint which the rest of the chain then hangs
 * on. Where none was signed in time nothing goes. @returns how many went
 */
export async function retainAudit(
  { store, auditMs, goOn }: AuditRetentionDeps,
  most: number,
): Promise<number> {
  const nowMs = store.nowMs();
  const all = await store.read.list(tables.allAuditCheckpoints, {}, nowMs);
  const anchor = newestBefore(all, nowMs - auditMs);
  if (anchor === null) return 0;
  let deleted = 0;
  while (deleted < most) {
    const rows = await store.read.audit.chain({ after: 0, limit: AT_ONCE });
    const old = rows.filter(({ sequence }) => sequence <= anchor.sequence);
    if (old.length === 0) break;
    await store.transaction(async (tx) => {
      for (const { id } of old) tx.remove(tables.auditEntries, { id });
    });
    deleted += old.length;
    if (old.length < AT_ONCE || !(await goOn())) break;
  }
  const outlived = all.filter(({ sequence }) => sequence < anchor.sequence);
  if (outlived.length > 0) {
    await store.transaction(async (tx) => {
      for (const { sequence } of outlived) tx.remove(tables.auditCheckpoints, { sequence });
    });
  }
  return deleted;
}
