import { stopwatchMs } from '../../kernel/clock.ts';

const POLL_MS = 1_000; // what other nodes did is seen by looking
const PAUSE_MS = 50; // under load, many changes are told as one

/** Tells its listeners that something may have changed: at once for this process, every second for other nodes. */
export type Changes = {
  subscribe(listener: () => void): () => void;
};

/** Costs nothing while nobody listens. */
export function changesOf(watch: (listener: () => void) => () => void): Changes {
  const listeners = new Set<() => void>();
  let stop: (() => void) | null = null;

  function tell(): void {
    for (const listener of listeners) listener();
  }

  function start(): () => void {
    let lastToldMs = -PAUSE_MS;
    let soon: NodeJS.Timeout | null = null;
    const now = () => {
      soon = null;
      lastToldMs = stopwatchMs();
      tell();
    };
    const unwatch = watch(() => {
      soon ??= setTimeout(now, Math.max(0, lastToldMs + PAUSE_MS - stopwatchMs()));
    });
    const poll = setInterval(tell, POLL_MS);
    return () => {
      unwatch();
      clearInterval(poll);
      if (soon !== null) clearTimeout(soon);
    };
  }

  return {
    subscribe(listener) {
      const mine = () => listener(); // the same function may listen twice
      listeners.add(mine);
      stop ??= start();
      return () => {
        listeners.delete(mine);
        if (listeners.size > 0) return;
        stop?.();
        stop = null;
      };
    },
  };
}
