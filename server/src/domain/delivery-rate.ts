import type { Message } from './message.ts';

const HOUR_MS = 3_600_000;
/** How long it is told how providers did. */
export const RATES_KEPT_MS = 90 * 24 * HOUR_MS;

/** What became of a provider's messages to one country within one hour, as one process counted it. */
export type DeliveryRate = {
  readonly provider: string;
  /** ISO 3166-1 alpha-2, or `ZZ` where there is none. */
  readonly country: string;
  /** When the hour began in which the messages were made. */
  readonly hourMs: number;
  /** Who counted. */
  readonly counter: string;
  /** Messages that the provider took. */
  readonly accepted: number;
  /** Messages that it refused, or did not answer for. */
  readonly failed: number;
  readonly delivered: number;
  readonly undelivered: number;
  /** From hand-over to receipt, of all that were delivered together. */
  readonly delayMs: number;
};
export type RateKey = Pick<DeliveryRate, 'provider' | 'country' | 'hourMs' | 'counter'>;
type Counts = Omit<DeliveryRate, keyof RateKey>;

/** The row in which `counter` counts a message. */
export const rateKey = (message: Message, counter: string): RateKey => ({
  provider: message.provider,
  country: message.routing?.country ?? 'ZZ',
  hourMs: message.createdAtMs - (message.createdAtMs % HOUR_MS),
  counter,
});

/** What a change of a message adds to the counts; null when nothing. */
export function countsOf(before: Message, after: Message): Counts | null {
  if (before.state === after.state) return null;
  const isNew = before.state === 'pending' || before.state === 'failed';
  const counts = { accepted: 0, failed: 0, delivered: 0, undelivered: 0, delayMs: 0 };
  switch (after.state) {
    case 'sent':
      return { ...counts, accepted: 1 };
    case 'failed':
      return { ...counts, failed: 1 };
    case 'delivered':
      return {
        ...counts,
        ...{ accepted: isNew ? 1 : 0, failed: before.state === 'failed' ? -1 : 0, delivered: 1 },
        delayMs: Math.max(0, after.endedAtMs - (after.sentAtMs ?? after.endedAtMs)),
      };
    case 'undelivered':
      return { ...counts, accepted: isNew ? 1 : 0, undelivered: 1 };
    case 'pending':
    case 'canceled':
      return null;
    default:
      return after satisfies never;
  }
}

export const added = (rate: DeliveryRate, more: Counts): DeliveryRate => ({
  ...rate,
  accepted: rate.accepted + more.accepted,
  failed: rate.failed + more.failed,
  delivered: rate.delivered + more.delivered,
  undelivered: rate.undelivered + more.undelivered,
  delayMs: rate.delayMs + more.delayMs,
});

/** The rows of one hour, provider and country together, whoever counted them. */
export function summedUp(rates: readonly DeliveryRate[]): readonly DeliveryRate[] {
  const sums = new Map<string, DeliveryRate>();
  for (const rate of rates) {
    const at = `${rate.provider} ${rate.country} ${rate.hourMs}`;
    const known = sums.get(at);
    sums.set(at, known === undefined ? { ...rate, counter: '' } : added(known, rate));
  }
  return [...sums.values()].sort((a, b) => a.hourMs - b.hourMs || (a.country < b.country ? -1 : 1));
}
