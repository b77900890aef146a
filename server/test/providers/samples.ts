import type { Scope } from '../../../testing/scope.ts';
import type { Channel, Outbound } from '../../src/domain/message.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import type { ProviderDeps } from '../../src/providers/deps.ts';
import { PROVIDER_KINDS } from '../../src/providers/kinds.ts';
import type { Provider, ReceiptRequest } from '../../src/providers/provider.ts';

export const NOW_MS = Date.UTC(2027, 0, 15, 12, 0, 0);
export const CODE = '481520';
export const NUMBER = '+31612345678';
export const RECEIPT_URL = 'https://verify.example.com/receipts/gw/0123456789abcdef0123456789abcdef/tAg';

export const DEPS: ProviderDeps = { nowMs: () => NOW_MS, random: systemRandom };

export const outbound = (channel: Channel, more: Partial<Outbound> = {}): Outbound => ({
  messageId: '0123456789abcdef0123456789abcdef',
  provider: 'gw',
  channel,
  to: NUMBER,
  originator: 'Roost',
  text: `Your code is ${CODE}`,
  code: CODE,
  wording: {
    template: 'Your code is %token',
    datacoding: 'plain',
    language: 'en-gb',
    voice: 'female',
    subject: null,
  },
  attempt: 1,
  expiresAtMs: NOW_MS + 300_000,
  receiptUrl: RECEIPT_URL,
  ...more,
});

export const never = (): AbortSignal => new AbortController().signal;

/** A signal that fires 200 ms after something has come about, be the machine as busy as it may. */
export function soonAfter(t: Scope, hasHappened: () => boolean): AbortSignal {
  const giving = new AbortController();
  const look = setInterval(() => {
    if (!hasHappened()) return;
    clearInterval(look);
    setTimeout(() => giving.abort(), 200);
  }, 5);
  t.after(() => clearInterval(look));
  return giving.signal;
}

/** A provider as a configuration makes it. */
export function configured(
  kind: keyof typeof PROVIDER_KINDS,
  given: Readonly<Record<string, unknown>>,
  deps: ProviderDeps = DEPS,
): Provider {
  const problems: string[] = [];
  const make = PROVIDER_KINDS[kind].read({ kind, ...given }, 'providers.gw', problems);
  if (make === null) throw new Error(problems.join('\n'));
  return make('gw', deps);
}

export const problemsOf = (
  kind: keyof typeof PROVIDER_KINDS,
  given: Readonly<Record<string, unknown>>,
): string[] => {
  const problems: string[] = [];
  PROVIDER_KINDS[kind].read({ kind, ...given }, 'providers.gw', problems);
  return problems;
};

export const receipt = (more: Partial<ReceiptRequest> & { readonly text?: string }): ReceiptRequest => ({
  method: 'POST',
  url: RECEIPT_URL,
  headers: {},
  body: Buffer.from(more.text ?? ''),
  nowMs: NOW_MS,
  ...more,
});
