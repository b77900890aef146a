import type { Random } from '../kernel/random.ts';
import type { ReceiptReading } from './provider.ts';

/** What a provider may need from outside. */
export type ProviderDeps = {
  /** The store's clock, in milliseconds since the epoch. */
  readonly nowMs: () => number;
  readonly random: Random;
  /**
   * Keeps a receipt that came over the provider's own connection, and resolves once it is kept: only then is it
   * acknowledged. Without it none are asked for.
   */
  readonly onReceipt?: (
    provider: string,
    reading: Extract<ReceiptReading, { kind: 'receipt' }>,
  ) => Promise<void>;
};
