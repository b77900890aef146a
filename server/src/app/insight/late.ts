import type { Message } from '../../domain/message.ts';
import type { Key } from '../../domain/scope.ts';
import type { Verification } from '../../domain/verification.ts';
import { type Store, type Table, type Transaction, tables, timeOfPlace } from '../../store/store.ts';
import { PassedOn, storeWith } from '../wrapped-store.ts';
import { SPAN_MS, spanOf } from './count-span.ts';
import { FIGURES_KEPT_MS } from './counter.ts';

export type LateChanges = {
  /** The same store, which notes what changes long after it was made. */
  readonly store: Store;
  /** Marks what was noted, so that it is counted again. */
  flush(): Promise<void>;
};

/** Younger stretches are counted again and again anyway. */
const LATE_MS = 2 * SPAN_MS;

/**
 * A stretch that was counted is counted again when a row of it changes later: a receipt that took hours, a verification
 * that is deleted. Noted in memory and marked for many at once, so that no create or check costs more for it.
 */
export function withLateChanges(store: Store): LateChanges {
  let waiting = new Set<number>();
  const madeAtById = (id: string) => timeOfPlace(store.read.insight.placeOf(id));
  return {
    store: storeWith(store, async (work) => {
      let noted: Set<number> | null = null;
      const answer = await store.transaction((tx) => {
        noted = null;
        const note = (beginsAtMs: number) => {
          noted ??= new Set();
          noted.add(beginsAtMs);
        };
        return work(new WatchedTransaction(tx, note, madeAtById));
      });
      for (const beginsAtMs of noted ?? []) waiting.add(beginsAtMs);
      return answer;
    }),
    async flush() {
      if (waiting.size === 0) return;
      const batch = waiting;
      waiting = new Set();
      try {
        await store.transaction(async (tx) => {
          for (const beginsAtMs of [...batch].sort((a, b) => a - b)) {
            const found = await tx.get(tables.figures, { lengthMs: SPAN_MS, beginsAtMs });
            if (found !== null && !found.isStale) tx.update(tables.figures, { ...found, isStale: true });
          }
        });
      } catch (error) {
        for (const beginsAtMs of batch) waiting.add(beginsAtMs);
        throw error;
      }
    },
  };
}

class WatchedTransaction extends PassedOn {
  readonly #note: (beginsAtMs: number) => void;
  readonly #madeAt: (id: string) => number;

  constructor(tx: Transaction, note: (beginsAtMs: number) => void, madeAt: (id: string) => number) {
    super(tx);
    this.#note = note;
    this.#madeAt = madeAt;
  }

  override update<Value, K>(table: Table<Value, K>, value: Value) {
    this.inner.update(table, value);
    const madeAtMs = madeAt(table, value);
    if (madeAtMs === null) return;
    const ageMs = this.inner.nowMs - madeAtMs;
    if (ageMs > LATE_MS && ageMs < FIGURES_KEPT_MS) this.#note(spanOf(madeAtMs));
  }
  override remove<Value, K>(table: Table<Value, K>, key: K) {
    this.inner.remove(table, key);
    const known: unknown = table;
    if (known !== tables.verifications && known !== tables.refusals) return;
    const madeAtMs = this.#madeAt((key as Key).id);
    if (this.inner.nowMs - madeAtMs < FIGURES_KEPT_MS) this.#note(spanOf(madeAtMs));
  }
}

/** When what a row counts for was made. That a code expired is known before it is written down. */
function madeAt<Value, K>(table: Table<Value, K>, value: Value): number | null {
  const known: unknown = table;
  if (known === tables.verifications) {
    const { state, createdAtMs } = value as Verification;
    return state === 'expired' ? null : createdAtMs;
  }
  return known === tables.messages ? (value as Message).createdAtMs : null;
}
