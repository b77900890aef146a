import type { Log } from '../kernel/log.ts';

export type Periodic = { start(): void; stop(): Promise<void> };

/** What fails again and again is logged this seldom: a database that is away would fill the log otherwise. */
const REMIND_MS = 60_000;

/** Runs `work` every `everyMs`, never twice at once. What fails is logged and tried again next time. */
export function periodic(name: string, everyMs: number, work: () => Promise<unknown>, log: Log): Periodic {
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<unknown> = Promise.resolve();
  let stopped = false;
  let failures = 0;
  const remindEvery = Math.max(1, Math.round(REMIND_MS / everyMs));
  const failed = (error: unknown): void => {
    if (failures % remindEvery === 0) log.error(`${name}.failed`, { failures: failures + 1 }, error);
    failures += 1;
  };
  const succeeded = (): void => {
    if (failures > 0) log.info(`${name}.recovered`, { failures });
    failures = 0;
  };
  const schedule = (): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      running = work().then(succeeded, failed).finally(schedule);
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
