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
  /** The brakes of rules that are only tried beside one in force, by their names. */
  readonly tried?: { readonly [rule: string]: Brake };
  /** Sendings of the last two seconds: pairs of second and number. */
  readonly seconds?: readonly (readonly [second: number, sends: number])[];
  /** Of a block: whether what is sent to it is counted apart from its country, and since when it is or is no more. */
  readonly apart?: Apart;
  /** Of a country: what was sent to blocks that are counted apart, by hour. */
  readonly elsewhere?: readonly (readonly [hour: number, sends: number])[];
  /** Places within the block of numbers that were sent a code, with the minute, newest last. */
  readonly tails?: readonly (readonly [minute: number, tail: number])[];
};

export type Counted = {
  /** This node's own part, then those of others. */
  readonly own: Counts;
  readonly others: readonly Counts[];
};

/** Micros are millionths of the price book's currency. */
export type Bucket = readonly [
  index: number,
  sends: number,
  verified: number,
  checks: number,
  wrong: number,
  micros: number,
  refused?: number,
];
export type Column = 'sends' | 'verified' | 'checks' | 'wrong' | 'micros' | 'refused';
export type Apart = { readonly is: boolean; readonly sinceMs: number };

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
  /** What was asked for in the ten minutes before it closed, sent or refused; where the rule looks at it. */
  readonly pace?: number;
};

const FINE_MS = 300_000;
export const HOUR_MS = 3_600_000;
const MOST_FINE = 13; // an hour, and the bucket that is under way
/** Numbers of a block that are remembered. */
export const MOST_TAILS = 24;
const PLACE = { sends: 1, verified: 2, checks: 3, wrong: 4, micros: 5, refused: 6 } as const satisfies Record<
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
    ...refusedOf((before[6] ?? 0) + (what.refused ?? 0)),
  ];
  const isNewest = found === undefined || (place === buckets.length - 1 && found[0] === index);
  if (isNewest && (buckets[0]?.[0] ?? index) > forgotten) {
    const next = buckets.slice();
    next[found === undefined ? buckets.length : place] = after;
    return next;
  }
  const kept =
    buckets[0] !== undefined && buckets[0][0] <= forgotten
      ? buckets.filter((b) => b[0] > forgotten)
      : buckets;
  const others = kept.filter((b) => b[0] !== index);
  const at = others.findIndex((b) => b[0] > index);
  return at < 0 ? [...others, after] : [...others.slice(0, at), after, ...others.slice(at)];
}

/** Most buckets refuse nothing, and are written without it. */
const refusedOf = (refused: number): [] | [number] => (refused === 0 ? [] : [refused]);

/** Takes off what `other` counted since `sinceMs`, sent and verified. */
export function less(counts: Counts, other: Counts, sinceMs: number): Counts {
  const off = (mine: readonly Bucket[], theirs: readonly Bucket[], sizeMs: number): readonly Bucket[] => {
    const from = Math.ceil(sinceMs / sizeMs);
    return theirs
      .filter(([index]) => index >= from)
      .reduce(
        (left, [index, sends, verified]) =>
          left.some((one) => one[0] === index)
            ? added(left, index, 0, { sends: -sends, verified: -verified })
            : left,
        mine,
      );
  };
  return {
    ...counts,
    fine: off(counts.fine, other.fine, FINE_MS),
    hours: off(counts.hours, other.hours, HOUR_MS),
  };
}

/** Notes what is sent to blocks that are counted apart. */
export function noteElsewhere(counts: Counts, sends: number, nowMs: number): Counts {
  const hour = Math.floor(nowMs / HOUR_MS);
  const kept = (counts.elsewhere ?? []).filter(([at]) => at > hour - 24 && at !== hour);
  const before = counts.elsewhere?.find(([at]) => at === hour)?.[1] ?? 0;
  return { ...counts, elsewhere: [...kept, [hour, before + sends]] };
}

