import { type DeliveryRate, summedUp } from '../../domain/delivery-rate.ts';
import { type Store, tables } from '../../store/store.ts';

const AT_ONCE = 200;

/** How a provider did, by hour and country, over the last 90 days. */
export async function deliveryRates(store: Store, provider: string): Promise<readonly DeliveryRate[]> {
  return summedUp(await store.read.list(tables.ratesOfProvider, { provider }, store.nowMs()));
}

/** Deletes the counts that are older, in small steps. */
export async function forgetRates(store: Store, providers: readonly string[]): Promise<void> {
  for (const provider of providers) {
    const old = await store.read.list(tables.oldRatesOfProvider, { provider }, store.nowMs());
    for (let i = 0; i < old.length; i += AT_ONCE) {
      await store.transaction(async (tx) => {
        for (const rate of old.slice(i, i + AT_ONCE)) tx.remove(tables.deliveryRates, rate);
      });
    }
  }
}
