import type { Log } from '../kernel/log.ts';

export type Periodic = { start(): void; stop(): Promise<void> };

/** Runs `work` every `everyMs`, never twice at once. What fails is logged and tried again next time. */
export function periodic(name: string, everyMs: number, work: () => Promise<unknown>, log: Log): Periodic {
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<unknown> = Promise.resolve();
  let stopped = false;
  const schedule = (): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      running = work()
        .catch((error: unknown) => log.error(`${name}.failed`, {}, error))
        .finally(schedule);
    }, everyMs);
    timer.unref();
  };
  return {
    start: schedule,
    async stop() {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      await running;
    },
  };
}
