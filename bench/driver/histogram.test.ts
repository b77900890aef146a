import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram } from './histogram.ts';
import { recipient } from './numbers.ts';

test('quantiles are within 1.6 percent of the exact ones', () => {
  const histogram = new Histogram();
  for (let us = 1; us <= 100_000; us++) histogram.recordMs(us / 1000);
  for (const share of [0.01, 0.5, 0.95, 0.99, 0.999]) {
    const exactMs = share * 100;
    assert.ok(Math.abs(histogram.quantileMs(share) - exactMs) <= exactMs * 0.016 + 0.001, `${share}`);
  }
  assert.equal(histogram.summary().maxMs, 100);
  assert.ok(Math.abs(histogram.summary().meanMs - 50) < 0.01);
});

test('an empty histogram answers zero', () => {
  assert.equal(new Histogram().quantileMs(0.99), 0);
});

test('the first million recipients differ', () => {
  const seen = new Set<string>();
  for (let n = 0; n < 1_000_000; n++) seen.add(recipient(n));
  assert.equal(seen.size, 1_000_000);
});
