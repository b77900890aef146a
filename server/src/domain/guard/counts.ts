/**
 * What has been counted about one subject (a block of numbers, a country, an access key, a network), in buckets of
 * time. A verification that succeeds is counted in the bucket in which its code was sent, so that what a bucket
 * still lacks of verified is what was sent for nothing.
 */
export type Counts = {
  /** Buckets of five minutes, of the last hour, newest last. */
  readonly fine: readonly Bucket[];
  /** Buckets of an hour, newest last. */
  readonly hours: readonly Bucket[];
  /** The conversion brake of this subject, when it ever closed. */
  readonly brake?: Brake;
  /** Sendings of the last two seconds: pairs of second and number. */
  readonly seconds?: readonly (readonly [second: number, sends: number])[];
  /** The last four digits of numbers that were sent a code, with the minute, newest last. */
  readonly tails?: readonly (readonly [minute: number, tail: number])[];
};

/** Micros are millionths of the price book's currency. */
export type Bucket = readonly [
  index: number,
  sends: number,
  verified: number,
  checks: number,
  wrong: number,
  micros: number,
];
export type Column = 'sends' | 'verified' | 'checks' | 'wrong' | 'micros';

export type Brake = {
  readonly closedAtMs: number;
  /** From then on probes are let through. */
  readonly untilMs: number;
  /** Times in a row that it closed; each doubles the time. */
  readonly times: number;
  /** Sendings let through since it reopened, until one of them is verified. */
  readonly probes: number;
  /** Whether a probe was verified: open again, and only what came after this counts. */
  readonly healedAtMs: number | null;
};

export const FINE_MS = 300_000;
export const HOUR_MS = 3_600_000;
const MOST_FINE = 13; // an hour, and the bucket that is under way
const MOST_TAILS = 24;
const PLACE = { sends: 1, verified: 2, checks: 3, wrong: 4, micros: 5 } as const satisfies Record<
  Column,
  number
>;

export const NOTHING: Counts = { fine: [], hours: [] };

/** Counts something that happened at `atMs`, no earlier than the buckets reach back. `mostHours` bounds them. */
export function count(
  counts: Counts,
  what: { readonly [column in Column]?: number },
  atMs: number,
  nowMs: number,
  mostHours: number,
): Counts {
  return {
    ...counts,
    fine: added(counts.fine, Math.floor(atMs / FINE_MS), Math.floor(nowMs / FINE_MS) - MOST_FINE, what),
    hours: added(counts.hours, Math.floor(atMs / HOUR_MS), Math.floor(nowMs / HOUR_MS) - mostHours - 1, what),
  };
}

function added(
  buckets: readonly Bucket[],
  index: number,
  forgotten: number,
  what: { readonly [column in Column]?: number },
): readonly Bucket[] {
  if (index <= forgotten) return buckets;
  const last = buckets.at(-1);
  const place =
    last !== undefined && last[0] === index ? buckets.length - 1 : buckets.findIndex((b) => b[0] >= index);
  const found = buckets[place];
  const before: Bucket = found !== undefined && found[0] === index ? found : [index, 0, 0, 0, 0, 0];
  const after: Bucket = [
    index,
    before[1] + (what.sends ?? 0),
    before[2] + (what.verified ?? 0),
    before[3] + (what.checks ?? 0),
    before[4] + (what.wrong ?? 0),
    before[5] + (what.micros ?? 0),
  ];
  const kept =
    buckets[0] !== undefined && buckets[0][0] <= forgotten
      ? buckets.filter((b) => b[0] > forgotten)
      : buckets;
  const others = kept.filter((b) => b[0] !== index);
  const at = others.findIndex((b) => b[0] > index);
  return at < 0 ? [...others, after] : [...others.slice(0, at), after, ...others.slice(at)];
}

/** The sum of a column over the buckets that reach into the last `windowMs`; an hour at most where `fine`. */
export function sum(parts: readonly Counts[], column: Column, windowMs: number, nowMs: number): number {
  const isFine = windowMs <= HOUR_MS;
  const oldest = Math.floor((nowMs - windowMs) / (isFine ? FINE_MS : HOUR_MS));
  return sumFrom(parts, column, isFine, oldest, Number.POSITIVE_INFINITY);
}

