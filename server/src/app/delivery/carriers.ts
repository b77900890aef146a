import type { CarrierFacts } from '../../domain/delivery.ts';
import type { Message, Outbound, SendOutcome } from '../../domain/message.ts';
import { stopwatchMs } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import { noteOnSpan, traced } from '../../kernel/trace.ts';
import type { Provider } from '../../providers/provider.ts';
import type { Store } from '../../store/store.ts';
import type { Vault } from '../vault.ts';

export type CarriersDeps = {
  readonly store: Store;
  readonly vault: Vault;
  readonly log: Log;
  readonly providers: ReadonlyMap<string, Provider>;
  /** How long a provider may take to answer, in milliseconds; shorter than a lease. */
  readonly sendTimeoutMs: number;
  /** The base of the addresses of receipts; null when nobody outside can reach this server. */
  readonly publicUrl: string | null;
};

export type Sending = { readonly outcome: SendOutcome; readonly tookMs: number };

/** After its time is over a provider has this long to say what it knows; a lease outlasts both. */
const GRACE_MS = 1_000;
const NO_CARRIER: CarrierFacts = { deduplicates: false, keepsCodes: false };
const EXPIRED: SendOutcome = { kind: 'refused', reason: 'the code expired before it could be sent' };

export const carrierOf = (deps: Pick<CarriersDeps, 'providers'>, message: Message): CarrierFacts =>
  deps.providers.get(message.provider) ?? NO_CARRIER;

/**
 * Hands one message to its provider, for as long as its code is of use. Never throws: a provider that does is broken, and
 * the outcome is unknown.
 */
export function handTo(deps: CarriersDeps, message: Message, outbound: Outbound): Promise<Sending> {
  const facts = { 'roost.provider': outbound.provider, 'roost.channel': outbound.channel };
  return traced('provider.send', facts, async () => {
    const sending = await hand(deps, message, outbound);
    noteOnSpan({ 'roost.outcome': sending.outcome.kind });
    return sending;
  });
}

async function hand(deps: CarriersDeps, message: Message, outbound: Outbound): Promise<Sending> {
  const sinceMs = stopwatchMs();
  const ended = (outcome: SendOutcome): Sending => ({ outcome, tookMs: Math.round(stopwatchMs() - sinceMs) });
  const provider = deps.providers.get(outbound.provider);
  if (provider === undefined) {
    return ended({ kind: 'refused', reason: `there is no provider ${outbound.provider}` });
  }
  const patienceMs = Math.min(deps.sendTimeoutMs, message.expiresAtMs - deps.store.nowMs());
  if (patienceMs <= 0) return ended(EXPIRED);
  const patience = new AbortController();
  let late: NodeJS.Timeout | undefined;
  // A provider that does not come back when it is told to must not keep the place of another message for ever.
  const abandoned = new Promise<never>((_, reject) => {
    patience.signal.addEventListener('abort', () => {
      late = setTimeout(() => reject(new Error('the provider did not let go of a message')), GRACE_MS);
    });
  });
  // What has arrived is read before a sending is given up: a process that was held up must not take an answer for none.
  const giveUp = () => setImmediate(() => patience.abort());
  // Cleared as soon as the provider has answered: a signal with a time-out of its own would be kept until then.
  const timer = setTimeout(giveUp, patienceMs);
  try {
    const sent = provider.send(withReceipts(deps, provider, message, outbound), patience.signal);
    return ended(await Promise.race([sent, abandoned]));
  } catch (error) {
    deps.log.error('provider.broken', { provider: provider.id, message: outbound.messageId }, error);
    return ended({ kind: 'unknown', reason: 'the provider failed unexpectedly' });
  } finally {
    clearTimeout(timer);
    clearTimeout(late);
  }
}

function withReceipts(
  { vault, publicUrl }: CarriersDeps,
  { id, receipts, collected }: Provider,
  message: Message,
  outbound: Outbound,
): Outbound {
  if ((receipts ?? collected) === undefined || publicUrl === null) return outbound;
  const tag = vault.receiptTag(message, id);
  return { ...outbound, receiptUrl: `${publicUrl}/receipts/${id}/${message.id}/${tag}` };
}
