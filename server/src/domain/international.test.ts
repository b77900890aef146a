import assert from 'node:assert/strict';
import { test } from 'node:test';
import { international } from './international.ts';

test('a number is spaced as its country writes it; what is no number stays as it is', () => {
  assert.equal(international('+31612345678'), '+31 6 12345678');
  assert.equal(international('+447700900123'), '+44 7700 900123');
  assert.equal(international('+12025550123'), '+1 202 555 0123');
  assert.equal(international('ann@example.com'), 'ann@example.com');
  assert.equal(international('+9991'), '+9991');
});
