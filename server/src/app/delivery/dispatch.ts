import {
  afterReceipt,
  afterSending,
  afterUnknown,
  type CarrierFacts,
  cancel,
  type Step,
} from '../../domain/delivery.ts';
import { type Message, type Outbound, type Pending, type SendOutcome, take } from '../../domain/message.ts';
import type { Key } from '../../domain/scope.ts';
import { fillTemplate } from '../../domain/template.ts';
import { fail, forgetCode, settle, type Verification } from '../../domain/verification.ts';
import type { Log } from '../../kernel/log.ts';
import type { Random } from '../../kernel/random.ts';
import type { Provider } from '../../providers/provider.ts';
import { type Store, type Transaction, tables } from '../../store/store.ts';
import type { Vault } from '../vault.ts';

export type DispatchDeps = {
  readonly store: Store;
  readonly vault: Vault;
  readonly random: Random;
  readonly log: Log;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly lease: { holder(): string; readonly leaseMs: number };
  /** How long a provider may take to answer, in milliseconds; shorter than a lease. */
  readonly sendTimeoutMs: number;
  /** Told after something about a message has been committed. */
  readonly changed: () => void;
};

export type Dispatch = {
  /** Sends a message that was just committed and is leased to this node. */
  born(message: Pending, outbound: Outbound): Promise<void>;
  /** Takes a message that is due, whoever wrote it, and does what it needs. Does nothing when it is taken. */
  due(key: Key): Promise<void>;
};

/** Hands messages to providers and writes down what became of them. */
export function createDispatch(deps: DispatchDeps): Dispatch {
  return {
    async born(message, outbound) {
      // It may have waited for room. What can no longer be finished within its lease is left to whoever takes it
      // next: sent now, it could go out twice.
      if (deps.store.nowMs() + deps.sendTimeoutMs > message.lease.dueAtMs) return;
      await sendAndSettle(deps, message, outbound);
    },
    async due(key) {
      const begun = await deps.store.transaction((tx) => begin(deps, tx, key));
      if (begun === null) return;
      if (begun.kind === 'done') deps.changed();
      else await sendAndSettle(deps, begun.message, begun.outbound);
    },
  };
}

type Begun =
  | { readonly kind: 'done' }
  | { readonly kind: 'send'; readonly message: Pending; readonly outbound: Outbound };

/** Takes the message, and either settles what needs no sending or tells what to send. */
async function begin(deps: DispatchDeps, tx: Transaction, key: Key): Promise<Begun | null> {
  const message = await tx.get(tables.messages, key);
  if (message === null) return null;
  if (message.state === 'sent') return keepPromise(tx, message);
  const taken =
    message.state === 'pending' ? take(message, deps.lease.holder(), deps.lease.leaseMs, tx.nowMs) : null;
  if (message.state !== 'pending' || taken === null) return null;
  const verification = await owner(tx, message);
  const step = settledUnsent(deps, message, verification, tx.nowMs);
  if (step !== null) {
    await keep(tx, message, step);
    return { kind: 'done' };
  }
  tx.update(tables.messages, taken);
  return { kind: 'send', message: taken, outbound: outboundOf(deps, taken, verification) };
}

/** The receipt that the sandbox promised, when it is due. */
async function keepPromise(
  tx: Transaction,
  message: Extract<Message, { state: 'sent' }>,
): Promise<Begun | null> {
  if (message.promised === null || tx.nowMs < message.promised.dueAtMs) return null;
  await keep(tx, message, afterReceipt(message, message.promised.status, tx.nowMs));
  return { kind: 'done' };
}

/** What becomes of a message that must not be sent; null when it is to be sent now. */
function settledUnsent(
  deps: DispatchDeps,
  message: Pending,
  verification: Verification,
  nowMs: number,
): Step | null {
  if (settle(verification, nowMs).state !== 'open' || verification.sealedCode === null)
    return cancel(message, nowMs);
  const carrier = carrierOf(deps, message);
  if (message.lease.holder === null || carrier.deduplicates) return null;
  // Its lease ran out: a sending was begun by a node that did not live to tell how it ended.
  const step = afterUnknown(message, 'the sending was interrupted', carrier, nowMs, 0);
  return step.message.state === 'pending' ? null : step;
}

async function sendAndSettle(deps: DispatchDeps, message: Pending, outbound: Outbound): Promise<void> {
  const patienceMs = Math.min(deps.sendTimeoutMs, message.expiresAtMs - deps.store.nowMs());
  const outcome = await send(deps, outbound, patienceMs);
  const spread = deps.random.bytes(1).readUInt8() / 255;
  await deps.store.transaction(async (tx) => {
    const current = await tx.get(tables.messages, message);
    // When the lease ran out somebody else took it, and what they find out counts.
    if (current?.state !== 'pending' || current.lease.holder !== message.lease.holder) return;
    await keep(tx, current, afterSending(current, outcome, carrierOf(deps, current), tx.nowMs, spread));
  });
  deps.changed();
}

async function keep(tx: Transaction, message: Message, step: Step): Promise<void> {
  if (step.message !== message) tx.update(tables.messages, step.message);
  if (step.failed === null && step.code === 'keep') return;
  const verification = await owner(tx, message);
  const failed = step.failed === null ? verification : fail(verification, step.failed, tx.nowMs);
  const next = step.code === 'wipe' && failed.sealedCode !== null ? forgetCode(failed) : failed;
  if (next !== verification) tx.update(tables.verifications, next);
}

async function owner(tx: Transaction, { projectId, mode, verificationId }: Message): Promise<Verification> {
  const verification = await tx.get(tables.verifications, { projectId, mode, id: verificationId });
  if (verification === null) throw new Error('a message belongs to a verification that does not exist');
  return verification;
}

/** Never throws: a provider that does is broken, and its message's outcome is unknown. */
async function send(deps: DispatchDeps, outbound: Outbound, patienceMs: number): Promise<SendOutcome> {
  const provider = deps.providers.get(outbound.provider);
  if (provider === undefined) return { kind: 'refused', reason: `there is no provider ${outbound.provider}` };
  // Cleared as soon as the provider has answered: a signal with a time-out of its own would be kept until then.
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), Math.max(0, patienceMs));
  try {
    return await provider.send(outbound, patience.signal);
  } catch (error) {
    deps.log.error('provider.broken', { provider: provider.id, message: outbound.messageId }, error);
    return { kind: 'unknown', reason: 'the provider failed unexpectedly' };
  } finally {
    clearTimeout(timer);
  }
}

function outboundOf(deps: DispatchDeps, message: Pending, verification: Verification): Outbound {
  const code = deps.vault.openCode(verification);
  if (code === null) throw new Error('a pending message has lost its code');
  const { originator, wording } = verification;
  return {
    messageId: message.id,
    provider: message.provider,
    channel: message.channel,
    to: deps.vault.openRecipient(verification),
    text: fillTemplate(wording.template, code),
    ...{ code, originator, wording, attempt: message.attempts, expiresAtMs: message.expiresAtMs },
    receiptUrl: null,
  };
}

const NO_CARRIER: CarrierFacts = { deduplicates: false, keepsCodes: false };

const carrierOf = (deps: DispatchDeps, message: Message): CarrierFacts =>
  deps.providers.get(message.provider) ?? NO_CARRIER;
