import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  age,
  type Closed,
  fail,
  forgetCode,
  guess,
  type Open,
  remove,
  settle,
  type Verification,
} from './verification.ts';

const RIGHT = Buffer.alloc(32, 1);
const WRONG = Buffer.alloc(32, 2);
const BORN = 1_000_000;
const END = BORN + 30_000;

function open(more: Partial<Open> = {}): Open {
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
    ...{
      messageId: 'c'.repeat(32),
      createdAtMs: BORN,
      expiresAtMs: END,
      wrongGuesses: 0,
      lastWrongAtMs: null,
    },
    ...{
      sealedCode: Buffer.alloc(4),
      codeIsKept: 'until-hand-over',
      boundTo: null,
      guard: null,
      state: 'open',
    },
    ...{ codeDigest: RIGHT, attemptsLeft: 3 },
    ...more,
  };
}

const told = ({ refusal }: { refusal: ReturnType<typeof guess>['refusal'] }) =>
  refusal === null ? null : [refusal.code, refusal.message, refusal.problems[0].parameter];

const REFUSALS = {
  verified: ['code_spent', 'The token has already been processed.', 'token'],
  failed: ['code_spent', 'The token has already been processed.', 'token'],
  expired: ['code_expired', 'The token has expired.', 'token'],
  deleted: ['not_found', 'Verify object could not be found', null],
} as const;

function endings(): readonly Closed[] {
  const failed = fail(open(), 'x', BORN) as Closed;
  const verified = guess(open(), RIGHT, BORN).verification as Closed;
  return [verified, failed, settle(open(), END) as Closed, remove(open(), BORN)];
}

test('the right code closes a verification at once; its digest and sealed copy are gone', () => {
  const { verification, refusal } = guess(open(), RIGHT, BORN + 5);
  assert.equal(refusal, null);
  assert.equal(verification.state, 'verified');
  assert.equal('codeDigest' in verification, false);
  assert.equal('attemptsLeft' in verification, false);
  assert.equal(verification.sealedCode, null);
});

test('the sandbox goes on showing a code after its verification was closed, until it expires', () => {
  const kept = open({ codeIsKept: 'until-expiry' });
  for (const closed of [guess(kept, RIGHT, BORN).verification, remove(kept, BORN), fail(kept, 'x', BORN)]) {
    assert.notEqual(closed.sealedCode, null);
    assert.equal(age(closed, END - 1), closed);
    assert.equal(age(closed, END).sealedCode, null);
    assert.equal(age(closed, END).state, closed.state);
  }
  assert.equal(settle(kept, END).sealedCode, null);
});

test('each wrong guess takes one attempt and is told how many are left; the last one ends it', () => {
  let v: Verification = open();
  for (const left of [2, 1, 0]) {
    const judged = guess(v, WRONG, BORN + 10 - left);
    assert.deepEqual(told(judged), ['wrong_code', 'The token is invalid.', 'token']);
    assert.equal(judged.refusal?.facts.attemptsLeft, left);
    assert.equal(judged.verification.lastWrongAtMs, BORN + 10 - left);
    v = judged.verification;
  }
  assert.equal(v.state, 'failed');
  assert.equal(v.wrongGuesses, 3);
});

test('a code is good until the millisecond of its end, and final from there on', () => {
  assert.equal(guess(open(), RIGHT, END - 1).verification.state, 'verified');
  const late = guess(open(), RIGHT, END);
  assert.deepEqual(told(late), REFUSALS.expired);
  assert.equal(late.verification.state, 'expired');
  assert.equal((late.verification as Closed).closedAtMs, END);
  assert.deepEqual(told(guess(late.verification, RIGHT, BORN)), REFUSALS.expired, 'a clock that goes back');
});

test('no ended state tells whether the code was right, and none changes by a guess', () => {
  for (const ended of endings()) {
    for (const digest of [RIGHT, WRONG]) {
      const judged = guess(ended, digest, BORN + 1);
      assert.equal(judged.verification, ended);
      assert.deepEqual(told(judged), REFUSALS[ended.state]);
      assert.equal(judged.refusal?.facts.attemptsLeft, undefined);
    }
  }
});

test('an ending is kept by whatever comes after it, but for a deletion', () => {
  for (const ended of endings()) {
    assert.equal(settle(ended, END * 2), ended);
    assert.equal(fail(ended, 'late receipt', BORN), ended);
    assert.equal(remove(ended, BORN).state, 'deleted');
  }
  assert.equal(fail(open(), 'not delivered', END).state, 'expired');
  assert.equal((fail(open(), 'not delivered', BORN) as Closed).reason, 'not delivered');
});

test('what was guessed wrongly stays counted through every ending', () => {
  const guessed = guess(open(), WRONG, BORN + 1).verification;
  for (const ended of [remove(guessed, BORN), fail(guessed, 'x', BORN), settle(guessed, END)]) {
    assert.equal(ended.wrongGuesses, 1);
    assert.equal(ended.lastWrongAtMs, BORN + 1);
  }
});

test('forgetting a code leaves the verification checkable', () => {
  const forgotten = forgetCode(open());
  assert.equal(forgotten.sealedCode, null);
  assert.equal(guess(forgotten, RIGHT, BORN).refusal, null);
});

test('in any order of events: at most the granted guesses are judged, at most one is right, endings are final', () => {
  const event = fc.record({
    what: fc.constantFrom('right', 'wrong', 'wrong', 'fail', 'remove', 'settle', 'age'),
    afterMs: fc.integer({ min: -5_000, max: 9_000 }),
  });
  const property = fc.property(
    fc.integer({ min: 1, max: 10 }),
    fc.array(event, { maxLength: 30 }),
    (attempts, events) => {
      let v = open({ attemptsLeft: attempts }) as Verification;
      let nowMs = BORN;
      let right = 0;
      let judged = 0;
      for (const { what, afterMs } of events) {
        nowMs += afterMs;
        const before = v;
        if (what === 'right' || what === 'wrong') {
          const result = guess(v, what === 'right' ? RIGHT : WRONG, nowMs);
          if (result.refusal === null) right += 1;
          if (result.refusal === null || result.refusal.code === 'wrong_code') judged += 1;
          v = result.verification;
        } else if (what === 'fail') v = fail(v, 'x', nowMs);
        else if (what === 'remove') v = remove(v, nowMs);
        else if (what === 'settle') v = settle(v, nowMs);
        else v = age(v, nowMs);
        if (before.state !== 'open') assert.ok(v.state === before.state || v.state === 'deleted');
        assert.equal('codeDigest' in v, v.state === 'open');
        if (v.state === 'open') assert.equal(v.attemptsLeft + v.wrongGuesses, attempts);
      }
      assert.ok(right <= 1);
      assert.ok(judged <= attempts);
      assert.equal(v.wrongGuesses, judged - right);
    },
  );
  fc.assert(property, { numRuns: 2_000 });
});
