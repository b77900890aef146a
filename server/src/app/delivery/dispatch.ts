import {
  afterInterruption,
  afterReceipt,
  afterSending,
  afterWaiting,
  cancel,
  type Step,
} from '../../domain/delivery.ts';
import {
  endUnsent,
  type Message,
  type Outbound,
  type Pending,
  routed,
  type SendOutcome,
  take,
} from '../../domain/message.ts';
import type { Key } from '../../domain/scope.ts';
import type { Text } from '../../domain/text.ts';
import type { Random } from '../../kernel/random.ts';
import { type Transaction, tables } from '../../store/store.ts';
import type { Leave, RefusedLeaving } from '../leaving.ts';
import { carriedFor, isStillWanted, type Owner, ownerOf } from '../owners.ts';
import { type CarriersDeps, carrierOf, handTo, type Sending } from './carriers.ts';
import { type KeepDeps, keep, type Onward, type Prospect, prospectOf } from './keep.ts';

export type DispatchDeps = CarriersDeps &
  KeepDeps & {
    readonly random: Random;
    /** Judges and counts what was scheduled when it leaves. */
    readonly leave: Leave;
    /** Told how each sending went, and how long the provider took, in milliseconds. */
    readonly noted: (message: Pending, outcome: SendOutcome, tookMs: number) => void;
    /** Told of a message that takes the next route, once it is committed. Must return without waiting for its sending. */
    readonly onward: (message: Pending, outbound: Outbound) => void;
    /** Told after something about a message has been committed. */
    readonly changed: () => void;
  };

export type Dispatch = {
  /** Sends a message that was just committed and is leased to this node. */
  born(message: Pending, outbound: Outbound): Promise<void>;
  /** Gives a message back that this node holds and has not begun to send. */
  release(message: Pending): Promise<void>;
  /** Takes a message that is due, whoever wrote it, and does what it needs. Does nothing when it is taken. */
  due(key: Key): Promise<void>;
};

/** Hands messages to providers and writes down what became of them. */
export function createDispatch(deps: DispatchDeps): Dispatch {
  const release = (message: Pending) => releaseTo(deps, message);
  // A process that was held up may find its own lease over. It knows better than to take that for a node that died.
  const underWay = new Set<string>();
  const send = async (message: Pending, outbound: Outbound) => {
    underWay.add(message.id);
    try {
      await sendAndSettle(deps, message, outbound);
    } finally {
      underWay.delete(message.id);
    }
  };
  return {
    release,
    async born(message, outbound) {
      // It may have waited for room. What can no longer be finished within its lease is given back for whoever takes
      // it next: sent now, it could go out twice.
      if (isLate(deps, message)) await release(message);
      else await send(message, outbound);
    },
    async due(key) {
      if (underWay.has(key.id)) return;
      const nextId = deps.store.newId();
      const begun = await deps.store.transaction((tx) => begin(deps, tx, key, nextId));
      if (begun === null) return;
      if (begun.kind === 'send') await send(begun.message, begun.outbound);
      else if (begun.kind === 'refused') {
        const { rule, decision } = begun.why;
        deps.log.info('refused', { message: key.id, rule, decision });
        deps.changed();
      } else ended(deps, begun.onward);
    },
  };
}

const isLate = (deps: DispatchDeps, message: Pending): boolean =>
  deps.store.nowMs() + deps.sendTimeoutMs > message.lease.dueAtMs;

async function releaseTo(deps: DispatchDeps, message: Pending): Promise<void> {
  await deps.store.transaction(async (tx) => {
    const current = await tx.get(tables.messages, message);
    if (current?.state !== 'pending' || current.lease.holder !== message.lease.holder) return;
    const lease = { holder: null, dueAtMs: tx.nowMs };
    tx.update(tables.messages, { ...current, attempts: current.attempts - 1, lease });
  });
}

type Begun =
  | { readonly kind: 'done'; readonly onward: Onward | null }
  | { readonly kind: 'refused'; readonly why: RefusedLeaving }
  | { readonly kind: 'send'; readonly message: Pending; readonly outbound: Outbound };

/** Takes the message, and either settles what needs no sending or tells what to send. */
async function begin(deps: DispatchDeps, tx: Transaction, key: Key, nextId: string): Promise<Begun | null> {
  const message = await tx.get(tables.messages, key);
  if (message === null) return null;
  if (message.state === 'sent') return keepPromise(deps, tx, message, nextId);
  if (message.state !== 'pending') return null;
  const taken = take(message, deps.lease.holder(), deps.lease.leaseMs, tx.nowMs);
  if (taken === null) return null;
  const owner = await ownerOf(tx, message);
  const prospect = prospectOf(deps, message, owner, tx.nowMs);
  const step = settledUnsent(deps, message, owner, prospect, tx.nowMs);
  if (step !== null) {
    return { kind: 'done', onward: await keep(deps, tx, message, owner, step, prospect, nextId) };
  }
  if (owner.kind === 'text' && isLeaving(message, owner.text)) {
    const leaving = { text: owner.text, message, carrier: carrierOf(deps, message) };
    const why = await deps.leave(tx, leaving, nextId);
    if (why !== null) {
      // It says nothing of its provider, which is counted in `keep`.
      tx.update(tables.messages, endUnsent(message, 'failed', why.reason, tx.nowMs));
      return { kind: 'refused', why };
    }
  }
  // From here on nothing is awaited: what leaves has been counted. Whoever held it before may have sent it.
  const sending = message.lease.holder === null ? taken : routed(taken, { isDoubtful: true });
  tx.update(tables.messages, sending);
  return { kind: 'send', message: sending, outbound: carriedFor(deps, sending, owner) };
}

