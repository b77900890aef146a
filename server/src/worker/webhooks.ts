import type { Key } from '../domain/scope.ts';
import type { Log } from '../kernel/log.ts';

export type WebhookWorkerDeps = {
  /** Ids of the endpoints that may be told something. */
  readonly endpoints: () => readonly string[];
  /** What may be told to an endpoint now, longest due first. */
  readonly due: (endpointId: string, limit: number) => Promise<readonly Key[]>;
  readonly tell: (key: Key) => Promise<void>;
  readonly log: Log;
  /** Requests under way at once to one endpoint, so that a slow one holds up nobody else. */
  readonly mostEach: number;
  readonly pollEveryMs: number;
};

export type WebhookWorker = {
  /** Something was written that is to be told. Returns without waiting. */
  wake(): void;
  start(): void;
  /** Takes nothing new, and waits for what is under way, at most `withinMs`. */
  stop(withinMs: number): Promise<void>;
};

/** Carries events from the outbox to their endpoints, each endpoint on its own. */
export function createWebhookWorker(deps: WebhookWorkerDeps): WebhookWorker {
  const underWay = new Map<string, Map<string, Promise<void>>>();
  let timer: NodeJS.Timeout | null = null;
  let state: 'idle' | 'polling' | 'again' | 'stopped' = 'stopped';

  const take = (endpointId: string, key: Key): void => {
    const mine = underWay.get(endpointId) ?? new Map<string, Promise<void>>();
    underWay.set(endpointId, mine);
    if (mine.has(key.id)) return;
    const running = deps
      .tell(key)
      .catch((error: unknown) => deps.log.error('webhook.failed', {}, error))
      .finally(() => {
        mine.delete(key.id);
        if (mine.size === 0) underWay.delete(endpointId);
        wake(); // what waited for it may be due
      });
    mine.set(key.id, running);
  };

  const poll = async (): Promise<void> => {
    for (const endpointId of deps.endpoints()) {
      const busy = underWay.get(endpointId)?.size ?? 0;
      if (busy >= deps.mostEach) continue;
      // Those under way are still due when their leases are written only now, so as many more are asked for.
      const found = await deps.due(endpointId, deps.mostEach);
      if (state === 'stopped') return;
      for (const key of found.slice(0, deps.mostEach - busy)) take(endpointId, key);
    }
  };

  const round = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    state = 'polling';
    poll()
      .catch((error: unknown) => deps.log.error('webhook.poll-failed', {}, error))
      .finally(() => {
        if (state === 'stopped') return;
        if (state === 'again') return round();
        state = 'idle';
        timer = setTimeout(round, deps.pollEveryMs);
        timer.unref();
      });
  };

  const wake = (): void => {
    if (state === 'polling') state = 'again';
    else if (state === 'idle') round();
  };

  return {
    wake,
    start() {
      if (state === 'stopped') round();
    },
    async stop(withinMs) {
      state = 'stopped';
      if (timer !== null) clearTimeout(timer);
      const patience = new Promise<void>((resolve) => setTimeout(resolve, withinMs).unref());
      const running = [...underWay.values()].flatMap((mine) => [...mine.values()]);
      await Promise.race([Promise.all(running), patience]);
    },
  };
}
