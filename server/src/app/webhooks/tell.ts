import type { Key } from '../../domain/scope.ts';
import {
  type AfterAttempt,
  type Attempt,
  afterAttempt,
  type Delivery,
  DISABLE_AFTER_MS,
  type Endpoint,
  REPORT_ENDPOINT,
  webhookHeaders,
  withAttempt,
  writeSecret,
} from '../../domain/webhook.ts';
import type { Log } from '../../kernel/log.ts';
import type { Outbound } from '../../kernel/outbound.ts';
import type { Random } from '../../kernel/random.ts';
import { traced } from '../../kernel/trace.ts';
import { type Store, type Transaction, tables } from '../../store/store.ts';
import type { Safe } from '../safe.ts';
import type { Registry } from './registry.ts';

export type TellDeps = {
  readonly store: Store;
  readonly safe: Safe;
  readonly random: Random;
  readonly log: Log;
  readonly outbound: Outbound;
  readonly registry: Registry;
  readonly lease: { holder(): string; readonly leaseMs: number };
  readonly version: string;
  /** Told how each attempt ended. */
  readonly attempted: (outcome: 'delivered' | 'failed', tookMs: number) => void;
};

const TIMEOUT_MS = 15_000;
/** What the log of attempts says where somebody asked for it to be sent again. */
export const SENT_AGAIN = 'sent again on request';

/**
 * Tells one event to one endpoint, if it is due and nobody else does. What becomes of it is kept in one transaction,
 * with what follows: the next try, or the next event of the same stream.
 */
export function tell(deps: TellDeps, key: Key): Promise<void> {
  return traced('webhook.tell', {}, () => tellOnce(deps, key));
}

async function tellOnce(deps: TellDeps, key: Key): Promise<void> {
  const { store, lease } = deps;
  const holder = lease.holder();
  const delivery = await store.transaction(async (tx) => {
    const found = await tx.get(tables.webhookDeliveries, key);
    if (found?.state !== 'pending' || found.dueAtMs === null || tx.nowMs < found.dueAtMs) return null;
    const taken = { ...found, holder, dueAtMs: tx.nowMs + lease.leaseMs };
    tx.update(tables.webhookDeliveries, taken);
    return taken;
  });
  if (delivery === null) return;
  const target = await targetOf(deps, delivery);
  if (target === 'paused') return release(deps, delivery);
  const attempt = target === null ? NOWHERE(store.nowMs()) : await attemptAt(deps, delivery, target);
  deps.attempted(attempt.error === null ? 'delivered' : 'failed', attempt.tookMs);
  await settle(deps, delivery, attempt, target === null);
}

type Target = { readonly url: string; readonly secrets: readonly string[] };

const NOWHERE = (atMs: number): Attempt => ({
  ...{ atMs, status: null, tookMs: 0, error: 'the endpoint was deleted' },
});

/** Where to and signed by what; null when there is nobody any more, `paused` while it is switched off. */
async function targetOf({ store, safe }: TellDeps, delivery: Delivery): Promise<Target | 'paused' | null> {
  const { projectId, mode, endpointId, sealedUrl } = delivery;
  if (endpointId === REPORT_ENDPOINT) {
    if (sealedUrl === null) return null;
    const url = safe.open('webhook address', sealedUrl, delivery);
    return { url, secrets: [writeSecret(safe.reportSecret({ projectId, mode }))] };
  }
  const endpoint = await store.read.get(tables.webhookEndpoints, { projectId, mode, id: endpointId });
  if (endpoint === null) return null;
  if (endpoint.disabled !== null) return 'paused';
  const { oldSecret } = endpoint;
  const secrets = [endpoint.sealedSecret];
  if (oldSecret !== null && store.nowMs() < oldSecret.untilMs) secrets.push(oldSecret.sealed);
  return {
    url: safe.open('webhook address', endpoint.sealedUrl, endpoint),
    secrets: secrets.map((sealed) => safe.open('webhook secret', sealed, endpoint)),
  };
}

async function attemptAt(
  { store, safe, outbound, version }: TellDeps,
  delivery: Delivery,
  { url, secrets }: Target,
): Promise<Attempt> {
  const atMs = store.nowMs();
  const body = safe.open('webhook event', delivery.sealedBody, delivery);
  const timestamp = Math.floor(atMs / 1000);
  const headers = {
    'content-type': 'application/json',
    'user-agent': `Roost/${version}`,
    ...webhookHeaders({ id: delivery.id, timestamp, body }, secrets),
  };
  const answer = await outbound.send({ url, method: 'POST', headers, body, timeoutMs: TIMEOUT_MS });
  const { tookMs } = answer;
  if (answer.kind !== 'answered') return { atMs, status: null, tookMs, error: answer.reason };
  const { status } = answer;
  return { atMs, status, tookMs, error: status >= 200 && status < 300 ? null : `it answered ${status}` };
}

