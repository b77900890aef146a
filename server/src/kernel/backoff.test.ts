import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { backoffMs } from './backoff.ts';

test('waits double from the first and stop growing at the most', () => {
  const waits = [0, 1, 2, 3, 4, 5, 6, 7].map((attempt) => backoffMs(attempt, 500, 10_000, 0));
  assert.deepEqual(waits, [500, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  assert.equal(backoffMs(5_000, 500, 10_000, 0), 10_000);
});

test('chance takes off a quarter at most', () => {
  const property = fc.property(fc.nat(100), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, spread) => {
    const full = backoffMs(attempt, 500, 30_000, 0);
    const wait = backoffMs(attempt, 500, 30_000, spread);
    assert.ok(Number.isInteger(wait) && wait <= full && wait >= Math.floor(full * 0.75));
  });
  fc.assert(property);
});
