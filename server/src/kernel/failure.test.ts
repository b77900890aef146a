import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure, failureOf, isProblem, refuse } from './failure.ts';

test('a refusal carries its problems, facts and the code of the first', () => {
  const refusal = refuse('wrong_code', 'The token is invalid.', 'token', { attemptsLeft: 2 });
  assert.ok(refusal instanceof Failure && refusal instanceof Error);
  assert.deepEqual(refusal.problems, [
    { code: 'wrong_code', message: 'The token is invalid.', parameter: 'token' },
  ]);
  assert.deepEqual([refusal.code, refusal.facts.attemptsLeft], ['wrong_code', 2]);
  assert.equal(refuse('not_found', 'x').problems[0].parameter, null);
});

test('a refusal of nothing cannot be made', () => {
  assert.throws(() => failureOf([]), /needs a problem/);
  const both = failureOf([
    { code: 'missing_parameter', message: 'a', parameter: 'a' },
    { code: 'invalid_parameter', message: 'b', parameter: 'b' },
  ]);
  assert.equal(both.problems.length, 2);
  assert.equal(both.code, 'missing_parameter');
});

test('a problem is told from what was wanted instead', () => {
  assert.ok(isProblem({ code: 'not_found', message: 'x', parameter: null }));
  for (const other of [null, undefined, 'text', 5, [], { code: 'x' }, { kind: 'phone', address: '+31' }])
    assert.equal(isProblem(other), false);
});
