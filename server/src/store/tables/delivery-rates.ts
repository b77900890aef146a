import { type DeliveryRate, RATES_KEPT_MS, type RateKey } from '../../domain/delivery-rate.ts';
import type { Query, Table } from '../table.ts';

export const deliveryRates: Table<DeliveryRate, RateKey> = {
  name: 'delivery_rates',
  columns: {
    provider: 'text',
    country: 'text',
    hour_ms: 'int',
    counter: 'text',
    accepted: 'int',
    failed: 'int',
    delivered: 'int',
    undelivered: 'int',
    delay_ms: 'int',
  },
  key: ['provider', 'country', 'hour_ms', 'counter'],
  mutable: ['accepted', 'failed', 'delivered', 'undelivered', 'delay_ms'],
  keyValues: (key) => [key.provider, key.country, key.hourMs, key.counter],
  keyOf: (rate) => rate,
  toRow: (r) => [
    ...[r.provider, r.country, r.hourMs, r.counter],
    ...[r.accepted, r.failed, r.delivered, r.undelivered, r.delayMs],
  ],
  fromRow: (row) => ({
    provider: row[0] as string,
    country: row[1] as string,
    hourMs: row[2] as number,
    counter: row[3] as string,
    accepted: row[4] as number,
    failed: row[5] as number,
    delivered: row[6] as number,
    undelivered: row[7] as number,
    delayMs: row[8] as number,
  }),
};

type ByProvider = { readonly provider: string };

const byProvider = (name: string, condition: string): Query<DeliveryRate, ByProvider> => ({
  ...{ name, condition, table: deliveryRates as Table<DeliveryRate, never>, columns: ['provider'] },
  equals: ({ provider }) => [provider],
  sinceMs: RATES_KEPT_MS,
});

/** How a provider did in the last 90 days. */
export const ratesOfProvider = byProvider('rates_of_provider', 'hour_ms > ?');

/** What is older. */
export const oldRatesOfProvider = byProvider('old_rates_of_provider', 'hour_ms <= ?');
