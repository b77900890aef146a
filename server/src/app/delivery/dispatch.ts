import { afterReceipt, afterSending, afterUnknown, cancel, type Step } from '../../domain/delivery.ts';
import { type Job, take } from '../../domain/job.ts';
import type { Message, Outbound, SendOutcome } from '../../domain/message.ts';
import { fillTemplate } from '../../domain/template.ts';
import { fail, settle, type Verification } from '../../domain/verification.ts';
import type { Log } from '../../kernel/log.ts';
import type { Random } from '../../kernel/random.ts';
import type { Provider } from '../../providers/provider.ts';
import { type Key, type Store, type Transaction, tables } from '../../store/store.ts';
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
  /** Sends a message whose job was just committed and is leased to this node. */
  born(job: Job, outbound: Outbound): Promise<void>;
  /** Takes a job that is due, whoever wrote it, and does what it asks. Does nothing when it is taken. */
  due(key: Key): Promise<void>;
};

/** Hands messages to providers and writes down what became of them. */
export function createDispatch(deps: DispatchDeps): Dispatch {
  return {
    born: (job, outbound) => sendAndSettle(deps, job, outbound),
    async due(key) {
      const outbound = await deps.store.transaction((tx) => begin(deps, tx, key));
      if (outbound === null) return;
      if (outbound.kind === 'done') return deps.changed();
      await sendAndSettle(deps, outbound.job, outbound.outbound);
    },
  };
}

type Begun =
  | { readonly kind: 'done' }
  | { readonly kind: 'send'; readonly job: Job; readonly outbound: Outbound };

/** Takes the job, and either finishes what needs no sending or tells what to send. */
async function begin(deps: DispatchDeps, tx: Transaction, key: Key): Promise<Begun | null> {
  const found = await tx.get(tables.jobs, key);
  const job = found === null ? null : take(found, deps.lease.holder(), deps.lease.leaseMs, tx.nowMs);
  if (found === null || job === null) return null;
  const message = await tx.get(tables.messages, key);
  if (message === null) throw new Error('a job is about a message that does not exist');
  const owner = { projectId: message.projectId, mode: message.mode, id: message.verificationId };
  const verification = await tx.get(tables.verifications, owner);
  if (verification === null) throw new Error('a message belongs to a verification that does not exist');
  const ready = planned(deps, found, message, verification, tx.nowMs);
  if (ready !== null) {
    keep(tx, job, message, verification, ready);
    return { kind: 'done' };
  }
  tx.update(tables.jobs, job);
  return { kind: 'send', job, outbound: outboundOf(deps, job, message, verification) };
}

/** What can be settled without sending; null when the message is to be sent now. */
function planned(
  deps: DispatchDeps,
  found: Job,
  message: Message,
  verification: Verification,
  nowMs: number,
): Step | null {
  if (found.task.kind === 'receipt') return afterReceipt(message, found.task.status, nowMs);
  if (message.state !== 'pending') return { message, job: null, failed: null };
  if (settle(verification, nowMs).state !== 'open' || message.sealedCode === null)
    return cancel(message, nowMs);
  const carrier = providerOf(deps, message);
  if (found.holder === null || carrier.deduplicates) return null;
  // Its lease ran out: a sending was begun by a node that did not live to tell how it ended.
  const step = afterUnknown(found, message, 'the sending was interrupted', carrier, nowMs, 0);
  return step.job === null ? step : null;
}

async function sendAndSettle(deps: DispatchDeps, job: Job, outbound: Outbound): Promise<void> {
  const outcome = await send(deps, outbound);
  await deps.store.transaction(async (tx) => {
    const current = await tx.get(tables.jobs, job);
    if (current?.holder !== job.holder) return; // the lease ran out and somebody else took it
    const message = await tx.get(tables.messages, job);
    if (message === null) return;
    const spread = deps.random.bytes(1).readUInt8() / 255;
    const step = afterSending(current, message, outcome, providerOf(deps, message), tx.nowMs, spread);
    const owner = { projectId: message.projectId, mode: message.mode, id: message.verificationId };
    const verification = step.failed === null ? null : await tx.get(tables.verifications, owner);
    keep(tx, current, message, verification, step);
  });
  deps.changed();
}

function keep(
  tx: Transaction,
  job: Job,
  message: Message,
  verification: Verification | null,
  step: Step,
): void {
  if (step.message !== message) tx.update(tables.messages, step.message);
  if (step.job === null) tx.remove(tables.jobs, job);
  else tx.update(tables.jobs, step.job);
  if (step.failed === null || verification === null) return;
  const failed = fail(verification, step.failed, tx.nowMs);
  if (failed !== verification) tx.update(tables.verifications, failed);
}

/** Never throws: a provider that does is broken, and its message's outcome is unknown. */
async function send(deps: DispatchDeps, outbound: Outbound): Promise<SendOutcome> {
  const provider = deps.providers.get(outbound.provider);
  if (provider === undefined) return { kind: 'refused', reason: `there is no provider ${outbound.provider}` };
  try {
    return await provider.send(outbound, AbortSignal.timeout(deps.sendTimeoutMs));
  } catch (error) {
    deps.log.error('provider.broken', { provider: provider.id, message: outbound.messageId }, error);
    return { kind: 'unknown', reason: 'the provider failed unexpectedly' };
  }
}

function outboundOf(deps: DispatchDeps, job: Job, message: Message, verification: Verification): Outbound {
  if (message.sealedCode === null) throw new Error('a pending message has lost its code');
  const code = deps.vault.openCode(message.sealedCode, message);
  const { originator, wording } = verification;
  return {
    messageId: message.id,
    provider: message.provider,
    channel: message.channel,
    to: deps.vault.openRecipient(verification),
    text: fillTemplate(wording.template, code),
    attempt: job.attempts,
    originator,
    wording,
  };
}

const NO_PROVIDER = { deduplicates: false, keepsCodes: false };

const providerOf = (deps: DispatchDeps, message: Message): { deduplicates: boolean; keepsCodes: boolean } =>
  deps.providers.get(message.provider) ?? NO_PROVIDER;
