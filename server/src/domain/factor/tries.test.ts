import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { afterWrong, type Budget, mustWait, type Tries } from './tries.ts';

const TOTP: Budget = { aDay: 10, in30Days: 30 };
const START_MS = Date.UTC(2026, 10, 23);
const DAY_MS = 86_400_000;

/** Guesses wrongly at every moment it may, for so long. Tells when each guess was judged. */
function guessOn(tries: Tries, startMs: number, endMs: number): { tries: Tries; judgedAtMs: number[] } {
  const judgedAtMs: number[] = [];
  let now = tries;
  for (let nowMs = startMs; nowMs < endMs; ) {
    const wait = mustWait(now, TOTP, null, nowMs);
    if (wait !== null) {
      nowMs = wait.facts.retryAtMs ?? endMs;
      continue;
    }
    judgedAtMs.push(nowMs);
    now = afterWrong(now, TOTP, nowMs);
    nowMs += 1;
  }
  return { tries: now, judgedAtMs };
}

test('after five wrong codes in a row the wait is 30 s, and doubles', () => {
  const { judgedAtMs } = guessOn([], START_MS, START_MS + DAY_MS - 1);
  const waits = judgedAtMs.slice(1).map((atMs, i) => atMs - (judgedAtMs[i] ?? 0));
  assert.deepEqual(waits.slice(0, 9), [1, 1, 1, 1, 30_000, 60_000, 120_000, 240_000, 480_000]);
});

// Odds: 3 in a million for each judged guess, so 9 in 100,000 within 30 days.
test('a guesser of unlimited patience has ten guesses judged in any day and thirty in any 30 days', () => {
  const { judgedAtMs } = guessOn([], START_MS, START_MS + 120 * DAY_MS);
  for (const startMs of judgedAtMs) {
    const within = (days: number) =>
      judgedAtMs.filter((atMs) => atMs >= startMs && atMs < startMs + days * DAY_MS).length;
    assert.ok(within(1) <= 10);
    assert.ok(within(30) <= 30);
  }
  assert.ok(judgedAtMs.length >= 100, 'and goes on after that, so nobody is locked out for good');
});

test('the longest wait between two codes of a streak is one hour', () => {
  const budget: Budget = { aDay: 50, in30Days: 50 };
  const tries = Array.from({ length: 40 }, (_, i) => START_MS + i);
  const lastMs = START_MS + 39;
  assert.equal(mustWait(tries, budget, null, lastMs + 3_600_000), null);
  assert.notEqual(mustWait(tries, budget, null, lastMs + 3_599_999), null);
});

test('a right code ends the waiting of the wrong ones before it, whichever factor it was of', () => {
  const { tries } = guessOn([], START_MS, START_MS + 10);
  assert.equal(tries.length, 5);
  assert.notEqual(mustWait(tries, TOTP, null, START_MS + 20), null);
  assert.notEqual(mustWait(tries, TOTP, START_MS, START_MS + 20), mustWait(tries, TOTP, null, START_MS + 20));
  assert.equal(mustWait(tries, TOTP, START_MS + 10, START_MS + 20), null);
});

test('a right code takes nothing off the count of a day', () => {
  const tries = Array.from({ length: 10 }, (_, i) => START_MS + i);
  const refusal = mustWait(tries, TOTP, START_MS + 100, START_MS + 200);
  assert.equal(refusal?.facts.retryAtMs, START_MS + DAY_MS);
});

test('what is remembered never grows past the budget', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 5 * DAY_MS }), { maxLength: 200 }), (gaps) => {
      let tries: Tries = [];
      let nowMs = START_MS;
      for (const gapMs of gaps) {
        nowMs += gapMs;
        tries = afterWrong(tries, TOTP, nowMs);
        assert.ok(tries.length <= TOTP.in30Days);
      }
    }),
  );
});
