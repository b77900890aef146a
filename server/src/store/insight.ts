import type { Refusal } from '../domain/guard/refusal.ts';
import type { CountedMessage, CountedRefusal, CountedVerification } from '../domain/insight/counting.ts';
import type { Channel, Message } from '../domain/message.ts';
import type { Key, Mode } from '../domain/scope.ts';
import type { Verification } from '../domain/verification.ts';
import type { Place } from './ids.ts';
import type { Sieve } from './tables/sieves.ts';

/** A stretch of one table, both ends excluded. */
export type Stretch = { readonly after: Place; readonly before: Place; readonly limit: number };

/** A verification as it is counted, with the newest of its messages; `routing` leads to the others. */
export type Countable = Omit<CountedVerification, 'messages'> & {
  readonly place: Place;
  readonly recipientKey: string;
  readonly reference: string | null;
  readonly last: CountedMessage | null;
};
export type CountableRefusal = CountedRefusal & { readonly place: Place; readonly recipientKey: string };

/** Which rows of a list are wanted: those that hold exactly these values, of country and reason those that may. */
export type ListFilter = {
  readonly projectId?: string;
  readonly mode?: Mode;
  readonly channel?: Channel;
  readonly state?: Verification['state'];
  readonly provider?: string;
  readonly recipientKey?: string;
  readonly reference?: string;
  /** ISO 3166-1. */
  readonly country?: string;
  /** Words of why it failed or was refused. */
  readonly reason?: string;
};
export type Listing = Stretch & { readonly where: ListFilter; readonly nowMs: number };
export type ListedVerification = {
  readonly place: Place;
  readonly verification: Verification;
  /** The newest of the channel that was asked for. */
  readonly message: Message | null;
};
export type ListedRefusal = { readonly place: Place; readonly refusal: Refusal };

/** Questions of the console. They go along the order of ids, which is that of time, a bounded stretch at once. */
export type InsightReader = {
  /** In order of time. */
  countable(stretch: Stretch): Promise<readonly Countable[]>;
  countableRefusals(stretch: Stretch): Promise<readonly CountableRefusal[]>;
  /** Messages as they are counted, in no order; those that are gone are left out. */
  countedMessages(ids: readonly string[]): Promise<readonly CountedMessage[]>;
  /** The newest first. */
  listVerifications(listing: Listing): Promise<readonly ListedVerification[]>;
  listRefusals(listing: Listing): Promise<readonly ListedRefusal[]>;
  /** Rows by their places, in order of time. */
  verificationsAt(places: readonly Place[]): Promise<readonly ListedVerification[]>;
  /** Places after one, in order of time. */
  placesAfter(of: Sieve['of'], after: Place, limit: number): Promise<readonly Place[]>;
  /** The place so many rows before one, within the same table; null when there are not so many. */
  placeBack(of: Sieve['of'], before: Place, rows: number): Promise<Place | null>;
  placeOf(id: string): Place;
  /** Where something is found whose project nobody names. */
  keyOf(of: Sieve['of'], id: string): Promise<Key | null>;
  /** The newest first: those that end before a place. */
  sievesBefore(of: Sieve['of'], before: Place, limit: number): Promise<readonly Sieve[]>;
};
