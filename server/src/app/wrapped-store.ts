import type {
  Awaitable,
  Query,
  RecentCode,
  Store,
  Table,
  Tally,
  TallySubject,
  Transaction,
} from '../store/store.ts';

/** The same store, but for how its transactions run. */
export function storeWith(store: Store, transaction: Store['transaction']): Store {
  return {
    read: store.read,
    newId: () => store.newId(),
    scrub: () => store.scrub(),
    nowMs: () => store.nowMs(),
    close: () => store.close(),
    transaction,
  };
}

/** A transaction that passes everything on: whoever watches one overrides what it watches, and nothing else. */
export class PassedOn implements Transaction {
  protected readonly inner: Transaction;

  constructor(inner: Transaction) {
    this.inner = inner;
  }

  get nowMs(): number {
    return this.inner.nowMs;
  }

  get<Value, K>(table: Table<Value, K>, key: K): Awaitable<Value | null> {
    return this.inner.get(table, key);
  }

  lock(what: Parameters<Transaction['lock']>[0]): Awaitable<void> {
    return this.inner.lock(what);
  }

  list<Value, By>(query: Query<Value, By>, by: By): Awaitable<readonly Value[]> {
    return this.inner.list(query, by);
  }

  tally(subject: TallySubject): Awaitable<Tally> {
    return this.inner.tally(subject);
  }

  recentCodes(recipientKey: string): Awaitable<readonly RecentCode[]> {
    return this.inner.recentCodes(recipientKey);
  }

  insert<Value, K>(table: Table<Value, K>, value: Value): void {
    this.inner.insert(table, value);
  }

  update<Value, K>(table: Table<Value, K>, value: Value): void {
    this.inner.update(table, value);
  }

  remove<Value, K>(table: Table<Value, K>, key: K): void {
    this.inner.remove(table, key);
  }

  forget(what: Parameters<Transaction['forget']>[0]): void {
    this.inner.forget(what);
  }
}
