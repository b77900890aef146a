import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Event, isLinearizable } from './checker.ts';
import type { Op } from './model.ts';

/** `[op, called, answered, told]`; answered null when no answer came. */
type Line = readonly [op: Op, from: number, to: number | null, told?: string];
const history = (...lines: Line[]): Event[] =>
  lines.map(([op, invokedAt, at, told = '']) => ({
    op,
    invokedAt,
    answer: at === null ? null : { told, at },
  }));

const good: Record<string, Event[]> = {
  'nothing happened': [],
  'a right code, then a refusal': history(['right', 1, 2, 'verified'], ['right', 3, 4, 'refused']),
  'three wrong guesses, then a failed state': history(
    ['wrong', 1, 2, 'judged 2'],
    ['wrong', 3, 4, 'judged 1'],
    ['wrong', 5, 6, 'judged 0'],
    ['right', 7, 8, 'refused'],
    ['read', 9, 10, 'failed'],
  ),
  'of two at once either may be the first': history(
    ['wrong', 1, 10, 'judged 1'],
    ['wrong', 2, 9, 'judged 2'],
    ['read', 3, 4, 'sent'],
  ),
  'a check without an answer took effect': history(['right', 1, null], ['read', 2, 3, 'verified']),
  'a check without an answer took effect late': history(
    ['right', 1, null],
    ['read', 2, 3, 'sent'],
    ['read', 4, 5, 'verified'],
  ),
  'a check without an answer never took effect': history(['right', 1, null], ['right', 2, 3, 'verified']),
  'a read beside a delete sees it or not': history(['delete', 1, 5, 'removed'], ['read', 2, 3, 'not-found']),
  'a guess without an answer was counted': history(['wrong', 1, null], ['wrong', 2, 3, 'judged 1']),
};

const bad: Record<string, Event[]> = {
  'a code was accepted twice': history(['right', 1, 10, 'verified'], ['right', 2, 9, 'verified']),
  'a success was forgotten': history(['right', 1, 2, 'verified'], ['read', 3, 4, 'sent']),
  'a guess was given back': history(['wrong', 1, 2, 'judged 2'], ['wrong', 3, 4, 'judged 2']),
  'four guesses were judged': history(
    ['wrong', 1, 20, 'judged 2'],
    ['wrong', 2, 19, 'judged 1'],
    ['wrong', 3, 18, 'judged 0'],
    ['wrong', 4, 17, 'judged 0'],
  ),
  'a lost update of two guesses': history(['wrong', 1, 10, 'judged 2'], ['wrong', 2, 9, 'judged 2']),
  'a read went back in time': history(
    ['right', 1, 10, 'verified'],
    ['read', 2, 3, 'verified'],
    ['read', 4, 5, 'sent'],
  ),
  'a deleted one came back': history(['delete', 1, 2, 'removed'], ['read', 3, 4, 'sent']),
  'a delete was answered before it was done': history(
    ['delete', 1, 2, 'removed'],
    ['right', 3, 4, 'verified'],
  ),
  'a refusal with nothing spent': history(['right', 1, 2, 'refused'], ['read', 3, 4, 'sent']),
  'a read before the call of the only check': history(
    ['read', 1, 2, 'verified'],
    ['right', 3, 4, 'verified'],
  ),
  'a check without an answer took effect twice': history(['wrong', 1, null], ['wrong', 2, 3, 'judged 0']),
};

for (const [name, events] of Object.entries(good)) {
  test(`linearizable: ${name}`, () => assert.equal(isLinearizable(events), true));
}
for (const [name, events] of Object.entries(bad)) {
  test(`not linearizable: ${name}`, () => assert.equal(isLinearizable(events), false));
}

test('twelve operations, all at once, are decided in a moment', () => {
  const lines = Array.from({ length: 12 }, (_, i): Line => ['wrong', i, 100 - i, 'judged 2']);
  const startedMs = performance.now();
  assert.equal(isLinearizable(history(...lines)), false);
  assert.ok(performance.now() - startedMs < 1_000);
});
