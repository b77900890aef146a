import { setTimeout as sleep } from 'node:timers/promises';
import { createBreakers } from '../app/delivery/breakers.ts';
import { createDispatch } from '../app/delivery/dispatch.ts';
import { forgetRates } from '../app/delivery/rates.ts';
import { createReceive, type Receive } from '../app/delivery/receive.ts';
import type { Leave } from '../app/leaving.ts';
import { createRouter, type Router } from '../app/router.ts';
import type { Safe } from '../app/safe.ts';
import type { Vault } from '../app/vault.ts';
import type { Config } from '../config.ts';
import type { Rule } from '../domain/guard/rules.ts';
import type { Message, SendOutcome } from '../domain/message.ts';
import type { Policy } from '../domain/policy.ts';
import type { ProjectRoutes } from '../domain/route.ts';
import type { Log } from '../kernel/log.ts';
import type { Random } from '../kernel/random.ts';
import type { Provider } from '../providers/provider.ts';
import type { Store } from '../store/store.ts';
import { createDispatcher, type Dispatcher } from '../worker/dispatcher.ts';
import { type Periodic, periodic } from '../worker/periodic.ts';

const LEASE_MS = 10_000;
const SEND_TIMEOUT_MS = 8_000;
/** Sendings under way at once for one provider. */
const MOST_EACH = 256;
const POLL_MS = 250;
const REFRESH_MS = 500;

export type DeliveryDeps = {
  readonly config: Config;
  readonly store: Store;
  readonly vault: Vault;
  readonly safe: Safe;
  readonly random: Random;
  readonly log: Log;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly sandbox: Provider;
  readonly policy: (projectId: string) => Policy;
  readonly routes: (projectId: string) => ProjectRoutes | null;
  readonly rules: (projectId: string) => readonly Rule[];
  readonly leave: Leave;
  readonly changed: () => void;
  /** Told how each sending went. */
  readonly sent: (message: Message, outcome: SendOutcome, tookMs: number) => void;
};

export type Delivery = {
  readonly router: Router;
  readonly lease: { holder(): string; readonly leaseMs: number };
  readonly dispatcher: Dispatcher;
  readonly receive: Receive;
  readonly chores: readonly Periodic[];
  /** Lets go of the providers' connections, after at most `withinMs`. */
  close(withinMs: number): Promise<void>;
};

/** Puts together all that brings messages out and receipts back in. */
export function composeDelivery(deps: DeliveryDeps): Delivery {
  const { config, store, vault, safe, random, log, providers, sandbox, changed } = deps;
  const node = random.bytes(6).toString('hex');
  const lease = { holder: holders(node), leaseMs: LEASE_MS };
  const policy = (projectId: string) => deps.policy(projectId).delivery;
  const real = [...providers.keys()].filter((id) => id !== sandbox.id);
  const breakers = createBreakers({ store, log, providers: real });
  const router = createRouter({
    ...{ providers, sandbox, prices: config.prices, policy, health: breakers },
    routes: deps.routes,
    mayCall: (projectId, country) => mayCall(config.guard, deps.rules(projectId), country),
  });
  const onward: Dispatcher['born'] = (message, outbound) => {
    breakers.used(message.provider);
    dispatcher.born(message, outbound);
  };
  const keeping = {
    store,
    vault,
    safe,
    log,
    providers,
    router,
    policy,
    lease,
    counter: node,
    onward,
    changed,
  };
  const dispatch = createDispatch({
    ...{ ...keeping, random, leave: deps.leave, sendTimeoutMs: SEND_TIMEOUT_MS, publicUrl: config.publicUrl },
    noted(message, outcome, tookMs) {
      if (message.provider !== sandbox.id) breakers.note(message.provider, outcome);
      deps.sent(message, outcome, tookMs);
    },
  });
  const dispatcher = createDispatcher({
    ...{ dispatch, log, mostEach: MOST_EACH, pollEveryMs: POLL_MS },
    due: (limit, except) => store.read.dueMessages(store.nowMs(), limit, except),
    patienceMs: LEASE_MS - SEND_TIMEOUT_MS - POLL_MS,
  });
  return {
    ...{ router, lease, dispatcher },
    receive: createReceive(keeping, (ms) => sleep(ms, undefined, { ref: false })),
    chores: [
      periodic('breakers', REFRESH_MS, breakers.refresh, log),
      periodic('delivery rates', 3_600_000, () => forgetRates(store, real), log),
    ],
    async close(withinMs) {
      const patience = AbortSignal.timeout(Math.max(1, Math.round(withinMs)));
      await Promise.all([...providers.values()].map(({ close }) => close?.(patience)));
    },
  };
}

/** The guard judges what is asked for; what a fallback makes of it is held to the same countries. */
export function mayCall(guard: Config['guard'], rules: readonly Rule[], country: string | null): boolean {
  if (guard !== 'enforce') return true;
  return rules.every(
    (rule) =>
      rule.kind !== 'voice' ||
      rule.mode !== 'enforce' ||
      rule.allow === null ||
      (country !== null && rule.allow.includes(country)),
  );
}

/** Names for holders of leases, each used once. */
function holders(node: string): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `${node}:${count}`;
  };
}
