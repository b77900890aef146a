import { backoffMs } from '../kernel/backoff.ts';
import {
  applyReceipt,
  endUnsent,
  type HowItWent,
  handedOver,
  type Message,
  type Pending,
  postpone,
  type ReceiptStatus,
  routed,
  type SendOutcome,
} from './message.ts';

/** What one step of a delivery changes. */
export type Step = {
  readonly message: Message;
  /** What becomes of the verification's sealed code. */
  readonly code: 'keep' | 'wipe';
  /** Set when the code cannot reach its recipient any more: the verification fails, for this reason. */
  readonly failed: string | null;
  /** Set when the next route is to be taken now, with why. */
  readonly onward: HowItWent | null;
};

export type CarrierFacts = {
  /** A second sending of the same message is known to do nothing. */
  readonly deduplicates: boolean;
  /** The code stays readable until it expires. */
  readonly keepsCodes: boolean;
};

/** What lies ahead of a message, should its provider not carry it. */
export type Ahead = {
  /** Whether there is another route for it. */
  readonly isLeft: boolean;
  /** How long a provider that is busy, or whose answer is not known, is waited for before the next route is taken. */
  readonly failOverAfterMs: number;
  readonly onUndelivered: 'next-route' | 'fail';
};
export const NOTHING_AHEAD: Ahead = { isLeft: false, failOverAfterMs: 0, onUndelivered: 'fail' };

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;

/**
 * What follows from a provider's answer to one sending. Nothing is planned after the code's expiry. Without another
 * route, a sending whose outcome is unknown is repeated only where a second one does no harm, or once while more than
 * half of the validity is left. `spread` (0 to 1) comes from chance.
 */
export function afterSending(
  message: Pending,
  outcome: SendOutcome,
  carrier: CarrierFacts,
  nowMs: number,
  spread: number,
  ahead: Ahead = NOTHING_AHEAD,
): Step {
  switch (outcome.kind) {
    case 'accepted':
      return accepted(message, outcome, carrier, nowMs, ahead);
    case 'refused':
      return onwardOrEnd(message, 'refused', outcome.reason, carrier, nowMs, ahead);
    case 'busy':
      return afterBusy(message, outcome.retryAfterMs, carrier, nowMs, spread, ahead);
    case 'unknown':
      return afterUnknown(message, outcome.reason, carrier, nowMs, spread, ahead);
    default:
      return outcome satisfies never;
  }
}

/**
 * A sending was begun and nobody knows how it ended. With another route left, that is taken once the wait is over,
 * unless a receipt has shown by then that the message went out.
 */
export function afterUnknown(
  message: Pending,
  reason: string,
  carrier: CarrierFacts,
  nowMs: number,
  spread: number,
  ahead: Ahead = NOTHING_AHEAD,
): Step {
  const doubtful = routed(message, { isDoubtful: true });
  const leavesAtMs = leaving(message, nowMs, ahead);
  if (leavesAtMs !== null) {
    const retryAtMs = nowMs + waitAfter(message, spread);
    if (carrier.deduplicates && retryAtMs < leavesAtMs) return wait(doubtful, retryAtMs, nowMs);
    return leave(doubtful, 'unknown', reason, leavesAtMs, nowMs);
  }
  return repeatOrEnd(doubtful, reason, carrier, nowMs, spread);
}

/**
 * The node that was sending a message did not live to tell how it ended. That says nothing about the provider, so it is
 * asked again before another route is, with the same reference.
 */
export function afterInterruption(
  message: Pending,
  carrier: CarrierFacts,
  nowMs: number,
  ahead: Ahead = NOTHING_AHEAD,
): Step {
  const reason = 'the sending was interrupted';
  const doubtful = routed(message, { isDoubtful: true });
  const step = repeatOrEnd(doubtful, reason, carrier, nowMs, 0);
  return step.message.state !== 'pending' && ahead.isLeft
    ? onwardOrEnd(doubtful, 'unknown', reason, carrier, nowMs, ahead)
    : step;
}

/** The wait before the next route is over. */
export function afterWaiting(message: Pending, carrier: CarrierFacts, nowMs: number, ahead: Ahead): Step {
  const { how, reason } = message.routing?.leaving ?? { how: 'busy', reason: 'the provider was busy' };
  return onwardOrEnd(message, how, reason, carrier, nowMs, ahead);
}

/** The verification was closed before its message left: there is nothing to send any more. */
export const cancel = (message: Pending, nowMs: number): Step => ({
  ...{ message: endUnsent(message, 'canceled', 'the verification had ended', nowMs), code: 'wipe' },
  ...{ failed: null, onward: null },
});

/** A receipt came in, or one that was promised is due. A message that was already followed by another leads nowhere. */
export function afterReceipt(
  message: Message,
  status: ReceiptStatus,
  carrier: CarrierFacts,
  nowMs: number,
  ahead: Ahead = NOTHING_AHEAD,
  reason: string | null = null,
): Step {
  const next = applyReceipt(message, status, nowMs, reason);
  const isLast = (message.routing?.nextId ?? null) === null;
  if (next === message || (status === 'undelivered' && !isLast)) {
    return { message: next, code: 'keep', failed: null, onward: null };
  }
  const code = carrier.keepsCodes ? 'keep' : 'wipe';
  if (status === 'delivered') return { message: next, code, failed: null, onward: null };
  if (ahead.isLeft && ahead.onUndelivered === 'next-route' && nowMs < message.expiresAtMs) {
    return { message: next, code: 'keep', failed: null, onward: 'undelivered' };
  }
  const failed = mayHaveArrived(next) ? null : 'the message was not delivered';
  return { message: next, code, failed, onward: null };
}

