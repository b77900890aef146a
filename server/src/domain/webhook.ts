import { createHmac } from 'node:crypto';
import type { EventType } from './event.ts';
import type { Mode, Scope } from './scope.ts';

/** An address of the customer's that is told of events. */
export type Endpoint = {
  readonly id: string;
  readonly projectId: string;
  readonly mode: Mode;
  readonly sealedUrl: Uint8Array;
  readonly name: string | null;
  /** Types of events it is told of; null for all. */
  readonly events: readonly EventType[] | null;
  /** Whether it is told whom an event is about in full, or only so that its owner knows it again. */
  readonly recipients: 'masked' | 'full';
  readonly sealedSecret: Uint8Array;
  /** The secret before this one: what is sent is signed with both until it ends. */
  readonly oldSecret: { readonly sealed: Uint8Array; readonly untilMs: number } | null;
  readonly createdAtMs: number;
  /** Since when nothing has reached it; null while things do. */
  readonly failingSinceMs: number | null;
  readonly disabled: { readonly atMs: number; readonly reason: string } | null;
};

/** The endpoint that stands for every `reportUrl` of a create. It has no row. */
export const REPORT_ENDPOINT = '0'.repeat(32);

/** One try to tell something. */
export type Attempt = {
  readonly atMs: number;
  /** What was answered; null when nothing was. */
  readonly status: number | null;
  readonly tookMs: number;
  /** Why it failed, null when it did not. */
  readonly error: string | null;
};

/** One event for one endpoint. Its id is the `webhook-id`, the same at every try. */
export type Delivery = {
  readonly id: string;
  readonly projectId: string;
  readonly mode: Mode;
  readonly endpointId: string;
  readonly stream: string;
  readonly sequence: number;
  readonly type: string;
  readonly sealedBody: Uint8Array;
  /** Where to, for a `reportUrl`; null when the endpoint says. */
  readonly sealedUrl: Uint8Array | null;
  readonly state: 'waiting' | 'pending' | 'delivered' | 'failed';
  readonly attempts: readonly Attempt[];
  readonly holder: string | null;
  /** When it may be taken; null while it waits for an earlier one of its stream, and once it has ended. */
  readonly dueAtMs: number | null;
  readonly createdAtMs: number;
  readonly endedAtMs: number | null;
};

/** Names one endpoint's share of one stream. */
export type StreamOfEndpoint = Scope & { readonly endpointId: string; readonly stream: string };

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** When it is tried again after each try that failed (Standard Webhooks 1.0.0, "Deliverability and reliability"). */
const RETRY_AFTER_MS = [
  ...[5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR],
];
/** Attempts kept of one delivery. A replay adds to them. */
const MOST_ATTEMPTS_KEPT = 30;
/** An endpoint that nothing has reached for this long is switched off by the next delivery that is given up. */
export const DISABLE_AFTER_MS = 72 * HOUR;
/** How long the old secret goes on signing beside the new one. */
export const OLD_SECRET_MS = 24 * HOUR;
export const MOST_ENDPOINTS = 20;

/** What follows from one try. */
export type AfterAttempt =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly dueAtMs: number }
  | { readonly kind: 'given-up' }
  /** The receiver wants nothing any more (410). */
  | { readonly kind: 'gone' };

/**
 * Only 2xx is success; a redirect is a failure. `spread` (0 to 1, from chance) adds up to a tenth, so that what failed
 * together does not return together. `tries` counts this try, and those since the last replay.
 */
export function afterAttempt(attempt: Attempt, tries: number, nowMs: number, spread: number): AfterAttempt {
  const { status } = attempt;
  if (status !== null && status >= 200 && status < 300) return { kind: 'delivered' };
  if (status === 410) return { kind: 'gone' };
  const waitMs = RETRY_AFTER_MS[tries - 1];
  if (waitMs === undefined) return { kind: 'given-up' };
  return { kind: 'retry', dueAtMs: nowMs + Math.round(waitMs * (1 + spread / 10)) };
}

export const withAttempt = (delivery: Delivery, attempt: Attempt): readonly Attempt[] =>
  [...delivery.attempts, attempt].slice(-MOST_ATTEMPTS_KEPT);

const SECRET_PREFIX = 'whsec_';
export const SECRET_BYTES = 32;

export const writeSecret = (bytes: Uint8Array): string =>
  SECRET_PREFIX + Buffer.from(bytes).toString('base64');

export type Signed = {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly timestamp: number;
  /** The exact bytes that are sent. */
  readonly body: string;
};

/** The headers of a webhook (Standard Webhooks 1.0.0): one signature for each secret, parted by a space. */
export function webhookHeaders(
  { id, timestamp, body }: Signed,
  secrets: readonly string[],
): { readonly [name: string]: string } {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  };
}
