import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guess } from '../../../bench/traffic/guessing.ts';
import { lockOut } from '../../../bench/traffic/lock-out.ts';
import { type PumpingName, pump } from '../../../bench/traffic/pumping.ts';

// The whole of it, over five seeds: node bench/traffic/run.ts
const SMALL = { here: 30, elsewhere: 12, hours: 6 };
const SHARES = { burst: 0.02, drip: 0.05, spread: 0.02 } as const satisfies Partial<
  Record<PumpingName, number>
>;

for (const [name, share] of Object.entries(SHARES) as [keyof typeof SHARES, number][]) {
  test(`in the beginning of a ${name}, at most 60 messages leave and ordinary users go on as ever`, async () => {
    const figures = await pump(name, 1, { ...SMALL, share });
    assert.ok(figures.isGood, JSON.stringify(figures));
    assert.ok(figures.sent > 0 && figures.asked > figures.sent, JSON.stringify(figures));
    assert.ok(figures.verified >= 20, JSON.stringify(figures));
  });
}

// Stops the budget from being renewed by another spelling, channel or key, or by a restart.
test('with all the patience of three days at most ten guesses a day are judged', async () => {
  const figures = await guess(1, 3);
  assert.ok(figures.isGood, JSON.stringify(figures));
});

// Stops a lock-out from being a way to shut somebody out.
test('a victim in a known place is admitted at the first try while strangers from a hundred places fail', async () => {
  const figures = await lockOut(1, 2, 150);
  assert.ok(figures.isGood, JSON.stringify(figures));
});