function accepted(
  message: Pending,
  { reference, receipt }: Extract<SendOutcome, { kind: 'accepted' }>,
  carrier: CarrierFacts,
  nowMs: number,
  ahead: Ahead,
): Step {
  // While the network may still give it back, and another route is left, the code is still needed.
  const isNeeded = ahead.isLeft && ahead.onUndelivered === 'next-route';
  const code = carrier.keepsCodes || isNeeded ? 'keep' : 'wipe';
  const promised =
    receipt === undefined ? null : { status: receipt.status, dueAtMs: nowMs + receipt.afterMs };
  const sent = handedOver(message, reference, promised, nowMs);
  if (receipt !== undefined && receipt.afterMs <= 0) {
    return afterReceipt(sent, receipt.status, carrier, nowMs, ahead);
  }
  return { message: sent, code, failed: null, onward: null };
}

function afterBusy(
  message: Pending,
  retryAfterMs: number | null,
  carrier: CarrierFacts,
  nowMs: number,
  spread: number,
  ahead: Ahead,
): Step {
  const retryAtMs = nowMs + (retryAfterMs ?? waitAfter(message, spread));
  if (!ahead.isLeft) {
    const reason = 'the provider was busy until the code expired';
    return retryOrEnd(message, retryAtMs, reason, carrier, nowMs);
  }
  const leavesAtMs = leaving(message, nowMs, ahead);
  const reason = 'the provider was busy';
  // What is busy has not taken it, so there is no harm in going on at once where waiting would be too long.
  if (leavesAtMs === null) return onwardOrEnd(message, 'busy', reason, carrier, nowMs, ahead);
  if (retryAtMs < leavesAtMs) return wait(message, retryAtMs, nowMs);
  return leave(message, 'busy', reason, leavesAtMs, nowMs);
}

/** When the next route is to be taken; null when there is none, or not in time. */
function leaving(message: Pending, nowMs: number, { isLeft, failOverAfterMs }: Ahead): number | null {
  if (!isLeft) return null;
  const atMs = Math.max(nowMs, (message.routing?.troubledAtMs ?? nowMs) + failOverAfterMs);
  return atMs < message.expiresAtMs ? atMs : null;
}

function leave(message: Pending, how: HowItWent, reason: string, atMs: number, nowMs: number): Step {
  const next = postpone(routed(message, { ...since(message, nowMs), leaving: { how, reason } }), atMs);
  return { message: next, code: 'keep', failed: null, onward: null };
}

const wait = (message: Pending, untilMs: number, nowMs: number): Step => ({
  ...{ message: postpone(routed(message, since(message, nowMs)), untilMs), code: 'keep' },
  ...{ failed: null, onward: null },
});

const since = (message: Pending, nowMs: number) => ({
  troubledAtMs: message.routing?.troubledAtMs ?? nowMs,
});

function repeatOrEnd(
  message: Pending,
  reason: string,
  carrier: CarrierFacts,
  nowMs: number,
  spread: number,
): Step {
  const halfMs = (message.createdAtMs + message.expiresAtMs) / 2;
  if (carrier.deduplicates || (message.attempts < 2 && nowMs < halfMs)) {
    return retryOrEnd(message, nowMs + waitAfter(message, spread), reason, carrier, nowMs);
  }
  // It may have gone out, so the verification stays open; the message says what is known of it.
  return ended(message, reason, null, carrier, nowMs);
}

function retryOrEnd(
  message: Pending,
  retryAtMs: number,
  reason: string,
  carrier: CarrierFacts,
  nowMs: number,
): Step {
  if (retryAtMs < message.expiresAtMs) {
    return { message: postpone(message, retryAtMs), code: 'keep', failed: null, onward: null };
  }
  return ended(message, reason, mayHaveArrived(message) ? null : reason, carrier, nowMs);
}

function onwardOrEnd(
  message: Pending,
  how: HowItWent,
  reason: string,
  carrier: CarrierFacts,
  nowMs: number,
  ahead: Ahead,
): Step {
  if (ahead.isLeft && nowMs < message.expiresAtMs) {
    const next = endUnsent(message, 'failed', reason, nowMs);
    return { message: next, code: 'keep', failed: null, onward: how };
  }
  const failed = how === 'unknown' || mayHaveArrived(message) ? null : reason;
  return ended(message, reason, failed, carrier, nowMs);
}

function ended(
  message: Pending,
  reason: string,
  failed: string | null,
  carrier: CarrierFacts,
  nowMs: number,
): Step {
  // The sandbox goes on showing what it refused, and why.
  const code = carrier.keepsCodes ? 'keep' : 'wipe';
  return { message: endUnsent(message, 'failed', reason, nowMs), code, failed, onward: null };
}

/** Some message with this code may be in somebody's hand, so its verification must not fail for want of one. */
const mayHaveArrived = ({ routing }: Message): boolean =>
  routing !== null && (routing.isDoubtful || routing.taken.some(({ how }) => how === 'unknown'));

const waitAfter = ({ attempts }: Pending, spread: number): number =>
  backoffMs(attempts, FIRST_RETRY_MS, LONGEST_RETRY_MS, spread);
