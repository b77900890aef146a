import { type Ahead, NOTHING_AHEAD, type Step } from '../../domain/delivery.ts';
import { added, countsOf, rateKey } from '../../domain/delivery-rate.ts';
import { type Message, type Outbound, type Pending, type Routing, routed } from '../../domain/message.ts';
import { type Chosen, followUp } from '../../domain/onward.ts';
import type { DeliveryPolicy } from '../../domain/policy.ts';
import { type Transaction, tables } from '../../store/store.ts';
import { carriedFor, isStillWanted, keepStep, type Owner } from '../owners.ts';
import type { Router, Sendable } from '../router.ts';
import type { Safe } from '../safe.ts';
import type { Vault } from '../vault.ts';

export type KeepDeps = {
  readonly vault: Vault;
  readonly safe: Safe;
  readonly router: Pick<Router, 'next'>;
  readonly policy: (projectId: string) => DeliveryPolicy;
  readonly lease: { holder(): string; readonly leaseMs: number };
  /** A name of this process for the rows in which it counts: nobody else writes them. */
  readonly counter: string;
};

/** What lies ahead of a message, and who would carry the next one. */
export type Prospect = Ahead & { readonly chosen: Chosen | null };
/** A message that takes the next route, leased to this node, and what it carries. */
export type Onward = { readonly message: Pending; readonly outbound: Outbound };

const NO_PROSPECT: Prospect = { ...NOTHING_AHEAD, chosen: null };

/** Whether there is another route for a message, should its provider not carry it. */
export function prospectOf(deps: KeepDeps, message: Message, owner: Owner, nowMs: number): Prospect {
  if (message.routing === null || message.routing.nextId !== null || !isStillWanted(owner, nowMs)) {
    return NO_PROSPECT;
  }
  const chosen = deps.router.next({ ...message, routing: message.routing }, sendableOf(deps, owner));
  const { failOverAfterMs, onUndelivered } = deps.policy(message.projectId);
  return { isLeft: chosen !== null, failOverAfterMs, onUndelivered, chosen };
}

function sendableOf({ vault, safe }: KeepDeps, owner: Owner): Sendable {
  if (owner.kind === 'text') {
    const { id: ownerId, channel, wording, sealedRecipient, sealedBody } = owner.text;
    if (sealedRecipient === null || sealedBody === null) throw new Error('this text was forgotten');
    return {
      ...{
        ownerId,
        channel,
        tokenLength: 0,
        address: safe.open('text recipient', sealedRecipient, owner.text),
      },
      wording: { ...wording, template: safe.open('text', sealedBody, owner.text) },
    };
  }
  const { id: ownerId, channel, tokenLength } = owner.verification;
  const wording = vault.openWording(owner.verification);
  return { ownerId, channel, wording, tokenLength, address: vault.openRecipient(owner.verification) };
}

/**
 * Writes down what a step changes: the message, what it belongs to, the counts of its provider, and the message that
 * takes the next route. `nextId` is the id which that one gets.
 */
export async function keep(
  deps: KeepDeps,
  tx: Transaction,
  message: Message,
  owner: Owner | null,
  step: Step,
  { chosen }: Pick<Prospect, 'chosen'>,
  nextId: string,
): Promise<Onward | null> {
  const isOnward = step.onward !== null && chosen !== null && owner !== null;
  const after = isOnward ? routed(step.message, { nextId }) : step.message;
  if (after !== message) tx.update(tables.messages, after);
  if (message.routing !== null) await count(deps, tx, message, after);
  if (owner !== null) keepStep(tx, owner, step, tx.nowMs);
  if (!isOnward || step.onward === null || after.routing === null) return null;
  const lease = { holder: deps.lease.holder(), dueAtMs: tx.nowMs + deps.lease.leaseMs };
  const before: Message & { readonly routing: Routing } = { ...after, routing: after.routing };
  const next = followUp(before, step.onward, chosen, nextId, lease, tx.nowMs);
  tx.insert(tables.messages, next);
  if (next.channel === channelOf(owner)) pointAt(tx, owner, nextId);
  return { message: next, outbound: carriedFor(deps, next, owner) };
}

const channelOf = (owner: Owner) => (owner.kind === 'text' ? owner.text : owner.verification).channel;

/** The wire shows the newest message of the channel that was asked for. */
function pointAt(tx: Transaction, owner: Owner, messageId: string): void {
  if (owner.kind === 'text') tx.update(tables.texts, { ...owner.text, messageId });
  else tx.update(tables.verifications, { ...owner.verification, messageId });
}

async function count(deps: KeepDeps, tx: Transaction, before: Message, after: Message): Promise<void> {
  const counts = countsOf(before, after);
  if (counts === null) return;
  const key = rateKey(after, deps.counter);
  const found = await tx.get(tables.deliveryRates, key);
  if (found === null) tx.insert(tables.deliveryRates, { ...key, ...counts });
  else tx.update(tables.deliveryRates, added(found, counts));
}
