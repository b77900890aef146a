/**
 * How often each duration was seen, in milliseconds rounded down to two significant digits. Rounding keeps the order, so
 * a percentile of what is kept is the exact percentile, rounded as it is shown; and any two of these can be added up.
 */
export type Durations = ReadonlyMap<number, number>;
export type Gathering = Map<number, number>;
/** The same as a text, which costs nothing to read as long as nobody asks for it: `ms.count` in base 36, with spaces between. */
export type PackedDurations = string;

/** Down to two significant digits: 1234 becomes 1200. What is negative, by a clock set back, counts as 0. */
export function roughMs(ms: number): number {
  const whole = Math.max(0, Math.floor(ms));
  let step = 1;
  while (whole / step >= 100) step *= 10;
  return Math.floor(whole / step) * step;
}

export function noteDuration(into: Gathering, ms: number): void {
  const rough = roughMs(ms);
  into.set(rough, (into.get(rough) ?? 0) + 1);
}

export function addDurations(into: Gathering, more: Durations | PackedDurations): void {
  if (typeof more !== 'string') {
    for (const [ms, count] of more) into.set(ms, (into.get(ms) ?? 0) + count);
    return;
  }
  if (more === '') return;
  for (const pair of more.split(' ')) {
    const at = pair.indexOf('.');
    const ms = Number.parseInt(pair, BASE);
    into.set(ms, (into.get(ms) ?? 0) + Number.parseInt(pair.slice(at + 1), BASE));
  }
}

const BASE = 36;

export const packed = (durations: Durations): PackedDurations =>
  [...durations].map(([ms, count]) => `${ms.toString(BASE)}.${count.toString(BASE)}`).join(' ');

/** The least duration that `share` (0 to 1) of all do not exceed (nearest rank); null when there are none. */
export function percentileMs(durations: Durations, share: number): number | null {
  const sorted = [...durations].sort(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  let left = Math.max(1, Math.ceil(total * share));
  for (const [ms, count] of sorted) {
    left -= count;
    if (left <= 0) return ms;
  }
  return null;
}
