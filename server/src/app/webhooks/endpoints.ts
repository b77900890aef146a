import { type EventType, TEST_EVENT } from '../../domain/event.ts';
import { type Key, MODES, type Scope } from '../../domain/scope.ts';
import {
  type Delivery,
  type Endpoint,
  MOST_ENDPOINTS,
  OLD_SECRET_MS,
  SECRET_BYTES,
  writeSecret,
} from '../../domain/webhook.ts';
import { Failure, refuse } from '../../kernel/failure.ts';
import type { Outbound } from '../../kernel/outbound.ts';
import type { Random } from '../../kernel/random.ts';
import { type Store, tables } from '../../store/store.ts';
import { type Once, transactOnce } from '../once.ts';
import type { Safe } from '../safe.ts';
import { bodyOf } from './events.ts';
import type { Registry } from './registry.ts';
import { SENT_AGAIN } from './tell.ts';

export type EndpointDeps = {
  readonly store: Store;
  readonly safe: Safe;
  readonly random: Random;
  readonly outbound: Outbound;
  readonly registry: Registry;
  /** Called after something that is to be told has been written. */
  readonly written: () => void;
};

export type EndpointView = { readonly endpoint: Endpoint; readonly url: string };
export type EndpointWishes = {
  readonly url: string;
  readonly name: string | null;
  readonly events: readonly EventType[] | null;
  readonly recipients: Endpoint['recipients'];
  readonly enabled: boolean;
};
/** With the secret, which is shown here and never again. */
export type NewEndpoint = EndpointView & { readonly secret: string };

/** Held while the endpoints of a project are counted, so that two creates do not both find room for one. */
const LOCK = 'e'.repeat(32);

/**
 * Makes an endpoint. Within a second every node tells it of events.
 * @throws Failure `invalid_parameter` when its address cannot be used, or the project has 20 endpoints
 */
export async function createEndpoint(
  deps: EndpointDeps,
  scope: Scope,
  wishes: EndpointWishes,
  once: Once<NewEndpoint> | null,
): Promise<NewEndpoint> {
  const { store, safe, random } = deps;
  await checkUrl(deps, wishes.url);
  const key = { projectId: scope.projectId, mode: scope.mode, id: store.newId() };
  const secret = writeSecret(random.bytes(SECRET_BYTES));
  const { name, events, recipients, url } = wishes;
  const made = await transactOnce({ store, safe }, once, async (tx): Promise<NewEndpoint | Failure> => {
    await tx.lock({ projectId: key.projectId, mode: key.mode, recipientKey: LOCK });
    if ((await tx.list(tables.webhookEndpointsOf, key)).length >= MOST_ENDPOINTS) {
      return refuse(
        'invalid_parameter',
        `a project has ${MOST_ENDPOINTS} webhooks at most; delete one first`,
      );
    }
    const endpoint: Endpoint = {
      ...{ ...key, name, events, recipients, oldSecret: null, createdAtMs: tx.nowMs, failingSinceMs: null },
      sealedUrl: safe.seal('webhook address', url, key),
      sealedSecret: safe.seal('webhook secret', secret, key),
      disabled: wishes.enabled ? null : { atMs: tx.nowMs, reason: BY_HAND },
    };
    tx.insert(tables.webhookEndpoints, endpoint);
    return { endpoint, url, secret };
  });
  await deps.registry.refresh();
  return made;
}

const BY_HAND = 'it was switched off by hand';

export async function listEndpoints(
  { store, safe }: EndpointDeps,
  scope: Scope,
): Promise<readonly EndpointView[]> {
  const found = await store.read.list(tables.webhookEndpointsOf, scope, store.nowMs());
  return found.toSorted((a, b) => a.createdAtMs - b.createdAtMs).map((endpoint) => viewOf(safe, endpoint));
}

/** Those of every project, the oldest first. */
export async function listAllEndpoints({ store, safe }: EndpointDeps): Promise<readonly EndpointView[]> {
  const nowMs = store.nowMs();
  const found = await Promise.all(
    MODES.map((mode) => store.read.list(tables.webhookEndpointsIn, { mode }, nowMs)),
  );
  return found
    .flat()
    .toSorted((a, b) => a.createdAtMs - b.createdAtMs)
    .map((endpoint) => viewOf(safe, endpoint));
}

