import type { Dispatch } from '../app/delivery/dispatch.ts';
import type { Outbound, Pending } from '../domain/message.ts';
import type { Key } from '../domain/scope.ts';
import type { Log } from '../kernel/log.ts';

export type DispatcherDeps = {
  readonly dispatch: Dispatch;
  /** Messages that may be taken now, longest due first. */
  readonly due: (limit: number) => Promise<readonly Key[]>;
  readonly log: Log;
  /** Sendings under way at once, at most. */
  readonly most: number;
  readonly pollEveryMs: number;
};

export type Dispatcher = {
  /** Sends what was just committed, at once or as soon as there is room. Returns without waiting. */
  born(message: Pending, outbound: Outbound): void;
  start(): void;
  /** Takes nothing new, and waits for what is under way, at most `withinMs`. */
  stop(withinMs: number): Promise<void>;
};

/** New messages that may wait here for room; those beyond are taken up by the poll when their lease runs out. */
const MOST_QUEUED = 5_000;

/**
 * Carries messages from the outbox to the providers. Those of this node come by `born` without a query; those
 * of nodes that died, and retries, are found by polling.
 */
export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const queued: (() => Promise<void>)[] = [];
  const underWay = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | null = null;
  let stopping = false;

  const run = (task: () => Promise<void>): void => {
    const running = task()
      .catch((error: unknown) => deps.log.error('dispatch.failed', {}, error))
      .finally(() => {
        underWay.delete(running);
        const next = stopping ? undefined : queued.shift();
        if (next !== undefined) run(next);
      });
    underWay.add(running);
  };

  const poll = async (): Promise<void> => {
    const room = deps.most - underWay.size;
    if (room > 0) {
      for (const key of await deps.due(room)) run(() => deps.dispatch.due(key));
    }
  };
  const tick = (): void => {
    if (stopping) return;
    poll()
      .catch((error: unknown) => deps.log.error('dispatch.poll-failed', {}, error))
      .finally(() => {
        if (!stopping) timer = setTimeout(tick, deps.pollEveryMs);
      });
  };

  return {
    born(message, outbound) {
      const task = () => deps.dispatch.born(message, outbound);
      if (underWay.size < deps.most) run(task);
      else if (queued.length < MOST_QUEUED) queued.push(task);
    },
    start: tick,
    async stop(withinMs) {
      stopping = true;
      if (timer !== null) clearTimeout(timer);
      const patience = new Promise<void>((resolve) => setTimeout(resolve, withinMs).unref());
      await Promise.race([Promise.all(underWay), patience]);
    },
  };
}
