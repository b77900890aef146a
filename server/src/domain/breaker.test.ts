import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calm, isTroubled, noteOutcomes, takeProbe } from './breaker.ts';

const START = 1_000_000;
const FAILED = { failures: 1, successes: 0 };
const TAKEN = { failures: 0, successes: 1 };
const failing = (times: number, from = calm('x', START), nowMs = START) => {
  let breaker = from;
  for (let i = 0; i < times; i += 1) breaker = noteOutcomes(breaker, FAILED, nowMs);
  return breaker;
};

test('five failures within a minute open it, and four do not', () => {
  assert.equal(failing(4).state, 'closed');
  assert.equal(failing(5).state, 'open');
});

test('failures of an earlier minute do not count', () => {
  const later = noteOutcomes(failing(4), FAILED, START + 60_000);
  assert.deepEqual([later.state, later.failures], ['closed', 1]);
});

test('a few failures among many successes do not open it', () => {
  const busy = noteOutcomes(calm('x', START), { failures: 40, successes: 60 }, START);
  assert.equal(busy.state, 'closed');
  assert.equal(noteOutcomes(busy, { failures: 20, successes: 0 }, START).state, 'open');
});

test('after its pause one probe at a time is let through; a success closes it, a failure doubles the pause', () => {
  const open = failing(5);
  assert.equal(takeProbe(open, open.untilMs - 1), null);
  const probing = takeProbe(open, open.untilMs);
  assert.ok(probing !== null && probing.state === 'probing');
  assert.equal(takeProbe(probing, open.untilMs), null, 'somebody else has it');
  assert.equal(takeProbe(probing, probing.untilMs)?.state, 'probing', 'nobody used it');
  assert.equal(noteOutcomes(probing, TAKEN, open.untilMs).state, 'closed');
  const again = noteOutcomes(probing, FAILED, open.untilMs);
  assert.equal(again.state, 'open');
  assert.equal(again.untilMs - open.untilMs, 2 * (open.untilMs - START));
});

test('the pause grows to five minutes and no further', () => {
  let breaker = failing(5);
  for (let i = 0; i < 20; i += 1) {
    const probing = takeProbe(breaker, breaker.untilMs);
    assert.ok(probing !== null);
    const nowMs = breaker.untilMs;
    breaker = noteOutcomes(probing, FAILED, nowMs);
    assert.ok(breaker.untilMs - nowMs <= 300_000);
  }
});

test('what was begun before it opened changes nothing', () => {
  const open = failing(5);
  assert.equal(noteOutcomes(open, FAILED, START), open);
  assert.equal(noteOutcomes(open, TAKEN, START), open);
});

test('successes matter only while there is trouble', () => {
  assert.equal(isTroubled(undefined, START), false);
  assert.equal(isTroubled(calm('x', START), START), false);
  assert.equal(isTroubled(failing(1), START), true);
  assert.equal(isTroubled(failing(1), START + 60_000), false);
});
