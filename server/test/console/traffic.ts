import type { Refusal } from '../../src/domain/guard/refusal.ts';
import type { Store } from '../../src/store/store.ts';
import { tables } from '../../src/store/store.ts';
import { type HistoryOptions, history, type Past, refused } from './history.ts';

export type Clock = { set(ms: number): void };

/** Writes a made-up past into a store, each row at its own time; one in ten codes was refused. */
export async function seed(
  store: Store,
  clock: Clock,
  wanted: Pick<HistoryOptions, 'count' | 'fromMs' | 'toMs' | 'recipientKey' | 'seal'>,
): Promise<{ past: readonly Past[]; refusals: readonly Refusal[] }> {
  let nowMs = wanted.fromMs;
  const idAt = (ms: number) => {
    nowMs = Math.max(nowMs, ms);
    clock.set(nowMs);
    return store.newId();
  };
  const options = { seed: 7, idAt, messagesEach: 2, ...wanted };
  const past: Past[] = [];
  const refusals: Refusal[] = [];
  const stopped = refused({ ...options, count: Math.floor(wanted.count / 10) });
  for (const one of history(options)) {
    past.push(one);
    const { value } = past.length % 10 === 1 ? stopped.next() : { value: undefined };
    if (value !== undefined) refusals.push(value);
  }
  for (let at = 0; at < past.length; at += 200) {
    await store.transaction(async (tx) => {
      for (const { verification, messages } of past.slice(at, at + 200)) {
        tx.insert(tables.verifications, verification);
        for (const message of messages) tx.insert(tables.messages, message);
      }
    });
  }
  await store.transaction(async (tx) => {
    for (const refusal of refusals) tx.insert(tables.refusals, refusal);
  });
  clock.set(wanted.toMs);
  return { past, refusals };
}
