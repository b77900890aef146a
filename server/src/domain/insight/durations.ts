/**
 * How often each duration was seen, in milliseconds rounded down to two significant digits. Rounding keeps the order, so
 * a percentile of what is kept is the exact percentile, rounded as it is shown; and any two of these can be added up.
 */
export type Durations = { readonly [ms: string]: number };
export type Gathering = { [ms: string]: number };

/** Down to two significant digits: 1234 becomes 1200. What is negative, by a clock set back, counts as 0. */
export function roughMs(ms: number): number {
  const whole = Math.max(0, Math.floor(ms));
  let step = 1;
  while (whole / step >= 100) step *= 10;
  return Math.floor(whole / step) * step;
}

export function noteDuration(into: Gathering, ms: number): void {
  const rough = roughMs(ms);
  into[rough] = (into[rough] ?? 0) + 1;
}

export function addDurations(into: Gathering, more: Durations): void {
  for (const [ms, count] of Object.entries(more)) into[ms] = (into[ms] ?? 0) + count;
}

/** The least duration that `share` (0 to 1) of all do not exceed (nearest rank); null when there are none. */
export function percentileMs(durations: Durations, share: number): number | null {
  const sorted = Object.entries(durations)
    .map(([ms, count]) => [Number(ms), count] as const)
    .sort(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  let left = Math.max(1, Math.ceil(total * share));
  for (const [ms, count] of sorted) {
    left -= count;
    if (left <= 0) return ms;
  }
  return null;
}