/** Whether it is the first time that a text is taken which was scheduled: no retry, and no message of another route. */
const isLeaving = ({ attempts, lease, routing }: Pending, { scheduledAtMs }: Text): boolean =>
  scheduledAtMs !== null &&
  attempts === 0 &&
  lease.holder === null &&
  (routing === null || routing.previousId === null);

/** The receipt that the sandbox promised, when it is due. */
async function keepPromise(
  deps: DispatchDeps,
  tx: Transaction,
  message: Extract<Message, { state: 'sent' }>,
  nextId: string,
): Promise<Begun | null> {
  if (message.promised === null || tx.nowMs < message.promised.dueAtMs) return null;
  const owner = await ownerOf(tx, message);
  const step = afterReceipt(message, message.promised.status, carrierOf(deps, message), tx.nowMs);
  return { kind: 'done', onward: await keep(deps, tx, message, owner, step, { chosen: null }, nextId) };
}

/** What becomes of a message that must not be sent; null when it is to be sent now. */
function settledUnsent(
  deps: DispatchDeps,
  message: Pending,
  owner: Owner,
  prospect: Prospect,
  nowMs: number,
): Step | null {
  if (!isStillWanted(owner, nowMs)) return cancel(message, nowMs);
  const carrier = carrierOf(deps, message);
  if (message.routing?.leaving != null) return afterWaiting(message, carrier, nowMs, prospect);
  if (message.lease.holder === null || carrier.deduplicates) return null;
  // Its lease ran out: a sending was begun by a node that did not live to tell how it ended.
  const step = afterInterruption(message, carrier, nowMs, prospect);
  return step.message.state === 'pending' ? null : step;
}

async function sendAndSettle(deps: DispatchDeps, message: Pending, outbound: Outbound): Promise<void> {
  const sending = await handTo(deps, message, outbound);
  deps.noted(message, sending.outcome, sending.tookMs);
  const spread = deps.random.bytes(1).readUInt8() / 255;
  const nextId = deps.store.newId();
  const onward = await deps.store.transaction((tx) =>
    settleSending(deps, tx, message, sending, spread, nextId),
  );
  ended(deps, onward);
}

function ended(deps: DispatchDeps, onward: Onward | null): void {
  deps.changed();
  if (onward !== null) deps.onward(onward.message, onward.outbound);
}

async function settleSending(
  deps: DispatchDeps,
  tx: Transaction,
  message: Pending,
  { outcome, tookMs }: Sending,
  spread: number,
  nextId: string,
): Promise<Onward | null> {
  const found = await tx.get(tables.messages, message);
  if (found === null) return null;
  if (found.state !== 'pending' || found.lease.holder !== message.lease.holder) {
    // When the lease ran out somebody else took it, and what they find out counts. A receipt may have been faster.
    completeEarly(tx, found, outcome, tookMs);
    return null;
  }
  const cost = outcome.kind === 'accepted' ? (outcome.cost ?? null) : null;
  const current = routed(found, { tookMs, ...(cost === null ? {} : { cost }) });
  const carrier = carrierOf(deps, current);
  if (current.routing === null) {
    const step = afterSending(current, outcome, carrier, tx.nowMs, spread);
    const owner = step.failed === null && step.code === 'keep' ? null : await ownerOf(tx, current);
    return keep(deps, tx, current, owner, step, { chosen: null }, nextId);
  }
  const owner = await ownerOf(tx, current);
  const prospect = prospectOf(deps, current, owner, tx.nowMs);
  const step = afterSending(current, outcome, carrier, tx.nowMs, spread, prospect);
  return keep(deps, tx, current, owner, step, prospect, nextId);
}

/** What the provider calls a message whose receipt came before the provider's answer. */
function completeEarly(tx: Transaction, found: Message, outcome: SendOutcome, tookMs: number): void {
  const isEarly = (found.state === 'delivered' || found.state === 'undelivered') && found.reference === null;
  if (!isEarly || outcome.kind !== 'accepted' || outcome.reference === null) return;
  tx.update(tables.messages, { ...routed(found, { tookMs }), reference: outcome.reference });
}
