import assert from 'node:assert/strict';
import test from 'node:test';
import {
  type Bucket,
  type Counts,
  HOUR_MS,
  NOTHING,
  neighbours,
  noteTail,
  usualUnverified,
} from './counts.ts';

const WEEK_MS = 168 * HOUR_MS;
const NOW_MS = 500_000 * HOUR_MS + 12_345;

/** As the words say it: every hour of the week, quiet ones as nothing, in order. */
function plainly(parts: readonly Counts[]): number {
  const all = Array.from({ length: 168 }, (_, back) => {
    const hour = 500_000 - 1 - back;
    return parts
      .flatMap(({ hours }) => hours.filter(([index]) => index === hour))
      .reduce((sum, [, sends, verified]) => sum + sends - verified, 0);
  });
  return all.sort((a, b) => a - b)[Math.floor(168 * 0.95)] ?? 0;
}

test('the usual of a week is what 95 of 100 of its hours have at most, however few hours were busy', () => {
  let seed = 7;
  const below = (most: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % most;
  };
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (let round = 0; round < 500; round += 1) {
    const part = (): Counts => {
      const busy = 1 + below(170);
      const hours: Bucket[] = [];
      for (let hour = 499_830; hour <= 500_000; hour += 1) {
        if (below(170) >= busy) continue;
        const sends = below(40);
        hours.push([hour, sends, below(sends + 1), 0, 0, 0]);
      }
      return { ...NOTHING, hours };
    };
    const parts = Array.from({ length: 1 + below(3) }, part);
    const usual = usualUnverified(parts, WEEK_MS, NOW_MS);
    assert.equal(usual, plainly(parts));
    [least, most] = [Math.min(least, usual), Math.max(most, usual)];
  }
  assert.equal(least, 0);
  assert.ok(most > 20);
});

test('a number stands alone until others near it are sent a code', () => {
  assert.equal(neighbours([NOTHING], 500, 3, NOW_MS), 1);
  const three = [497, 503, 900].reduce((counts, tail) => noteTail(counts, tail, NOW_MS), NOTHING);
  assert.equal(neighbours([three], 500, 3, NOW_MS), 3);
  assert.equal(neighbours([three], 700, 3, NOW_MS), 1);
  assert.equal(neighbours([three], 500, 3, NOW_MS + HOUR_MS), 1);
});
