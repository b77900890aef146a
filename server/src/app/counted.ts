import { readBroken } from '../domain/guard/note.ts';
import type { Refusal } from '../domain/guard/refusal.ts';
import type { Ended, Message } from '../domain/message.ts';
import type { Verification } from '../domain/verification.ts';
import type { Delivery } from '../domain/webhook.ts';
import { outsideRequests } from '../kernel/request-scope.ts';
import { traced } from '../kernel/trace.ts';
import { type Store, StoreUnavailable, type Table, type Transaction, tables } from '../store/store.ts';
import { PassedOn, storeWith } from './wrapped-store.ts';

/** What is told of the rows that were written, once they are committed. */
export type Counting = {
  created(verification: Verification): void;
  /** A rule thought this of a sending, whether or not it was let through. */
  guarded(rule: string, verdict: 'refused' | 'would-refuse'): void;
  refused(refusal: Refusal): void;
  /** A message was made. */
  born(message: Message): void;
  handedOver(message: Message, delayMs: number): void;
  ended(message: Ended): void;
  told(delivery: Delivery): void;
  /** The database could not keep a work. */
  unavailable(): void;
};

/**
 * The same store, which counts what was committed and nothing else: it looks at rows as they are written, so no use case
 * can forget to count. It is a part of no request: batches serve many.
 */
export function withCounts(store: Store, counting: Counting): Store {
  return storeWith(store, (work) => traced('store.transaction', {}, () => transact(store, counting, work)));
}

async function transact<T>(
  store: Store,
  counting: Counting,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  let seen: CountedTransaction | null = null;
  const counted = (tx: Transaction) => {
    seen = new CountedTransaction(tx);
    return work(seen);
  };
  try {
    const answer = await outsideRequests(() => store.transaction(counted));
    (seen as CountedTransaction | null)?.count(counting);
    return answer;
  } catch (error) {
    if (error instanceof StoreUnavailable) counting.unavailable();
    throw error;
  }
}

/** A transaction that remembers what of its writes is to be counted. */
class CountedTransaction extends PassedOn {
  #noted: ((counting: Counting) => void)[] | null = null;

  count(counting: Counting): void {
    if (this.#noted !== null) for (const note of this.#noted) note(counting);
  }

  override insert<Value, K>(table: Table<Value, K>, value: Value): void {
    this.inner.insert(table, value);
    const note = INSERTED.get(table);
    if (note !== undefined) this.#note((counting) => note(counting, value));
  }

  override update<Value, K>(table: Table<Value, K>, value: Value): void {
    this.inner.update(table, value);
    const { nowMs } = this.inner;
    const note = UPDATED.get(table);
    if (note !== undefined) this.#note((counting) => note(counting, value, nowMs));
  }

  #note(note: (counting: Counting) => void): void {
    this.#noted ??= [];
    this.#noted.push(note);
  }
}

const INSERTED = new Map<unknown, (counting: Counting, value: unknown) => void>([
  [tables.verifications, (counting, value) => noteVerification(counting, value as Verification)],
  [tables.refusals, (counting, value) => noteRefusal(counting, value as Refusal)],
  [tables.messages, (counting, value) => counting.born(value as Message)],
]);

const UPDATED = new Map<unknown, (counting: Counting, value: unknown, nowMs: number) => void>([
  [tables.messages, (counting, value, nowMs) => noteMessage(counting, value as Message, nowMs)],
  [tables.webhookDeliveries, (counting, value, nowMs) => noteDelivery(counting, value as Delivery, nowMs)],
]);

function noteVerification(counting: Counting, verification: Verification): void {
  counting.created(verification);
  if (verification.guard === null) return;
  for (const { rule } of readBroken(verification.guard)) counting.guarded(rule, 'would-refuse');
}

function noteRefusal(counting: Counting, refusal: Refusal): void {
  counting.refused(refusal);
  counting.guarded(refusal.rule, 'refused');
}

/** What happened to a message in this transaction bears its time; a receipt may come with, or before, the answer. */
function noteMessage(counting: Counting, message: Message, nowMs: number): void {
  if (message.state === 'pending') return;
  if (message.sentAtMs === nowMs) counting.handedOver(message, Math.max(0, nowMs - message.createdAtMs));
  if (message.state !== 'sent' && message.endedAtMs === nowMs) counting.ended(message);
}

function noteDelivery(counting: Counting, delivery: Delivery, nowMs: number): void {
  if (delivery.endedAtMs === nowMs) counting.told(delivery);
}
