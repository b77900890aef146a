import { type Bucket, type Counts, MOST_TAILS } from './counts.ts';

/**
 * What is another about counts than it was, each part as it stands afterwards. So changes may be applied to counts that have
 * some of them already: as long as none of the newest is missing, the newest stand.
 */
export type Change = readonly [
  fine: readonly Bucket[],
  hours: readonly Bucket[],
  tails: readonly Tail[],
  rest?: { readonly [part in Rest]?: Counts[part] | null },
];
type Tail = NonNullable<Counts['tails']>[number];
type Rest = Exclude<keyof Counts, 'fine' | 'hours' | 'tails'>;

/** Every part there is: one that were left out would be lost in a crash. */
const IS_REST: { readonly [part in Rest]: true } = {
  brake: true,
  tried: true,
  seconds: true,
  apart: true,
  elsewhere: true,
};
const REST = Object.keys(IS_REST) as readonly Rest[];

/** `before` and `after` share what did not change: they are compared by identity. */
export function changeOf(before: Counts | null, after: Counts): Change {
  const fine = newBuckets(before?.fine ?? [], after.fine);
  const hours = newBuckets(before?.hours ?? [], after.hours);
  const tails = newTails(before?.tails ?? [], after.tails ?? []);
  let rest: Record<string, unknown> | null = null;
  for (const part of REST) {
    if (after[part] === before?.[part]) continue;
    rest ??= {};
    rest[part] = after[part] ?? null;
  }
  return rest === null ? [fine, hours, tails] : [fine, hours, tails, rest as Change[3] & {}];
}

export function changed(counts: Counts | null, [fine, hours, tails, rest = {}]: Change): Counts {
  const next: { -readonly [part in keyof Counts]: Counts[part] } & Record<string, unknown> = {
    ...counts,
    fine: withBuckets(counts?.fine ?? [], fine),
    hours: withBuckets(counts?.hours ?? [], hours),
  };
  if (tails.length > 0) {
    const others = (counts?.tails ?? []).filter((one) => !tails.some((tail) => isSame(one, tail)));
    next.tails = [...others, ...tails].slice(-MOST_TAILS);
  }
  for (const [part, value] of Object.entries(rest)) {
    if (value === null) delete next[part];
    else next[part] = value;
  }
  return next as Counts;
}

function newBuckets(before: readonly Bucket[], after: readonly Bucket[]): readonly Bucket[] {
  const found: Bucket[] = [];
  let at = 0;
  for (const bucket of after) {
    while ((before[at]?.[0] ?? Number.POSITIVE_INFINITY) < bucket[0]) at += 1;
    if (before[at] !== bucket) found.push(bucket);
  }
  return found;
}

/** They are only ever added at the end, and let go of at the beginning. */
function newTails(before: readonly Tail[], after: readonly Tail[]): readonly Tail[] {
  const last = before.at(-1);
  return last === undefined ? after : after.slice(after.lastIndexOf(last) + 1);
}

const isSame = (a: Tail, b: Tail): boolean => a[0] === b[0] && a[1] === b[1];

function withBuckets(before: readonly Bucket[], added: readonly Bucket[]): readonly Bucket[] {
  if (added.length === 0) return before;
  const kept = before.filter(([index]) => !added.some((bucket) => bucket[0] === index));
  return [...kept, ...added].sort((a, b) => a[0] - b[0]);
}
