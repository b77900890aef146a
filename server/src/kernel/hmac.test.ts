import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { deriveKey, equalSecret, macOf, sha256 } from './hmac.ts';

const hex = (text: string) => Buffer.from(text, 'hex');

test('HMAC-SHA-256 is that of RFC 4231, over parts that carry their length', () => {
  // RFC 4231, test case 1: our input is one part, so its length stands before it.
  const key = Buffer.alloc(20, 0x0b);
  assert.equal(
    createHmac('sha256', key).update('Hi There').digest('hex'),
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  );
  assert.deepEqual(macOf(key, ['Hi There']), createHmac('sha256', key).update('8:Hi There').digest());
});

test('SHA-256 is that of FIPS 180-4', () => {
  assert.deepEqual(sha256('abc'), hex('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'));
});

test('two different lists of parts never have the same code', () => {
  const key = Buffer.alloc(32, 1);
  const parts = fc.array(fc.string({ maxLength: 6, unit: fc.constantFrom('1', ':', 'a', '2') }), {
    maxLength: 4,
  });
  const property = fc.property(parts, parts, (a, b) => {
    assert.equal(macOf(key, a).equals(macOf(key, b)), JSON.stringify(a) === JSON.stringify(b));
  });
  fc.assert(property, {
    numRuns: 1_000,
    examples: [
      [
        ['ab', 'c'],
        ['a', 'bc'],
      ],
      [['1:a'], ['a']],
      [[], ['']],
    ],
  });
});

test('each purpose has a key of its own, and each master key its own keys', () => {
  const master = Buffer.alloc(32, 1);
  const keys = [deriveKey(master, 'a'), deriveKey(master, 'b'), deriveKey(Buffer.alloc(32, 2), 'a')];
  assert.equal(new Set(keys.map((key) => key.toString('hex'))).size, 3);
  assert.ok(keys.every((key) => key.length === 32 && !key.equals(master)));
  assert.deepEqual(deriveKey(master, 'a'), keys[0]);
});

test('secrets are equal only byte for byte', () => {
  assert.ok(equalSecret(hex('0102'), hex('0102')));
  for (const other of ['0103', '01', '010203', '']) assert.equal(equalSecret(hex('0102'), hex(other)), false);
});