/** The same, of buckets that ended before the last `skipMs`: what was sent just now may still be verified. */
export function sumBefore(
  parts: readonly Counts[],
  column: Column,
  {
    windowMs,
    skipMs,
    sinceMs,
  }: { readonly windowMs: number; readonly skipMs: number; readonly sinceMs: number },
  nowMs: number,
): number {
  const oldest = Math.max(Math.floor((nowMs - windowMs) / HOUR_MS), Math.ceil(sinceMs / HOUR_MS));
  const whole = sumFrom(parts, column, false, oldest, Number.POSITIVE_INFINITY);
  // Fine buckets of the same time are taken off again, and those of before `sinceMs` within its hour put on.
  const fresh = Math.floor((nowMs - skipMs) / FINE_MS);
  const young = sumFrom(
    parts,
    column,
    true,
    Math.max(fresh, oldest * (HOUR_MS / FINE_MS)),
    Number.POSITIVE_INFINITY,
  );
  const edge =
    sinceMs > 0
      ? sumFrom(parts, column, true, Math.ceil(sinceMs / FINE_MS), oldest * (HOUR_MS / FINE_MS))
      : 0;
  return Math.max(0, whole - young + edge);
}

function sumFrom(
  parts: readonly Counts[],
  column: Column,
  isFine: boolean,
  from: number,
  to: number,
): number {
  const place = PLACE[column];
  let total = 0;
  for (const { fine, hours } of parts) {
    for (const bucket of isFine ? fine : hours) {
      if (bucket[0] >= from && bucket[0] < to) total += bucket[place];
    }
  }
  return total;
}

/** When the oldest bucket that counts in a window leaves it: the first moment at which the sum can be less. */
export function easesAtMs(parts: readonly Counts[], column: Column, windowMs: number, nowMs: number): number {
  const isFine = windowMs <= HOUR_MS;
  const size = isFine ? FINE_MS : HOUR_MS;
  const oldest = Math.floor((nowMs - windowMs) / size);
  const place = PLACE[column];
  const held = parts.flatMap(({ fine, hours }) =>
    (isFine ? fine : hours)
      .filter((bucket) => bucket[0] >= oldest && bucket[place] > 0)
      .map(([index]) => index),
  );
  if (held.length === 0) return nowMs + size;
  return Math.max((Math.min(...held) + 1) * size + windowMs, nowMs + 1000);
}

/** Of each hour that ended within `windowMs`, what was sent and not verified: 95 of 100 of them have at most this. */
export function usualUnverified(parts: readonly Counts[], windowMs: number, nowMs: number): number {
  const now = Math.floor(nowMs / HOUR_MS);
  const oldest = Math.floor((nowMs - windowMs) / HOUR_MS);
  const byHour = new Map<number, number>();
  for (const { hours } of parts) {
    for (const [index, sends, verified] of hours) {
      if (index >= oldest && index < now) byHour.set(index, (byHour.get(index) ?? 0) + sends - verified);
    }
  }
  const quiet = Math.max(0, now - oldest - byHour.size);
  const all = [...Array<number>(quiet).fill(0), ...[...byHour.values()].sort((a, b) => a - b)];
  return all[Math.min(all.length - 1, Math.floor(all.length * 0.95))] ?? 0;
}

/** Notes a sending for the limits by the second. */
export function tick(counts: Counts, nowMs: number): Counts {
  const second = Math.floor(nowMs / 1000);
  const kept = (counts.seconds ?? []).filter(([at]) => at >= second - 1 && at !== second);
  const before = counts.seconds?.find(([at]) => at === second)?.[1] ?? 0;
  return { ...counts, seconds: [...kept, [second, before + 1]] };
}

/** Sendings of this second and the one before. */
export function inTwoSeconds(parts: readonly Counts[], nowMs: number): number {
  const second = Math.floor(nowMs / 1000);
  let total = 0;
  for (const { seconds = [] } of parts) for (const [at, n] of seconds) if (at >= second - 1) total += n;
  return total;
}

/** Notes the end of a number that was sent a code. Which block it is of, the subject's keyed hash alone tells. */
export function noteTail(counts: Counts, tail: number, nowMs: number): Counts {
  const minute = Math.floor(nowMs / 60_000);
  const kept = (counts.tails ?? []).filter(([at]) => at > minute - 60);
  return { ...counts, tails: [...kept, [minute, tail] as const].slice(-MOST_TAILS) };
}

/** Numbers of the last hour that stand within `gap` of another one, this one included: 1 when it stands alone. */
export function neighbours(parts: readonly Counts[], tail: number, gap: number, nowMs: number): number {
  const minute = Math.floor(nowMs / 60_000);
  const recent = parts.flatMap(({ tails = [] }) =>
    tails.filter(([at]) => at > minute - 60).map(([, n]) => n),
  );
  const all = [...new Set([...recent, tail])].sort((a, b) => a - b);
  let run = 1;
  const at = all.indexOf(tail);
  for (let i = at; i > 0 && (all[i] ?? 0) - (all[i - 1] ?? 0) <= gap; i -= 1) run += 1;
  for (let i = at; i < all.length - 1 && (all[i + 1] ?? 0) - (all[i] ?? 0) <= gap; i += 1) run += 1;
  return run;
}
