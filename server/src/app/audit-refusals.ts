import { placeAt, type Store, tables } from '../store/store.ts';
import type { Audit } from './audit.ts';

/** The row that tells up to where refusals have been counted into the audit log. */
const MARK = 'refusals in the audit log up to';
const ROWS_AT_ONCE = 1_000;
/** Rows of transactions that began before others may come to stand before theirs. */
const SETTLED_MS = 60_000;

/**
 * Writes into the audit log how many sendings each rule of the guard has refused since the last time: one entry for a
 * rule of a project and mode, however many they were. The rows themselves are kept on their own. Several nodes may do it
 * at once. @returns how many refusals it counted
 */
export async function noteRefusals({
  store,
  audit,
}: {
  readonly store: Store;
  readonly audit: Audit;
}): Promise<number> {
  const before = placeAt(store.nowMs() - SETTLED_MS);
  const mark = await store.read.get(tables.settings, { name: MARK });
  const counts = new Map<string, number>();
  let total = 0;
  for (let after = mark?.value ?? placeAt(0); ; ) {
    const rows = await store.read.insight.countableRefusals({ after, before, limit: ROWS_AT_ONCE });
    for (const { projectId, mode, rule } of rows) {
      const object = `${projectId} ${mode} ${rule}`;
      counts.set(object, (counts.get(object) ?? 0) + 1);
    }
    total += rows.length;
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS_AT_ONCE) break;
    after = last.place;
  }
  if (total === 0) return 0;
  return store.transaction(async (tx) => {
    const current = await tx.get(tables.settings, { name: MARK });
    if ((current?.value ?? null) !== (mark?.value ?? null)) return 0; // another node was first
    for (const [object, count] of counts) {
      audit.note(tx, { actor: null, action: 'guard.refused', object, result: `${count} sendings` });
    }
    if (current === null) tx.insert(tables.settings, { name: MARK, value: before });
    else tx.update(tables.settings, { name: MARK, value: before });
    return total;
  });
}
