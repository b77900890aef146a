import type { Outbound, SendOutcome } from '../domain/message.ts';
import type { Call, Caller, Reply } from './caller.ts';

export type Answer = Extract<Reply, { kind: 'answer' }>;

export type HandOver = {
  readonly caller: Caller;
  readonly nowMs: () => number;
  readonly message: Outbound;
  readonly signal: AbortSignal;
  readonly call: Call;
  /** Reads what this gateway says in its own way; null where the status alone decides. */
  readonly judge: (answer: Answer) => SendOutcome | null;
};

const EXPIRED: SendOutcome = { kind: 'refused', reason: 'the code expired before it could be sent' };

/**
 * Hands one message over by one HTTP call, and reads what all gateways say alike. Nothing is written to the
 * gateway after the code's expiry or after `signal`, and no outcome holds the code or the recipient.
 */
export async function handOver(handing: HandOver): Promise<SendOutcome> {
  const { caller, nowMs, message, signal, call, judge } = handing;
  const patienceMs = message.expiresAtMs - nowMs();
  if (patienceMs <= 0) return EXPIRED;
  const reply = await caller.call(call, patienceMs, signal);
  switch (reply.kind) {
    case 'answer':
      return discreet(judge(reply) ?? byStatus(reply, nowMs()), message);
    case 'unsent':
      return nowMs() >= message.expiresAtMs ? EXPIRED : { kind: 'busy', retryAfterMs: null };
    case 'untrusted':
      return { kind: 'refused', reason: reply.reason };
    case 'unknown':
      return { kind: 'unknown', reason: reply.reason };
    default:
      return reply satisfies never;
  }
}

/** What a status says when nothing else does. */
export function byStatus(answer: Answer, nowMs: number): SendOutcome {
  const { status } = answer;
  if (status === 429 || status === 503) return { kind: 'busy', retryAfterMs: retryAfterMs(answer, nowMs) };
  if (status >= 200 && status < 300) {
    return { kind: 'unknown', reason: `the gateway answered ${status} with what cannot be read` };
  }
  if (status >= 300 && status < 400) {
    return { kind: 'refused', reason: `the gateway answered ${status}, and redirects are not followed` };
  }
  if (status === 401 || status === 403) return refusedBy(`${status}: it does not take the credentials`);
  if (status === 408 || status >= 500)
    return { kind: 'unknown', reason: `the gateway failed with ${status}` };
  return refusedBy(String(status));
}

export const refusedBy = (what: string): SendOutcome => ({
  kind: 'refused',
  reason: `the gateway refused it with ${what}`,
});

/** Busy, for as long as `Retry-After` says (RFC 9110: seconds or a date), if it does. */
export const busyBy = (answer: Answer, nowMs: number): SendOutcome => ({
  kind: 'busy',
  retryAfterMs: retryAfterMs(answer, nowMs),
});

const LONGEST_RETRY_AFTER_MS = 24 * 3_600_000;

function retryAfterMs({ headers }: Answer, nowMs: number): number | null {
  const value = headers['retry-after'];
  if (typeof value !== 'string') return null;
  const waitMs = /^\d{1,9}$/.test(value.trim()) ? Number(value) * 1_000 : Date.parse(value) - nowMs;
  // "At once" says no more than nothing does: the wait is ours to choose then, and grows.
  return waitMs > 0 ? Math.min(LONGEST_RETRY_AFTER_MS, waitMs) : null;
}

/** A gateway's own code of an error, where it is short and plain; it is compared and shown, never acted upon as text. */
export function plainCode(value: unknown): string | null {
  const word = typeof value === 'number' ? String(value) : value;
  return typeof word === 'string' && /^[\w.:#-]{1,64}$/.test(word) ? word : null;
}

/** A gateway's own name for a message, where it can be kept as it is. */
export const plainReference = (value: unknown): string | null => {
  const word = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  return typeof word === 'string' && /^[\x21-\x7e]{1,200}$/.test(word) ? word : null;
};

/** Whatever a gateway wrote back, neither the code nor the recipient is kept with the message. */
function discreet(outcome: SendOutcome, message: Outbound): SendOutcome {
  if (outcome.kind === 'accepted') {
    return tells(outcome.reference ?? '', message) ? { ...outcome, reference: null } : outcome;
  }
  if (outcome.kind === 'busy' || !tells(outcome.reason, message)) return outcome;
  return { ...outcome, reason: 'the gateway gave a reason that names the recipient or the code' };
}

function tells(said: string, { code, to }: Outbound): boolean {
  return said.includes(code) || said.includes(to) || (to.startsWith('+') && said.includes(to.slice(1)));
}
