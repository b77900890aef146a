import { wipeCode } from '../../domain/message.ts';
import { settle } from '../../domain/verification.ts';
import { type Key, type Store, tables } from '../../store/store.ts';

/** Rows a sweep changes in one transaction: few, so that no create waits for it. */
const SWEPT_AT_ONCE = 50;

/**
 * Ends what time has ended with nobody watching: digests of expired verifications and sealed codes of no more
 * use are wiped. Goes in small steps until nothing is left or `most` rows were changed.
 * @returns how many rows it changed
 */
export async function sweep(store: Store, most: number): Promise<number> {
  let changed = 0;
  for (let step = SWEPT_AT_ONCE; step === SWEPT_AT_ONCE && changed < most; ) {
    const overdue = await store.read.overdueVerifications(store.nowMs(), SWEPT_AT_ONCE);
    const stale = await store.read.staleCodes(store.nowMs(), SWEPT_AT_ONCE);
    if (overdue.length > 0) await expire(store, overdue);
    if (stale.length > 0) await wipe(store, stale);
    step = Math.max(overdue.length, stale.length);
    changed += overdue.length + stale.length;
  }
  return changed;
}

async function expire(store: Store, keys: readonly Key[]): Promise<void> {
  await store.transaction(async (tx) => {
    for (const key of keys) {
      const verification = await tx.get(tables.verifications, key);
      if (verification === null) continue;
      const settled = settle(verification, tx.nowMs);
      if (settled !== verification) tx.update(tables.verifications, settled);
    }
  });
}

async function wipe(store: Store, keys: readonly Key[]): Promise<void> {
  await store.transaction(async (tx) => {
    for (const key of keys) {
      const message = await tx.get(tables.messages, key);
      if (message !== null && tx.nowMs >= message.codeExpiresAtMs)
        tx.update(tables.messages, wipeCode(message));
    }
  });
}
