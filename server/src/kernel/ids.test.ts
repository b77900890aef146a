import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isId, requestIds } from './ids.ts';
import { systemRandom } from './random.ts';

test('an id is 32 lower-case hexadecimal characters and nothing else', () => {
  assert.ok(isId('0123456789abcdef0123456789abcdef'));
  const bad = [
    '',
    'a'.repeat(31),
    'a'.repeat(33),
    'A'.repeat(32),
    'g'.repeat(32),
    `${'a'.repeat(32)}\n`,
    `${'a'.repeat(31)}٣`,
  ];
  for (const text of bad) assert.equal(isId(text), false, JSON.stringify(text));
});

test('request ids are unique, in one process and between two', () => {
  const [one, other] = [requestIds(systemRandom), requestIds(systemRandom)];
  const seen = new Set(Array.from({ length: 1_000 }, () => [one(), other()]).flat());
  assert.equal(seen.size, 2_000);
});
