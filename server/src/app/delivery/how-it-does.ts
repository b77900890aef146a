import type { Breaker } from '../../domain/breaker.ts';
import type { Channel } from '../../domain/message.ts';
import { placeAt, type Store, tables } from '../../store/store.ts';
import { deliveryRates } from './rates.ts';

const DAY_MS = 86_400_000;
/** Verifications, newest first, among which the last troubles of a provider are looked for. */
const MOST_LOOKED_AT = 5_000;
const MOST_TROUBLES = 10;

/** What a provider made of the messages to one country within a time. */
export type CountryRate = {
  /** ISO 3166-1 alpha-2, or `ZZ` where there is none. */
  readonly country: string;
  readonly accepted: number;
  readonly failed: number;
  readonly delivered: number;
  readonly undelivered: number;
  /** From hand-over to receipt, on average; null while nothing was delivered. */
  readonly delayMs: number | null;
};

/** The countries with most messages first. */
export async function ratesByCountry(
  store: Store,
  provider: string,
  windowMs: number,
): Promise<readonly CountryRate[]> {
  const sinceMs = store.nowMs() - windowMs;
  const sums = new Map<
    string,
    { accepted: number; failed: number; delivered: number; undelivered: number; delayMs: number }
  >();
  for (const rate of await deliveryRates(store, provider)) {
    if (rate.hourMs < sinceMs) continue;
    const sum = sums.get(rate.country) ?? {
      accepted: 0,
      failed: 0,
      delivered: 0,
      undelivered: 0,
      delayMs: 0,
    };
    sum.accepted += rate.accepted;
    sum.failed += rate.failed;
    sum.delivered += rate.delivered;
    sum.undelivered += rate.undelivered;
    sum.delayMs += rate.delayMs;
    sums.set(rate.country, sum);
  }
  return [...sums]
    .map(([country, { delayMs, ...sum }]) => ({
      ...{ country, ...sum, delayMs: sum.delivered === 0 ? null : Math.round(delayMs / sum.delivered) },
    }))
    .sort((a, b) => b.accepted + b.failed - (a.accepted + a.failed));
}

/** What all nodes know of the trouble of providers. */
export const readBreakers = (store: Store): Promise<readonly Breaker[]> => store.read.breakers();

/** A message that a provider did not bring to its recipient. */
export type Trouble = {
  readonly atMs: number;
  readonly verificationId: string;
  readonly channel: Channel;
  readonly state: 'failed' | 'undelivered';
  readonly reason: string | null;
};

/** The last troubles of a provider within a day, the newest first; looked for among a bounded number of codes. */
export async function lastTroubles(store: Store, provider: string): Promise<readonly Trouble[]> {
  const nowMs = store.nowMs();
  const before = placeAt(nowMs + DAY_MS);
  const { insight } = store.read;
  const back = await insight.placeBack('verifications', before, MOST_LOOKED_AT);
  const aDayAgo = placeAt(nowMs - DAY_MS);
  const after = back !== null && back > aDayAgo ? back : aDayAgo;
  const listed = await insight.listVerifications({ after, before, limit: 500, where: { provider }, nowMs });
  return listed
    .flatMap(({ message }): Trouble[] =>
      message !== null &&
      message.provider === provider &&
      (message.state === 'failed' || message.state === 'undelivered')
        ? [
            {
              ...{ atMs: message.endedAtMs, verificationId: message.verificationId },
              ...{ channel: message.channel, state: message.state, reason: message.reason },
            },
          ]
        : [],
    )
    .slice(0, MOST_TROUBLES);
}

/** What became of a text that was sent to try a provider; null when there is none. */
export async function sentTest(
  store: Store,
  about: { readonly projectId: string; readonly mode: 'live' | 'test'; readonly batchId: string },
) {
  const [text] = await store.read.list(tables.textsOfBatch, about, store.nowMs());
  return text === undefined ? null : store.read.get(tables.messages, { ...text, id: text.messageId });
}