/** It was switched off: what is left waits for it to be switched on. */
async function release({ store }: TellDeps, { holder, ...taken }: Delivery): Promise<void> {
  await store.transaction(async (tx) => {
    const current = await tx.get(tables.webhookDeliveries, taken);
    if (current?.holder !== holder || current.state !== 'pending') return;
    tx.update(tables.webhookDeliveries, { ...current, holder: null, dueAtMs: tx.nowMs });
  });
}

async function settle(deps: TellDeps, taken: Delivery, attempt: Attempt, isNowhere: boolean): Promise<void> {
  const { store, random, registry, log } = deps;
  const spread = random.bytes(1).readUInt8() / 255;
  const endpoint = await store.transaction(async (tx): Promise<Endpoint | null> => {
    const current = await tx.get(tables.webhookDeliveries, taken);
    // When its lease ran out somebody else took it, and what they find out counts.
    if (current?.state !== 'pending' || current.holder !== taken.holder) return null;
    const tries = triesOf(current) + 1;
    const next: AfterAttempt = isNowhere
      ? { kind: 'given-up' }
      : afterAttempt(attempt, tries, tx.nowMs, spread);
    const attempts = withAttempt(current, attempt);
    if (next.kind === 'retry') {
      tx.update(tables.webhookDeliveries, { ...current, attempts, holder: null, dueAtMs: next.dueAtMs });
    } else {
      const state = next.kind === 'delivered' ? 'delivered' : 'failed';
      const ended = {
        ...current,
        state,
        attempts,
        holder: null,
        dueAtMs: null,
        endedAtMs: tx.nowMs,
      } as const;
      tx.update(tables.webhookDeliveries, ended);
      await promoteNext(tx, ended);
    }
    return noteHealth(tx, current, attempt, next);
  });
  if (endpoint === null) return;
  await registry.refresh();
  if (endpoint.disabled !== null)
    log.warn('webhook.disabled', { endpoint: endpoint.id, reason: endpoint.disabled.reason });
}

/** Tries since it was written, or since somebody asked for it again. */
const triesOf = ({ attempts }: Delivery): number =>
  attempts.length - 1 - attempts.findLastIndex(({ error }) => error === SENT_AGAIN);

/** What waited for this one may go now. The stream is locked first, as whoever adds to it does. */
async function promoteNext(
  tx: Transaction,
  { projectId, mode, endpointId, stream, id }: Delivery,
): Promise<void> {
  await tx.get(tables.eventStreams, { projectId, mode, id: stream });
  const untold = await tx.list(tables.untold, { projectId, mode, endpointId, stream });
  const [next] = untold.filter((each) => each.id !== id).sort((a, b) => a.sequence - b.sequence);
  if (next?.state === 'waiting')
    tx.update(tables.webhookDeliveries, { ...next, state: 'pending', dueAtMs: tx.nowMs });
}

/** Keeps since when an endpoint fails, and switches it off when that has been for too long. Null when nothing changed. */
async function noteHealth(
  tx: Transaction,
  { projectId, mode, endpointId }: Delivery,
  { error }: Attempt,
  next: AfterAttempt,
): Promise<Endpoint | null> {
  if (endpointId === REPORT_ENDPOINT) return null;
  const endpoint = await tx.get(tables.webhookEndpoints, { projectId, mode, id: endpointId });
  if (endpoint === null) return null;
  const kept = healthAfter(endpoint, error, next, tx.nowMs);
  if (kept === endpoint) return null;
  tx.update(tables.webhookEndpoints, kept);
  return kept;
}

function healthAfter(endpoint: Endpoint, error: string | null, next: AfterAttempt, nowMs: number): Endpoint {
  if (next.kind === 'delivered')
    return endpoint.failingSinceMs === null ? endpoint : { ...endpoint, failingSinceMs: null };
  const failingSinceMs = endpoint.failingSinceMs ?? nowMs;
  const failing = { ...endpoint, failingSinceMs };
  if (endpoint.disabled !== null) return endpoint;
  if (next.kind === 'gone')
    return { ...failing, disabled: { atMs: nowMs, reason: 'the receiver answered 410 Gone' } };
  if (next.kind === 'given-up' && nowMs - failingSinceMs >= DISABLE_AFTER_MS) {
    const since = new Date(failingSinceMs).toISOString();
    return {
      ...failing,
      disabled: { atMs: nowMs, reason: `nothing has reached it since ${since}: ${error}` },
    };
  }
  return endpoint.failingSinceMs === null ? failing : endpoint;
}
