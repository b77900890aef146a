import type { Channel, MessageState, Routing } from '../message.ts';
import { countryIn } from '../noted-country.ts';
import type { Mode } from '../scope.ts';
import type { Verification } from '../verification.ts';
import { noteDuration } from './durations.ts';
import { entryOf, type FigureBook, groupOf, NO_COUNTRY, type Tally, tallyIn } from './figures.ts';

/** As much of a message as is counted. */
export type CountedMessage = {
  readonly id: string;
  readonly channel: Channel;
  readonly provider: string;
  readonly state: MessageState;
  readonly createdAtMs: number;
  readonly sentAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly routing: Routing | null;
};

/** As much of a verification as is counted, with all of its messages, the oldest first. */
export type CountedVerification = {
  readonly projectId: string;
  readonly mode: Mode;
  readonly state: Verification['state'];
  readonly channel: Channel;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly closedAtMs: number | null;
  readonly guard: string | null;
  readonly messages: readonly CountedMessage[];
};

export type CountedRefusal = {
  readonly projectId: string;
  readonly mode: Mode;
  readonly atMs: number;
  readonly country: string | null;
  readonly channel: Channel;
  /** The rule that refused it. */
  readonly rule: string;
};

/** A receipt that has not come by then is not waited for. */
const RECEIPT_PATIENCE_MS = 72 * 3_600_000;

/** Counts one verification as it stands at `nowMs`. @returns whether time or others may still change how it counts */
export function countVerification(book: FigureBook, v: CountedVerification, nowMs: number): boolean {
  const { messages } = v;
  const last = messages.at(-1);
  const country = countryOf(v);
  const all = tallyIn(book, groupOf(v.mode, v.projectId), entryOf('all', ''));
  const ofCountry = tallyIn(book, groupOf(v.mode, v.projectId), entryOf('country', country));
  const ofChannel = tallyIn(book, groupOf(v.mode, v.projectId), entryOf('channel', v.channel));
  const tallies = [all, ofCountry, ofChannel];
  // Of its providers, the last one has the credit for how it ended.
  const ofProvider =
    last === undefined
      ? []
      : [tallyIn(book, groupOf(v.mode, v.projectId), entryOf('provider', last.provider))];
  const isOver = v.state !== 'open' || nowMs >= v.expiresAtMs;
  const state = v.state === 'open' && isOver ? 'expired' : v.state;
  const isSent = messages.some(({ sentAtMs }) => sentAtMs !== null);
  const arrivedAtMs = firstArrival(messages);
  for (const tally of [...tallies, ...ofProvider]) {
    tally.created += 1;
    if (isSent) tally.sent += 1;
    if (arrivedAtMs !== null) tally.delivered += 1;
    if (state !== 'open') tally[state] += 1;
  }
  if (arrivedAtMs !== null) noteDuration(all.toDelivery, arrivedAtMs - v.createdAtMs);
  if (v.state === 'verified') {
    for (const tally of tallies) noteDuration(tally.toVerification, (v.closedAtMs ?? 0) - v.createdAtMs);
  }
  for (const message of messages) {
    const own = tallyIn(book, groupOf(v.mode, v.projectId), entryOf('provider', message.provider));
    for (const tally of [...tallies, own]) countMessage(tally, message);
    if (message.state === 'delivered' && message.endedAtMs !== null) {
      noteDuration(own.toDelivery, message.endedAtMs - message.createdAtMs);
    }
  }
  return !isOver || (nowMs < v.createdAtMs + RECEIPT_PATIENCE_MS && messages.some(isUnderWay));
}

function countMessage(tally: Tally, { state, sentAtMs, routing }: CountedMessage): void {
  tally.messages += 1;
  if (state === 'delivered') tally.arrived += 1;
  if (state === 'undelivered' || state === 'failed') tally.lost += 1;
  if (sentAtMs === null) return;
  tally.accepted += 1;
  const cost = routing?.cost ?? routing?.estimate ?? null;
  if (cost !== null) tally.costs[cost.currency] = (tally.costs[cost.currency] ?? 0) + cost.micros;
}

/** Counts a code that the guard did not let out. */
export function countRefusal(book: FigureBook, refusal: CountedRefusal): void {
  const group = groupOf(refusal.mode, refusal.projectId);
  for (const entry of [
    entryOf('all', ''),
    entryOf('country', refusal.country ?? NO_COUNTRY),
    entryOf('channel', refusal.channel),
    entryOf('rule', refusal.rule),
  ]) {
    tallyIn(book, group, entry).refused += 1;
  }
}

/** ISO 3166-1 of the recipient, as its route or its guard noted it. */
export function countryOf({
  guard,
  messages,
}: {
  readonly guard: string | null;
  readonly messages: readonly Pick<CountedMessage, 'routing'>[];
}): string {
  for (const { routing } of messages) if (routing?.country != null) return routing.country;
  return countryIn(guard) ?? NO_COUNTRY;
}

const isUnderWay = ({ state }: CountedMessage): boolean => state === 'pending' || state === 'sent';

function firstArrival(messages: readonly CountedMessage[]): number | null {
  const times = messages.flatMap(({ state, endedAtMs }) =>
    state === 'delivered' && endedAtMs !== null ? [endedAtMs] : [],
  );
  return times.length === 0 ? null : Math.min(...times);
}
