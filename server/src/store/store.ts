import type { AccessKey } from '../domain/access-key.ts';
import type { Breaker } from '../domain/breaker.ts';
import type { Message } from '../domain/message.ts';
import type { Key, RecipientKey, Scope } from '../domain/scope.ts';
import type { Text } from '../domain/text.ts';
import type { Verification } from '../domain/verification.ts';
import type { AuditReader } from './audit-reader.ts';
import type { HistoryReader } from './history.ts';
import type { Place } from './ids.ts';
import type { InsightReader } from './insight.ts';
import type { SubjectReader } from './subject-reader.ts';
import type { Query, SqlValue, Table } from './table.ts';
import type { AnswerKey } from './tables/idempotency-keys.ts';
import type { RecentCode, Tally, TallyPart, TallySubject } from './tally.ts';

export { type Place, placeAt, timeOfPlace } from './ids.ts';
export type {
  Countable,
  InsightReader,
  ListedRefusal,
  ListedVerification,
  ListFilter,
} from './insight.ts';
export type { HauntRow, SubjectTable } from './subject-reader.ts';
export type { Query, Table } from './table.ts';
export type { FiguresHead, FiguresRow } from './tables/figures.ts';
export type { Sieve } from './tables/sieves.ts';
export type { StoredSigningKey } from './tables/signing-keys.ts';
export type { EventStream } from './tables/webhooks.ts';
export * as tables from './tables.ts';
export type { RecentCode, Tally, TallySubject } from './tally.ts';

/** SQLite answers at once, PostgreSQL later; a work awaits both alike. */
export type Awaitable<T> = T | Promise<T>;

export interface Transaction {
  /** One clock for all nodes, in milliseconds: the database's. On SQLite, the one that the store was given. */
  readonly nowMs: number;
  /** The row with this key, locked until the transaction ends; null when there is none. */
  get<Value, K>(table: Table<Value, K>, key: K): Awaitable<Value | null>;
  /** Locks something that need not exist as a row, so that works about it come one after another. */
  lock(what: RecipientKey): Awaitable<void>;
  /** Rows as they stand in this transaction. They are not locked: lock what they hang on first. */
  list<Value, By>(query: Query<Value, By>, by: By): Awaitable<readonly Value[]>;
  /** What is counted about this. Ask for all that a work needs before reading any of it: see `Tally`. */
  tally(subject: TallySubject): Awaitable<Tally>;
  /** Codes that this recipient was sent within a day, in any project. */
  recentCodes(recipientKey: string): Awaitable<readonly RecentCode[]>;
  /** Writes are kept in order and reach the database when the work has returned. */
  insert<Value, K>(table: Table<Value, K>, value: Value): void;
  update<Value, K>(table: Table<Value, K>, value: Value): void;
  remove<Value, K>(table: Table<Value, K>, key: K): void;
  /** Nothing about this will be locked soon: what the database keeps so that it can be, goes. */
  forget(what: RecipientKey): void;
}

