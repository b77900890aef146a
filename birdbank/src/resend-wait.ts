const WAITS_MS = [30_000, 60_000, 120_000] as const;

/** How long after the last sending the next may be asked for: longer each time. `sends` counts from 1. */
export function resendWaitMs(sends: number): number {
  return WAITS_MS[Math.max(0, sends - 1)] ?? 120_000;
}
