import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Failure } from '../kernel/failure.ts';
import { BUDGET_MEMORY_MS, grantAttempts, OPEN_AT_ONCE, WRONG_A_DAY, WRONG_IN_30_DAYS } from './budget.ts';
import { guess, type Open, remove, settle, type Verification } from './verification.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const RIGHT = Buffer.alloc(32, 1);
const WRONG = Buffer.alloc(32, 2);

function open(createdAtMs: number, attemptsLeft: number, lifeMs: number): Open {
  return {
    ...{
      id: 'a'.repeat(32),
      projectId: 'default',
      mode: 'test',
      channel: 'sms',
      recipientKey: 'b'.repeat(32),
    },
    ...{ sealedRecipient: Buffer.alloc(1), originator: 'Code', reference: null, tokenLength: 6 },
    wording: { template: '%token', datacoding: 'plain', language: 'en-gb', voice: 'female', subject: null },
    ...{ messageId: 'c'.repeat(32), createdAtMs, expiresAtMs: createdAtMs + lifeMs },
    ...{
      wrongGuesses: 0,
      lastWrongAtMs: null,
      sealedCode: null,
      codeIsKept: 'until-expiry',
      boundTo: null,
      guard: null,
    },
    ...{ state: 'open', codeDigest: RIGHT, attemptsLeft },
  };
}

function guessed(v: Verification, times: number, atMs: number): Verification {
  return times === 0 ? v : guessed(guess(v, WRONG, atMs).verification, times - 1, atMs);
}

/** What the store would list: open, or guessed wrongly, and young enough. */
const asListed = (all: readonly Verification[], nowMs: number): readonly Verification[] =>
  all.filter((v) => (v.state === 'open' || v.wrongGuesses > 0) && v.createdAtMs > nowMs - BUDGET_MEMORY_MS);

const attempts = (history: readonly Verification[], wanted: number, nowMs: number): number => {
  const grant = grantAttempts(history, wanted, nowMs);
  return grant instanceof Failure ? 0 : grant.attempts;
};

test('a first verification gets what it wants, and later ones what is left of the ten a day', () => {
  assert.equal(attempts([], 3, DAY), 3);
  assert.equal(attempts([], 10, DAY), 10);
  assert.equal(attempts([open(0, 7, DAY)], 10, 1), 3, 'reserved attempts count as if they were used');
  assert.equal(attempts([open(0, 7, DAY), open(0, 3, DAY)], 1, 1), 0);
  assert.equal(attempts([guessed(open(0, 9, DAY), 9, 5)], 3, 10), 1);
});

test('attempts that were not used come back when a verification ends, however it ends', () => {
  const reserved = open(0, 10, 30_000);
  assert.equal(attempts([reserved], 3, 1), 0);
  assert.equal(attempts([guess(reserved, RIGHT, 1).verification], 10, 2), 10);
  assert.equal(attempts([remove(reserved, 1)], 10, 2), 10);
  assert.equal(attempts([reserved], 10, 30_000), 10, 'expired, though nobody has looked');
  assert.equal(attempts([remove(guessed(reserved, 4, 1), 2)], 10, 3), 6, 'but for those that were guessed');
});

test('a fourth open verification is refused with the time at which the oldest ends', () => {
  const three = [open(0, 1, 50_000), open(0, 1, 40_000), open(0, 1, 60_000)];
  assert.equal(three.length, OPEN_AT_ONCE);
  const refused = grantAttempts(three, 1, 39_999);
  assert.ok(refused instanceof Failure);
  assert.equal(refused.code, 'too_many_open');
  assert.equal(refused.facts.retryAtMs, 40_000);
  assert.equal(refused.problems[0].parameter, 'recipient');
  assert.match(refused.message, /try again after 1970-01-01T00:00:40\+00:00$/);
  assert.equal(attempts(three, 1, 40_000), 1);
});

test('a spent budget is refused with the time at which an attempt is free again, rounded up to a second', () => {
  const spent = [guessed(open(0, 10, DAY), 10, 1_001)];
  const refused = grantAttempts(spent, 3, 2_000);
  assert.ok(refused instanceof Failure);
  assert.equal(refused.code, 'budget_spent');
  assert.equal(refused.facts.retryAtMs, 1_001 + DAY);
  assert.match(refused.message, /try again after 1970-01-02T00:00:02\+00:00$/);
  assert.equal(attempts(spent, 3, DAY + 1_000), 0);
  assert.equal(attempts(spent, 3, DAY + 1_001), 3);
});

