import assert from 'node:assert/strict';
import { test } from 'node:test';
import { monotonic, stopwatchMs, systemClock } from './clock.ts';

test('a clock that is set back stands still until the machine has caught up', () => {
  const readings = [100, 105, 40, 104, 105, 106];
  const clock = monotonic(() => readings.shift() ?? 0);
  assert.deepEqual([clock(), clock(), clock(), clock(), clock(), clock()], [100, 105, 105, 105, 105, 106]);
});

test('the system clock tells milliseconds since the epoch, the stopwatch only ever goes on', () => {
  assert.ok(Math.abs(systemClock() - Date.now()) < 1_000 && Number.isInteger(systemClock()));
  const first = stopwatchMs();
  assert.ok(stopwatchMs() >= first);
});
