import assert from 'node:assert/strict';
import test from 'node:test';
import { makeSieve, mayHold, wordBits } from './sieve.ts';

test('a sieve never says no of what it holds, and seldom yes of what it does not', () => {
  const words = (from: string) =>
    Array.from({ length: 4_096 }, (_, i) =>
      wordBits(`${from} ${(i * 7_919).toString(16).padStart(32, '0')}`),
    );
  const held = words('recipient');
  const sieve = makeSieve(held);
  assert.ok(held.every((word) => mayHold(sieve, word)));
  const wrong = words('reference').filter((word) => mayHold(sieve, word)).length;
  assert.ok(wrong < 4_096 * 0.03, `${wrong} of 4096 seem to be there`);
  assert.ok(sieve.length < 6_000);
});

test('an empty sieve holds nothing', () => {
  assert.equal(mayHold(makeSieve([]), wordBits('x')), false);
});
