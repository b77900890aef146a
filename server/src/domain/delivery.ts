import { backoffMs } from '../kernel/backoff.ts';
import {
  applyReceipt,
  endUnsent,
  handedOver,
  type Message,
  type Pending,
  postpone,
  type ReceiptStatus,
  type SendOutcome,
} from './message.ts';

/** What one step of a delivery changes. */
export type Step = {
  readonly message: Message;
  /** What becomes of the verification's sealed code. */
  readonly code: 'keep' | 'wipe';
  /** Set when the code cannot reach its recipient any more: the verification fails, for this reason. */
  readonly failed: string | null;
};

export type CarrierFacts = {
  /** A second sending of the same message is known to do nothing. */
  readonly deduplicates: boolean;
  /** The code stays readable until it expires. */
  readonly keepsCodes: boolean;
};

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;

/**
 * What follows from a provider's answer to one sending. Nothing is planned after the code's expiry, and a
 * sending whose outcome is unknown is repeated only where a second one does no harm, or once while more than
 * half of the validity is left. `spread` (0 to 1) comes from chance.
 */
export function afterSending(
  message: Pending,
  outcome: SendOutcome,
  carrier: CarrierFacts,
  nowMs: number,
  spread: number,
): Step {
  switch (outcome.kind) {
    case 'accepted':
      return accepted(message, outcome, carrier, nowMs);
    case 'refused':
      return ended(message, 'failed', outcome.reason, nowMs, outcome.reason, carrier);
    case 'busy': {
      const waitMs = outcome.retryAfterMs ?? waitAfter(message, spread);
      const reason = 'the provider was busy until the code expired';
      return retryOrEnd(message, nowMs + waitMs, reason, nowMs, carrier);
    }
    case 'unknown':
      return afterUnknown(message, outcome.reason, carrier, nowMs, spread);
    default:
      return outcome satisfies never;
  }
}

/** A sending was begun and nobody knows how it ended: it timed out, or its node died. */
export function afterUnknown(
  message: Pending,
  reason: string,
  carrier: CarrierFacts,
  nowMs: number,
  spread: number,
): Step {
  const halfMs = (message.createdAtMs + message.expiresAtMs) / 2;
  if (carrier.deduplicates || (message.attempts < 2 && nowMs < halfMs)) {
    return retryOrEnd(message, nowMs + waitAfter(message, spread), reason, nowMs, carrier);
  }
  // It may have gone out, so the verification stays open; the message says what is known of it.
  return ended(message, 'failed', reason, nowMs, null, carrier);
}

/** The verification was closed before its message left: there is nothing to send any more. */
export const cancel = (message: Pending, nowMs: number): Step =>
  ended(message, 'canceled', 'the verification had ended', nowMs, null);

/** A receipt came in, or one that was promised is due. */
export function afterReceipt(message: Message, status: ReceiptStatus, nowMs: number): Step {
  const next = applyReceipt(message, status, nowMs);
  const failed = next !== message && status === 'undelivered' ? 'the message was not delivered' : null;
  return { message: next, code: 'keep', failed };
}

function accepted(
  message: Pending,
  { reference, receipt }: Extract<SendOutcome, { kind: 'accepted' }>,
  { keepsCodes }: CarrierFacts,
  nowMs: number,
): Step {
  const code = keepsCodes ? 'keep' : 'wipe';
  if (receipt === undefined)
    return { message: handedOver(message, reference, null, nowMs), code, failed: null };
  const promised = { status: receipt.status, dueAtMs: nowMs + receipt.afterMs };
  const sent = handedOver(message, reference, promised, nowMs);
  if (receipt.afterMs > 0) return { message: sent, code, failed: null };
  return { ...afterReceipt(sent, receipt.status, nowMs), code };
}

function retryOrEnd(
  message: Pending,
  retryAtMs: number,
  reason: string,
  nowMs: number,
  carrier: CarrierFacts,
): Step {
  if (retryAtMs < message.expiresAtMs) {
    return { message: postpone(message, retryAtMs), code: 'keep', failed: null };
  }
  return ended(message, 'failed', reason, nowMs, reason, carrier);
}

function ended(
  message: Pending,
  state: 'failed' | 'canceled',
  reason: string,
  nowMs: number,
  failed: string | null,
  carrier?: CarrierFacts,
): Step {
  // The sandbox goes on showing what it refused, and why.
  const code = carrier?.keepsCodes === true ? 'keep' : 'wipe';
  return { message: endUnsent(message, state, reason, nowMs), code, failed };
}

const waitAfter = ({ attempts }: Pending, spread: number): number =>
  backoffMs(attempts, FIRST_RETRY_MS, LONGEST_RETRY_MS, spread);
