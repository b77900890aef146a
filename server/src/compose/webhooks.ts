import type { Safe } from '../app/safe.ts';
import type { Vault } from '../app/vault.ts';
import type { EndpointDeps } from '../app/webhooks/endpoints.ts';
import { withEvents } from '../app/webhooks/events.ts';
import { openRegistry } from '../app/webhooks/registry.ts';
import { type TellDeps, tell } from '../app/webhooks/tell.ts';
import type { Config } from '../config.ts';
import { REPORT_ENDPOINT } from '../domain/webhook.ts';
import type { Log } from '../kernel/log.ts';
import { createOutbound } from '../kernel/outbound.ts';
import type { Random } from '../kernel/random.ts';
import { outsideRequests } from '../kernel/request-scope.ts';
import { outsideTraces } from '../kernel/trace.ts';
import type { Store } from '../store/store.ts';
import { type Periodic, periodic } from '../worker/periodic.ts';
import { createWebhookWorker } from '../worker/webhooks.ts';

const LEASE_MS = 30_000;
/** Requests under way at once to one endpoint. */
const MOST_EACH = 8;
const POLL_MS = 500;
const REFRESH_MS = 500;

export type WebhookDeps = {
  readonly config: Config;
  readonly store: Store;
  readonly vault: Vault;
  readonly safe: Safe;
  readonly random: Random;
  readonly log: Log;
  readonly version: string;
  readonly attempted: TellDeps['attempted'];
};

export type Webhooks = {
  /** The store that writes down what is to be told. */
  readonly store: Store;
  readonly endpoints: EndpointDeps;
  readonly chores: readonly Periodic[];
  start(): void;
  stop(withinMs: number): Promise<void>;
};

/** Puts together all that tells the world of events. */
export async function composeWebhooks(deps: WebhookDeps): Promise<Webhooks> {
  const { config, store: bare, vault, safe, random, log, version, attempted } = deps;
  const registry = await openRegistry(bare);
  const outbound = createOutbound({ reach: config.webhooks });
  const store = withEvents(bare, { vault, safe, registry, written: () => wake() });
  const node = random.bytes(6).toString('hex');
  const lease = { holder: () => `${node}:${random.bytes(6).toString('hex')}`, leaseMs: LEASE_MS };
  const telling = { store: bare, safe, random, log, outbound, registry, lease, version, attempted };
  const worker = createWebhookWorker({
    endpoints: () => [...registry.all().map(({ id }) => id), REPORT_ENDPOINT],
    due: (endpointId, limit) => bare.read.dueDeliveries(endpointId, bare.nowMs(), limit),
    tell: (key) => tell(telling, key),
    ...{ log, mostEach: MOST_EACH, pollEveryMs: POLL_MS },
  });
  const wake = () => outsideRequests(() => outsideTraces(worker.wake));
  return {
    store,
    endpoints: { store: bare, safe, random, outbound, registry, written: () => wake() },
    chores: [periodic('webhooks', REFRESH_MS, registry.refresh, log)],
    start: worker.start,
    async stop(withinMs) {
      await worker.stop(withinMs);
      outbound.close();
    },
  };
}
