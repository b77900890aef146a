import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** Of a busy process a background work takes one part in so many; of an idle one much more. */
const BUSY_PARTS = 40;
const IDLE_PARTS = 3;
const BUSY_FROM = 0.5;
const LEAST_MS = 1;

/**
 * Rests between the steps of a work that nobody waits for: after each for so many times as long as the step took that
 * others lose next to nothing by it, and for less while the process has little else to do.
 */
export function createPace(): (workedMs: number) => Promise<void> {
  let before: EventLoopUtilization = performance.eventLoopUtilization();
  return async (workedMs) => {
    const now = performance.eventLoopUtilization();
    const { active, idle } = performance.eventLoopUtilization(now, before);
    before = now;
    // What was worked here is no sign that others are busy.
    const others = Math.max(0, active - workedMs);
    const isBusy = others / Math.max(1, others + idle) >= BUSY_FROM;
    await sleep(Math.max(LEAST_MS, workedMs * (isBusy ? BUSY_PARTS - 1 : IDLE_PARTS - 1)));
  };
}