/** @throws Failure `not_found` */
export async function readEndpoint({ store, safe }: EndpointDeps, key: Key): Promise<EndpointView> {
  const found = await store.read.get(tables.webhookEndpoints, key);
  if (found === null) throw unknown();
  return viewOf(safe, found);
}

/**
 * Changes what is given and leaves the rest. What waits for an endpoint that was switched off goes out when it is
 * switched on.
 * @throws Failure `not_found`, `invalid_parameter`
 */
export async function updateEndpoint(
  deps: EndpointDeps,
  key: Key,
  wishes: Partial<EndpointWishes>,
): Promise<EndpointView> {
  const { url } = wishes;
  if (url !== undefined) await checkUrl(deps, url);
  return change(deps, key, (endpoint, nowMs) => ({
    ...endpoint,
    ...(url === undefined ? {} : { sealedUrl: deps.safe.seal('webhook address', url, key) }),
    name: wishes.name === undefined ? endpoint.name : wishes.name,
    events: wishes.events === undefined ? endpoint.events : wishes.events,
    recipients: wishes.recipients ?? endpoint.recipients,
    ...switched(endpoint, wishes.enabled, nowMs),
  }));
}

function switched(
  { disabled, failingSinceMs }: Endpoint,
  enabled: boolean | undefined,
  nowMs: number,
): Pick<Endpoint, 'disabled' | 'failingSinceMs'> {
  if (enabled === true) return { disabled: null, failingSinceMs: disabled === null ? failingSinceMs : null };
  if (enabled === false) return { disabled: disabled ?? { atMs: nowMs, reason: BY_HAND }, failingSinceMs };
  return { disabled, failingSinceMs };
}

/** Makes a new secret. For a day what is sent is signed with the old one too. @throws Failure `not_found` */
export async function rotateSecret(deps: EndpointDeps, key: Key): Promise<NewEndpoint> {
  const secret = writeSecret(deps.random.bytes(SECRET_BYTES));
  const view = await change(deps, key, (endpoint, nowMs) => ({
    ...endpoint,
    sealedSecret: deps.safe.seal('webhook secret', secret, key),
    oldSecret: { sealed: endpoint.sealedSecret, untilMs: nowMs + OLD_SECRET_MS },
  }));
  return { ...view, secret };
}

/** Nothing is sent to it any more, nor what was waiting for it. @throws Failure `not_found` */
export async function removeEndpoint({ store, registry }: EndpointDeps, key: Key): Promise<void> {
  const refusal = await store.transaction(async (tx) => {
    if ((await tx.get(tables.webhookEndpoints, key)) === null) return unknown();
    tx.remove(tables.webhookEndpoints, key);
    return null;
  });
  if (refusal !== null) throw refusal;
  await registry.refresh();
}

/** Sends an event that tells nothing, to see whether the endpoint works. @throws Failure `not_found` */
export async function sendTest({ store, safe, written }: EndpointDeps, key: Key): Promise<Delivery> {
  const { projectId, mode, id: endpointId } = key;
  const own = { projectId, mode, id: store.newId() };
  const made = await store.transaction(async (tx) => {
    const endpoint = await tx.get(tables.webhookEndpoints, key);
    if (endpoint === null) return unknown();
    if (endpoint.disabled !== null)
      return refuse('invalid_parameter', 'this webhook is switched off; set enabled');
    const event = {
      type: TEST_EVENT,
      stream: own.id,
      atMs: tx.nowMs,
      data: { webhook: { id: endpointId } },
    } as const;
    const delivery: Delivery = {
      ...{ ...own, endpointId, stream: own.id, sequence: 1, type: TEST_EVENT, attempts: [], holder: null },
      ...{ sealedBody: safe.seal('webhook event', bodyOf(event, mode, 1), own), sealedUrl: null },
      ...{ state: 'pending', dueAtMs: tx.nowMs, createdAtMs: tx.nowMs, endedAtMs: null },
    };
    tx.insert(tables.webhookDeliveries, delivery);
    return delivery;
  });
  if (made instanceof Failure) throw made;
  written();
  return made;
}

export type DeliveryQuery = {
  readonly state: Delivery['state'] | null;
  readonly offset: number;
  readonly limit: number;
};

