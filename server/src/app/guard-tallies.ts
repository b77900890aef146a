import { type Store, tables } from '../store/store.ts';

/** Rows that go in one transaction: few, so that nobody waits for them. */
const AT_ONCE = 100;
const MOST = 20_000;

/** Deletes counts whose time is over. They count no more anyway; this keeps the table as small as the traffic is. */
export async function forgetTallies(store: Store): Promise<void> {
  for (let seen = 0; seen < MOST; seen += AT_ONCE) {
    const stale = await store.read.staleTallies(store.nowMs(), AT_ONCE);
    if (stale.length === 0) return;
    await store.transaction(async (tx) => {
      for (const key of stale) {
        const found = await tx.get(tables.tallies, key);
        if (found !== null && found.untilMs <= tx.nowMs) tx.remove(tables.tallies, key);
      }
    });
  }
}
