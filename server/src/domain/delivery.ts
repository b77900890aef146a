import { backoffMs } from '../kernel/backoff.ts';
import { type Job, postpone } from './job.ts';
import {
  applyReceipt,
  endUnsent,
  handedOver,
  type Message,
  type ReceiptStatus,
  type SendOutcome,
} from './message.ts';

/** What one step of a delivery changes. `job` null: nothing is left to be done. */
export type Step = {
  readonly message: Message;
  readonly job: Job | null;
  /** Set when the code cannot reach its recipient any more: the verification fails, for this reason. */
  readonly failed: string | null;
};

export type CarrierFacts = {
  readonly deduplicates: boolean;
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
  job: Job,
  message: Message,
  outcome: SendOutcome,
  carrier: CarrierFacts,
  nowMs: number,
  spread: number,
): Step {
  switch (outcome.kind) {
    case 'accepted':
      return accepted(job, message, outcome, carrier, nowMs);
    case 'refused':
      return {
        message: endUnsent(message, 'failed', outcome.reason, nowMs),
        job: null,
        failed: outcome.reason,
      };
    case 'busy': {
      const waitMs =
        outcome.retryAfterMs ?? backoffMs(job.attempts, FIRST_RETRY_MS, LONGEST_RETRY_MS, spread);
      return retryOrEnd(job, message, nowMs + waitMs, 'the provider was busy until the code expired', nowMs);
    }
    case 'unknown':
      return afterUnknown(job, message, outcome.reason, carrier, nowMs, spread);
    default:
      return outcome satisfies never;
  }
}

/** A sending was begun and nobody knows how it ended: it timed out, or its node died. */
export function afterUnknown(
  job: Job,
  message: Message,
  reason: string,
  carrier: CarrierFacts,
  nowMs: number,
  spread: number,
): Step {
  const half = message.createdAtMs + (message.codeExpiresAtMs - message.createdAtMs) / 2;
  if (carrier.deduplicates || (job.attempts < 2 && nowMs < half)) {
    const retryAtMs = nowMs + backoffMs(job.attempts, FIRST_RETRY_MS, LONGEST_RETRY_MS, spread);
    return retryOrEnd(job, message, retryAtMs, reason, nowMs);
  }
  // It may have gone out, so the code stays good; only the message says what is known of it.
  return { message: endUnsent(message, 'failed', reason, nowMs), job: null, failed: null };
}

/** The verification was closed before its message left: there is nothing to send any more. */
export const cancel = (message: Message, nowMs: number): Step => ({
  message: endUnsent(message, 'canceled', 'the verification had ended', nowMs),
  job: null,
  failed: null,
});

/** A receipt came in, or one that was promised is due. */
export function afterReceipt(message: Message, status: ReceiptStatus, nowMs: number): Step {
  const next = applyReceipt(message, status, nowMs);
  const failed = next !== message && status === 'undelivered' ? 'the message was not delivered' : null;
  return { message: next, job: null, failed };
}

function accepted(
  job: Job,
  message: Message,
  { reference, receipt }: Extract<SendOutcome, { kind: 'accepted' }>,
  carrier: CarrierFacts,
  nowMs: number,
): Step {
  const sent = handedOver(message, reference, carrier.keepsCodes ? 'keep-code' : 'wipe-code', nowMs);
  if (receipt === undefined) return { message: sent, job: null, failed: null };
  if (receipt.afterMs === 0) return afterReceipt(sent, receipt.status, nowMs);
  const promised: Job = { ...job, task: { kind: 'receipt', status: receipt.status } };
  return { message: sent, job: postpone(promised, nowMs + receipt.afterMs), failed: null };
}

function retryOrEnd(job: Job, message: Message, retryAtMs: number, reason: string, nowMs: number): Step {
  if (retryAtMs < message.codeExpiresAtMs) return { message, job: postpone(job, retryAtMs), failed: null };
  return { message: endUnsent(message, 'failed', reason, nowMs), job: null, failed: reason };
}
