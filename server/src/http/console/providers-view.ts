import type { ProviderCheck } from '../../app/delivery/check-provider.ts';
import type { CountryRate } from '../../app/delivery/how-it-does.ts';
import type { PreviewStep } from '../../app/route-preview.ts';
import type { Channel } from '../../domain/message.ts';
import type { SandboxFault } from '../../domain/sandbox-faults.ts';

export type Carrier = {
  readonly id: string;
  /** As the configuration names it. */
  readonly kind: string;
  readonly channels: readonly Channel[];
  readonly canBeChecked: boolean;
};
export type ProviderView = Carrier & {
  readonly state: 'closed' | 'open' | 'probing';
  readonly untilMs: number;
  readonly check: ProviderCheck | null;
  readonly rates: readonly CountryRate[];
  /** Of the sandbox those in force; null for a real provider, which has no such switches. */
  readonly faults: readonly SandboxFault[] | null;
};
export type Previewed = {
  readonly project: string;
  readonly channel: Channel;
  /** Masked. */
  readonly to: string;
  readonly steps: readonly PreviewStep[];
  readonly isForSandbox: boolean;
};