/** Questions that decide nothing. They see what is committed and wait for no transaction. */
export interface Reader {
  get<Value, K>(table: Table<Value, K>, key: K): Promise<Value | null>;
  /** Rows as they are committed; which they are, `by` tells. */
  list<Value, By>(query: Query<Value, By>, by: By, nowMs: number): Promise<readonly Value[]>;
  /**
   * Messages that somebody should see to at `nowMs`, longest due first; of the providers in `except` only those that
   * have expired.
   */
  dueMessages(nowMs: number, limit: number, except?: readonly string[]): Promise<readonly Due[]>;
  /** Where a message is found whose project nobody names. */
  messageKey(id: string): Promise<Key | null>;
  /** The newest message that a provider calls so. */
  messageByReference(provider: string, reference: string): Promise<Key | null>;
  breakers(): Promise<readonly Breaker[]>;
  /** Verifications that still hold a code, digested or sealed, after it expired. */
  staleVerifications(nowMs: number, limit: number): Promise<readonly Key[]>;
  /** Rows by the time when they were made, oldest first: those after a place, made before `beforeMs`. */
  madeBefore<Value>(table: Table<Value, Key>, question: Made): Promise<readonly { key: Key; place: Place }[]>;
  /** Messages of unexpired codes that `provider` carried, oldest first, with what they belong to. */
  carried(question: Carried): Promise<readonly { message: Message; verification: Verification }[]>;
  accessKeys(): Promise<readonly AccessKey[]>;
  /** Parts of tallies that count no more. */
  staleTallies(nowMs: number, limit: number): Promise<readonly Pick<TallyPart, 'subject' | 'part'>[]>;
  /** Subjects of which a brake is closed, those that stay so the longest first. */
  brakedTallies(nowMs: number, limit: number): Promise<readonly string[]>;
  /** Texts that `provider` carried and that are still shown, in the order of `carried`, with their messages. */
  carriedTexts(question: Carried): Promise<readonly { message: Message; text: Text }[]>;
  /** What may be told to an endpoint now, longest due first. */
  dueDeliveries(endpointId: string, nowMs: number, limit: number): Promise<readonly Key[]>;
  /** Look-ups that somebody should see to at `nowMs`, longest due first. */
  dueHlrs(nowMs: number, limit: number): Promise<readonly Key[]>;
  /** Rows of one table, the newest first, and how many there are. */
  page<Value>(table: Table<Value, Key>, question: Page): Promise<{ items: readonly Value[]; total: number }>;
  /** Questions of the console. */
  readonly insight: InsightReader;
  /** What the guard decided, for its replay. */
  readonly history: HistoryReader;
  /** Questions about the audit log. */
  readonly audit: AuditReader;
  /** Questions about whom rows are about, for erasing and telling all of them. */
  readonly subjects: SubjectReader;
  /** Answers kept for repeats, made before `beforeMs`, oldest first. */
  oldAnswers(beforeMs: number, limit: number): Promise<readonly AnswerKey[]>;
}

/** A message that is due, who carries it, and whether there is anything left to carry. */
export type Due = Key & { readonly provider: string; readonly isExpired: boolean };

export type Made = { readonly after: Place | null; readonly beforeMs: number; readonly limit: number };

export type Carried = {
  readonly provider: string;
  readonly nowMs: number;
  readonly limit: number;
  readonly scope: Scope | null;
  readonly recipientKey: string | null;
  /** Those that have been delivered, by the time they were; or all, by the time they were made. */
  readonly show: 'arrived' | 'all';
  /** Only messages that came after this one. */
  readonly after: Message | null;
};

/** Which rows of a scope: those whose columns hold exactly these values. */
export type Page = {
  readonly scope: Scope;
  readonly where: { readonly [column: string]: SqlValue };
  readonly offset: number;
  readonly limit: number;
};

/**
 * Told of each batch of works that was kept: how many shared its commit, how long that took from the first of them to
 * the durable end, and how many more were waiting by then.
 */
export type BatchTold = (works: number, tookMs: number, waiting: number) => void;

/** The database cannot keep anything now. Nothing of the work that got this is known to be kept. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

export interface Store {
  /**
   * Keeps all that `work` wrote, or nothing, and resolves once that is durable. What `tx` reads with `get`
   * and `lock` stays locked until then. `work` may run again after a conflict, so it touches nothing but `tx`
   * and awaits nothing else. A refusal that must keep its counters is returned; what is thrown drops the
   * writes of this `work` alone.
   * @throws StoreUnavailable when the database could not commit, or it is not known whether it did.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  readonly read: Reader;
  /** A fresh id: 32 hexadecimal characters, never given before, that cannot be guessed. */
  newId(): string;
  /** The clock that transactions go by, for questions outside of one. */
  nowMs(): number;
  /**
   * Sees that files of ours hold nothing any more of what was deleted, as far as that is ours to do. On PostgreSQL its
   * own cleaning does it in time.
   */
  scrub(): Promise<void>;
  /** Finishes the transactions under way, then lets go of the database. Once closed it stays so. */
  close(): Promise<void>;
}
