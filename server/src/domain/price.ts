import type { Channel, Money } from './message.ts';

/** What one message of a channel costs, for whom. A segment of a text, a call, an e-mail. */
export type Price = {
  readonly provider: string;
  /** null for every channel of the provider. */
  readonly channel: Channel | null;
  /** ISO 3166-1 alpha-2; null for every country. */
  readonly country: string | null;
  /** The beginning of the number in E.164, with the plus sign; null for every number. */
  readonly prefix: string | null;
  readonly cost: Money;
};

export type Priced = {
  readonly provider: string;
  readonly channel: Channel;
  readonly address: string;
  readonly country: string | null;
  /** Segments that the text takes; 1 for what is not a text. */
  readonly segments: number;
};

/** What a message will cost by the price book: the price with the longest prefix, else the country's, else any. null when none is known. */
export function estimateCost(prices: readonly Price[], about: Priced): Money | null {
  let best: Price | null = null;
  for (const price of prices) {
    if (isOf(price, about) && (best === null || rank(price) > rank(best))) best = price;
  }
  if (best === null) return null;
  const { micros, currency } = best.cost;
  return { micros: micros * about.segments, currency };
}

function isOf({ provider, channel, country, prefix }: Price, about: Priced): boolean {
  return (
    provider === about.provider &&
    (channel === null || channel === about.channel) &&
    (country === null || country === about.country) &&
    (prefix === null || about.address.startsWith(prefix))
  );
}

const rank = ({ prefix, country, channel }: Price): number =>
  (prefix?.length ?? 0) * 4 + (country === null ? 0 : 2) + (channel === null ? 0 : 1);
