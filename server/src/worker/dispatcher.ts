import type { Dispatch } from '../app/delivery/dispatch.ts';
import type { Outbound, Pending } from '../domain/message.ts';
import type { Key } from '../domain/scope.ts';
import { stopwatchMs } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import { inThisTrace } from '../kernel/trace.ts';
import { Lane, type Waiting } from './lane.ts';

export type DispatcherDeps = {
  readonly dispatch: Dispatch;
  /** Messages that may be taken now, longest due first; of the providers in `except` only what has expired. */
  readonly due: (limit: number, except: readonly string[]) => Promise<readonly Due[]>;
  readonly log: Log;
  /** Sendings under way at once for one provider, at most. */
  readonly mostEach: number;
  /** How long a message that nobody has begun to send may wait here for room. */
  readonly patienceMs: number;
  readonly pollEveryMs: number;
};

type Due = Key & { readonly provider: string; readonly isExpired: boolean };

export type Dispatcher = {
  /** Sends what was just committed, at once or as soon as there is room. Returns without waiting. */
  born(message: Pending, outbound: Outbound): void;
  start(): void;
  /** Takes nothing new, and waits for what is under way, at most `withinMs`. */
  stop(withinMs: number): Promise<void>;
};

/** New messages of one provider that may wait here for room; those beyond are given back, and found by the poll. */
const MOST_QUEUED = 5_000;
/** Due messages that one look takes up, at most. */
const MOST_DUE = 256;
/** The lane of messages that no provider is asked about. No provider can be called so. */
const EXPIRED = '';

/**
 * Carries messages from the outbox to the providers. Those of this node come by `born` without a query; those
 * of nodes that died, retries, and those that found no room are found by polling. Each provider has a lane of its own, so
 * one that stalls keeps nobody else's messages.
 */
export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const lanes = new Map<string, Lane>();
  let timer: NodeJS.Timeout | null = null;
  let stopping = false;

  const run = (work: () => Promise<void>): Promise<void> =>
    work().catch((error: unknown) => deps.log.error('dispatch.failed', {}, error));
  const laneOf = (provider: string): Lane => {
    const known = lanes.get(provider);
    if (known !== undefined) return known;
    const lane = new Lane(deps.mostEach, (task) => run(stopping ? task.giveBack : task.work));
    lanes.set(provider, lane);
    return lane;
  };
  const giveBack = (tasks: readonly Waiting[]) => Promise.all(tasks.map((task) => run(task.giveBack)));

  const poll = async (): Promise<void> => {
    for (const lane of lanes.values()) await giveBack(lane.takeBack(stopwatchMs() - deps.patienceMs));
    const full = [...lanes].filter(([, lane]) => lane.room === 0).map(([provider]) => provider);
    for (const { provider, isExpired, ...key } of await deps.due(MOST_DUE, full)) {
      // What has expired is only put away. It must not wait for a provider that stalls.
      const lane = laneOf(isExpired ? EXPIRED : provider);
      const work = () => deps.dispatch.due(key);
      // What has no room is not taken, and stays due.
      if (lane.room > 0 && !stopping) lane.add({ work, giveBack: async () => {}, sinceMs: stopwatchMs() });
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
      const lane = laneOf(message.provider);
      const task = {
        work: inThisTrace(() => deps.dispatch.born(message, outbound)),
        giveBack: () => deps.dispatch.release(message),
        sinceMs: stopwatchMs(),
      };
      if (lane.length < MOST_QUEUED && !stopping) lane.add(task);
      else void run(task.giveBack);
    },
    start: tick,
    async stop(withinMs) {
      stopping = true;
      if (timer !== null) clearTimeout(timer);
      const all = [...lanes.values()];
      const patience = new Promise<void>((resolve) => setTimeout(resolve, withinMs).unref());
      const back = giveBack(all.flatMap((lane) => lane.takeBack()));
      await Promise.race([Promise.all([back, ...all.flatMap((lane) => [...lane.underWay])]), patience]);
    },
  };
}
