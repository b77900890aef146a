import assert from 'node:assert/strict';
import test from 'node:test';
import { changed, changeOf } from './change.ts';
import { type Counts, count, NOTHING, noteElsewhere, noteTail, tick } from './counts.ts';

const HOUR_MS = 3_600_000;
/** A walk that is the same each time. */
const walk = (seed: number) => () => {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed / 2_147_483_647;
};

function step(counts: Counts, chance: () => number, nowMs: number): Counts {
  const draw = chance();
  if (draw < 0.4) return count(counts, { sends: 1, micros: 7 }, nowMs, nowMs, 24);
  if (draw < 0.6) return count(counts, { verified: 1 }, nowMs - chance() * HOUR_MS, nowMs, 24);
  if (draw < 0.75) return noteTail(counts, Math.floor(chance() * 30), nowMs);
  if (draw < 0.8) return tick(counts, nowMs);
  if (draw < 0.85) return noteElsewhere(counts, 1, nowMs);
  if (draw < 0.9) return { ...counts, apart: { is: draw < 0.87, sinceMs: nowMs } };
  if (draw < 0.95) {
    const brake = { closedAtMs: nowMs, untilMs: nowMs + 1, times: 1, probes: 0, healedAtMs: null };
    return draw < 0.93 ? { ...counts, brake } : { ...counts, tried: { 'a draft': brake } };
  }
  const { brake: _, ...without } = counts;
  return without;
}

/** What a window of an hour or a day can see: older buckets may stay or go. */
const seen = ({ fine, hours, tails = [], ...rest }: Counts, nowMs: number) => ({
  ...rest,
  fine: fine.filter(([index]) => index > Math.floor(nowMs / 300_000) - 13),
  hours: hours.filter(([index]) => index > Math.floor(nowMs / HOUR_MS) - 25),
  tails: tails
    .filter(([minute]) => minute > Math.floor(nowMs / 60_000) - 60)
    .map(([minute, tail]) => `${minute} ${tail}`)
    .sort(),
});

test('changes in their order, put on counts that have some of them already, give the counts as they are', () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const chance = walk(seed);
    const states: Counts[] = [NOTHING];
    const changes = [];
    let nowMs = Date.UTC(2026, 0, 1);
    for (let i = 0; i < 120; i += 1) {
      nowMs += chance() * 20 * 60_000;
      const before = states.at(-1) as Counts;
      const after = step(before, chance, nowMs);
      changes.push(changeOf(before, after));
      states.push(after);
    }
    const last = states.at(-1) as Counts;
    for (const from of [0, 30, 119, 120]) {
      // Each change has been through the file.
      const told = JSON.parse(JSON.stringify(changes.slice(Math.max(0, from - 25)))) as typeof changes;
      const again = told.reduce(changed, states[from] as Counts);
      const mine = seen(again, nowMs);
      const wanted = seen(last, nowMs);
      assert.deepEqual(
        wanted.tails.filter((tail) => !mine.tails.includes(tail)),
        [],
      );
      assert.deepEqual({ ...mine, tails: [] }, { ...wanted, tails: [] });
    }
  }
});

test('a change names only the buckets that are other ones', () => {
  const nowMs = Date.UTC(2026, 0, 1);
  let counts = NOTHING;
  for (let hour = 0; hour < 20; hour += 1)
    counts = count(counts, { sends: 1 }, nowMs + hour * HOUR_MS, nowMs + hour * HOUR_MS, 24);
  const laterMs = nowMs + 20 * HOUR_MS;
  const [fine, hours, tails, rest] = changeOf(counts, count(counts, { sends: 1 }, laterMs, laterMs, 24));
  assert.deepEqual([fine.length, hours.length, tails.length, rest], [1, 1, 0, undefined]);
});