/** What was told to an endpoint and how that went, the newest first. @throws Failure `not_found` */
export async function listDeliveries(
  deps: EndpointDeps,
  key: Key,
  { state, offset, limit }: DeliveryQuery,
): Promise<{ items: readonly Delivery[]; total: number }> {
  await readEndpoint(deps, key);
  const where = { endpoint_id: Buffer.from(key.id, 'hex'), ...(state === null ? {} : { state }) };
  return deps.store.read.page(tables.webhookDeliveries, { scope: key, where, offset, limit });
}

const REPLAYED_AT_ONCE = 100;

/**
 * Sends deliveries again with their old ids: one, whatever became of it, or all that have failed since a time.
 * @throws Failure `not_found`
 */
export async function replay(
  deps: EndpointDeps,
  key: Key,
  which: { readonly delivery: string } | { readonly sinceMs: number },
): Promise<number> {
  const { store, written } = deps;
  await readEndpoint(deps, key);
  const ids = 'delivery' in which ? [which.delivery] : await failedSince(deps, key, which.sinceMs);
  let count = 0;
  for (let from = 0; from < ids.length; from += REPLAYED_AT_ONCE) {
    const some = ids.slice(from, from + REPLAYED_AT_ONCE);
    count += await store.transaction(async (tx) => {
      const found = await Promise.all(
        some.map((id) => tx.get(tables.webhookDeliveries, { projectId: key.projectId, mode: key.mode, id })),
      );
      const again = found.filter(
        (each) => each !== null && each.endpointId === key.id && each.endedAtMs !== null,
      );
      for (const delivery of again) {
        if (delivery !== null) tx.update(tables.webhookDeliveries, sentAgain(delivery, tx.nowMs));
      }
      return again.length;
    });
  }
  if ('delivery' in which && count === 0)
    throw refuse('not_found', 'there is no such delivery that has ended');
  written();
  return count;
}

function sentAgain(delivery: Delivery, nowMs: number): Delivery {
  const mark = { atMs: nowMs, status: null, tookMs: 0, error: SENT_AGAIN };
  const attempts = [...delivery.attempts, mark];
  return { ...delivery, state: 'pending', attempts, holder: null, dueAtMs: nowMs, endedAtMs: null };
}

const PAGE = 200;
const MOST_REPLAYED = 10_000;

async function failedSince({ store }: EndpointDeps, key: Key, sinceMs: number): Promise<readonly string[]> {
  const where = { endpoint_id: Buffer.from(key.id, 'hex'), state: 'failed' };
  const ids: string[] = [];
  for (let offset = 0; offset < MOST_REPLAYED; offset += PAGE) {
    const { items } = await store.read.page(tables.webhookDeliveries, {
      scope: key,
      where,
      offset,
      limit: PAGE,
    });
    ids.push(...items.filter(({ createdAtMs }) => createdAtMs >= sinceMs).map(({ id }) => id));
    if (items.length < PAGE || items.some(({ createdAtMs }) => createdAtMs < sinceMs)) break;
  }
  return ids.reverse(); // the oldest first
}

async function change(
  { store, safe, registry, written }: EndpointDeps,
  { projectId, mode, id }: Key,
  changed: (endpoint: Endpoint, nowMs: number) => Endpoint,
): Promise<EndpointView> {
  const kept = await store.transaction(async (tx) => {
    const endpoint = await tx.get(tables.webhookEndpoints, { projectId, mode, id });
    if (endpoint === null) return null;
    const after = changed(endpoint, tx.nowMs);
    tx.update(tables.webhookEndpoints, after);
    return after;
  });
  if (kept === null) throw unknown();
  await registry.refresh();
  written();
  return viewOf(safe, kept);
}

const viewOf = (safe: Safe, endpoint: Endpoint): EndpointView => ({
  endpoint,
  url: safe.open('webhook address', endpoint.sealedUrl, endpoint),
});

async function checkUrl({ outbound }: EndpointDeps, url: string): Promise<void> {
  const problem = await outbound.problemOf(url);
  if (problem !== null) throw refuse('invalid_parameter', problem, 'url');
}

const unknown = (): Failure => refuse('not_found', 'there is no such webhook');
