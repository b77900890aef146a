import type { Channel, Money } from '../message.ts';
import { estimateCost, type Price } from '../price.ts';

/** What one message would cost by each provider that has a price for it, the cheapest first. */
export type ProviderCost = { readonly provider: string; readonly cost: Money };

/** By the price book, for a country (ISO 3166-1 alpha-2) or, with null, for the price that holds everywhere. */
export function costsOf(
  prices: readonly Price[],
  channel: Channel,
  country: string | null,
  segments: number,
): readonly ProviderCost[] {
  const providers = [...new Set(prices.map(({ provider }) => provider))];
  return providers
    .flatMap((provider) => {
      const cost = estimateCost(prices, { provider, channel, address: '', country, segments });
      return cost === null ? [] : [{ provider, cost }];
    })
    .sort((a, b) => a.cost.micros - b.cost.micros);
}

/** `0.0525` for 52,500 millionths. */
export function amountOf({ micros }: Money): string {
  const digits = String(Math.abs(micros)).padStart(7, '0');
  const fraction = digits.slice(-6).replace(/0{1,4}$/, '');
  return `${micros < 0 ? '-' : ''}${digits.slice(0, -6)}.${fraction}`;
}