/** What was sent within a day to blocks that are counted apart. */
export function elsewhereOf(parts: readonly Counts[], nowMs: number): number {
  const hour = Math.floor(nowMs / HOUR_MS);
  let total = 0;
  for (const { elsewhere = [] } of parts) for (const [at, n] of elsewhere) if (at > hour - 24) total += n;
  return total;
}

/** The sum of a column over the buckets that reach into the last `windowMs`; an hour at most where `fine`. */
export function sum(
  parts: readonly Counts[],
  column: Column,
  windowMs: number,
  nowMs: number,
  sinceMs = 0,
): number {
  const isFine = windowMs <= HOUR_MS;
  const size = isFine ? FINE_MS : HOUR_MS;
  const oldest = Math.floor(Math.max(nowMs - windowMs, sinceMs) / size);
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
      if (bucket[0] >= from && bucket[0] < to) total += bucket[place] ?? 0;
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
      .filter((bucket) => bucket[0] >= oldest && (bucket[place] ?? 0) > 0)
      .map(([index]) => index),
  );
  if (held.length === 0) return nowMs + size;
  return Math.max((Math.min(...held) + 1) * size + windowMs, nowMs + 1000);
}

/** Of each hour that ended within `windowMs`, what was sent and not verified: 95 of 100 of them have at most this. */
export function usualUnverified(parts: readonly Counts[], windowMs: number, nowMs: number): number {
  const now = Math.floor(nowMs / HOUR_MS);
  const oldest = Math.floor((nowMs - windowMs) / HOUR_MS);
  let busy = 0;
  for (const { hours } of parts) for (const [index] of hours) if (index >= oldest && index < now) busy += 1;
  const place = Math.min(now - oldest - 1, Math.floor((now - oldest) * 0.95));
  // Asked for with each code once a limit is reached, and most subjects have more quiet hours than that.
  if (place < now - oldest - busy) return 0;
  const byHour = new Map<number, number>();
  for (const { hours } of parts) {
    for (const [index, sends, verified] of hours) {
      if (index >= oldest && index < now) byHour.set(index, (byHour.get(index) ?? 0) + sends - verified);
    }
  }
  const quiet = now - oldest - byHour.size;
  return place < quiet ? 0 : ([...byHour.values()].sort((a, b) => a - b)[place - quiet] ?? 0);
}

/** Notes a sending for the limits by the second. */
export function tick(counts: Counts, nowMs: number): Counts {
  const second = Math.floor(nowMs / 1000);
  const kept = (counts.seconds ?? []).filter(([at]) => at >= second - 1 && at !== second);
  const before = counts.seconds?.find(([at]) => at === second)?.[1] ?? 0;
  return { ...counts, seconds: [...kept, [second, before + 1]] };
}

/** The same counts with the last two seconds of others. */
export function withSeconds({ seconds: _, ...counts }: Counts, { seconds }: Counts): Counts {
  return seconds === undefined ? counts : { ...counts, seconds };
}

/** Sendings of this second and the one before. */
export function inTwoSeconds(parts: readonly Counts[], nowMs: number): number {
  const second = Math.floor(nowMs / 1000);
  let total = 0;
  for (const { seconds = [] } of parts) for (const [at, n] of seconds) if (at >= second - 1) total += n;
  return total;
}

/** Notes where within its block a number stands that was sent a code. */
export function noteTail(counts: Counts, tail: number, nowMs: number): Counts {
  const minute = Math.floor(nowMs / 60_000);
  const kept = (counts.tails ?? []).filter(([at]) => at > minute - 60);
  return { ...counts, tails: [...kept, [minute, tail] as const].slice(-MOST_TAILS) };
}

/** Numbers of the last hour that stand within `gap` of another one, this one included: 1 when it stands alone. */
export function neighbours(parts: readonly Counts[], tail: number, gap: number, nowMs: number): number {
  if (!parts.some(({ tails }) => tails !== undefined)) return 1;
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
