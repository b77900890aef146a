import assert from 'node:assert/strict';
import test from 'node:test';
import { addDurations, type Gathering, noteDuration, packed, percentileMs, roughMs } from './durations.ts';

test('durations keep two digits, and their order', () => {
  assert.deepEqual(
    [0, 9, 10, 99, 100, 101, 109, 110, 1_234, 98_765, 172_800_000].map(roughMs),
    [0, 9, 10, 99, 100, 100, 100, 110, 1_200, 98_000, 170_000_000],
  );
  assert.equal(roughMs(-5), 0);
  for (let ms = 0; ms < 20_000; ms += 7) assert.ok(roughMs(ms) <= roughMs(ms + 7));
});

test('a percentile of what is kept is the exact one, rounded, also of durations that were added up', () => {
  let seed = 1;
  const draw = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % 400_000;
  };
  for (const count of [1, 2, 3, 10, 999]) {
    const values = Array.from({ length: count }, draw);
    const [one, other]: [Gathering, Gathering] = [new Map(), new Map()];
    for (const [i, ms] of values.entries()) noteDuration(i % 3 === 0 ? one : other, ms);
    addDurations(one, packed(other));
    addDurations(one, packed(new Map()));
    const sorted = values.toSorted((a, b) => a - b);
    for (const share of [0.01, 0.5, 0.95, 1]) {
      const exact = sorted[Math.max(1, Math.ceil(count * share)) - 1] ?? 0;
      assert.equal(percentileMs(one, share), roughMs(exact), `${share} of ${count}`);
    }
  }
  assert.equal(percentileMs(new Map(), 0.5), null);
});