test('fifty wrong guesses in thirty days are enough, though each day had its ten', () => {
  const days = [0, 1, 2, 3, 4].map((day) => guessed(open(day * DAY, 10, MINUTE), 10, day * DAY + 1));
  const refused = grantAttempts(days, 3, 6 * DAY);
  assert.ok(refused instanceof Failure);
  assert.equal(refused.facts.retryAtMs, 30 * DAY + 1);
  assert.equal(attempts(days, 10, 30 * DAY + 1), 10);
});

type Event = {
  readonly what: 'create' | 'wrong' | 'right' | 'remove';
  readonly afterMs: number;
  readonly pick: number;
};

const event: fc.Arbitrary<Event> = fc.record({
  what: fc.constantFrom('create', 'create', 'wrong', 'wrong', 'wrong', 'wrong', 'right', 'remove'),
  afterMs: fc.oneof(
    fc.integer({ min: 0, max: 1_000 }),
    fc.constantFrom(0, MINUTE, 6 * 60 * MINUTE, DAY - 1, DAY, 2 * DAY),
  ),
  pick: fc.nat(),
});
const lives = [30_000, 10 * MINUTE, DAY, 2 * DAY];

test('whatever is created and guessed in whatever order, no day sees more than 10 wrong guesses and no 30 days more than 50', () => {
  const property = fc.property(fc.array(event, { minLength: 20, maxLength: 120 }), (events) => {
    const all: Verification[] = [];
    const wrongAtMs: number[] = [];
    let nowMs = 100 * DAY;
    for (const { what, afterMs, pick } of events) {
      nowMs += afterMs;
      if (what === 'create') {
        const grant = grantAttempts(asListed(all, nowMs), 1 + (pick % 10), nowMs);
        if (!(grant instanceof Failure))
          all.push(open(nowMs, grant.attempts, lives[pick % lives.length] ?? DAY));
        continue;
      }
      const i = pick % Math.max(1, all.length);
      const v = all[i];
      if (v === undefined) continue;
      if (what === 'remove') all[i] = remove(settle(v, nowMs), nowMs);
      else {
        const judged = guess(v, what === 'right' ? RIGHT : WRONG, nowMs);
        if (judged.refusal?.code === 'wrong_code') wrongAtMs.push(nowMs);
        all[i] = judged.verification;
      }
    }
    for (const end of wrongAtMs) {
      const within = (ms: number) => wrongAtMs.filter((at) => at <= end && at > end - ms).length;
      assert.ok(within(DAY) <= WRONG_A_DAY);
      assert.ok(within(30 * DAY) <= WRONG_IN_30_DAYS);
    }
  });
  fc.assert(property, { numRuns: 1_500 });
});

test('the time named in a refusal is right: not a millisecond before it is anything granted, and then it is', () => {
  const past = fc.record({
    bornAgoMs: fc.oneof(fc.integer({ min: 1, max: DAY }), fc.integer({ min: 1, max: 31 * DAY })),
    lifeMs: fc.constantFrom(...lives),
    granted: fc.integer({ min: 1, max: 10 }),
    guesses: fc.integer({ min: 0, max: 10 }),
  });
  let refusals = 0;
  const property = fc.property(fc.array(past, { minLength: 1, maxLength: 8 }), (items) => {
    const nowMs = 100 * DAY;
    const history = items.map(({ bornAgoMs, lifeMs, granted, guesses }) => {
      const bornAtMs = nowMs - bornAgoMs;
      return guessed(open(bornAtMs, granted, lifeMs), guesses, bornAtMs);
    });
    const grant = grantAttempts(asListed(history, nowMs), 1, nowMs);
    if (!(grant instanceof Failure)) return;
    refusals += 1;
    const { retryAtMs } = grant.facts;
    assert.ok(retryAtMs !== undefined && retryAtMs > nowMs);
    assert.equal(attempts(asListed(history, retryAtMs - 1), 1, retryAtMs - 1), 0);
    // With three open the first end makes room for a fourth, which may still lack attempts.
    if (grant.code === 'budget_spent') assert.equal(attempts(asListed(history, retryAtMs), 1, retryAtMs), 1);
  });
  fc.assert(property, { numRuns: 2_000 });
  assert.ok(refusals > 200, `only ${refusals} histories were refused`);
});
