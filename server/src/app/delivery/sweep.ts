import { age } from '../../domain/verification.ts';
import { type Store, tables } from '../../store/store.ts';

/** Rows a sweep changes in one transaction: few, so that no create waits for it. */
const SWEPT_AT_ONCE = 50;

/**
 * Ends what time has ended with nobody watching: digests and sealed codes of expired verifications are wiped.
 * Goes in small steps until nothing is left or `most` rows were seen.
 * @returns how many rows it saw
 */
export async function sweep(store: Store, most: number): Promise<number> {
  let seen = 0;
  for (let step = SWEPT_AT_ONCE; step === SWEPT_AT_ONCE && seen < most; seen += step) {
    const keys = await store.read.staleVerifications(store.nowMs(), SWEPT_AT_ONCE);
    step = keys.length;
    if (step === 0) break;
    await store.transaction(async (tx) => {
      // All at once: a database that is asked for one after the other takes a trip for each, and others wait.
      const found = await Promise.all(keys.map((key) => tx.get(tables.verifications, key)));
      for (const verification of found) {
        if (verification === null) continue;
        const aged = age(verification, tx.nowMs);
        if (aged !== verification) tx.update(tables.verifications, aged);
      }
    });
  }
  return seen;
}
