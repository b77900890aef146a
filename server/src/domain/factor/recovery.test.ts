import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { RECOVERY_BYTES, readRecoveryCode, writeRecoveryCode } from './recovery.ts';

const bytes = fc.uint8Array({ minLength: RECOVERY_BYTES, maxLength: RECOVERY_BYTES });

test('a recovery code has 80 bits in four groups of four', () => {
  assert.equal(writeRecoveryCode(new Uint8Array(10)), '0000-0000-0000-0000');
  assert.equal(writeRecoveryCode(new Uint8Array(10).fill(255)), 'ZZZZ-ZZZZ-ZZZZ-ZZZZ');
  assert.throws(() => writeRecoveryCode(new Uint8Array(9)), /10 bytes/);
});

test('different bytes give different codes, however they are typed', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      const same = Buffer.compare(a, b) === 0;
      assert.equal(readRecoveryCode(writeRecoveryCode(a)) === readRecoveryCode(writeRecoveryCode(b)), same);
    }),
  );
});

test('case, spaces, hyphens and letters that look like digits do not matter', () => {
  const read = readRecoveryCode('0123-4567-89AB-CDEF');
  assert.equal(read, '0123456789ABCDEF');
  for (const typed of [
    'o123 4567 89ab cdef',
    '0i23456789abcdef',
    '0l23-4567-89AB-CDEF',
    'O-1234567 89ABCDEF',
  ]) {
    assert.equal(readRecoveryCode(typed), read, typed);
  }
});

test('what has another length or holds other characters is no recovery code', () => {
  for (const typed of [
    '',
    '0123-4567-89AB-CDE',
    '0123-4567-89AB-CDEF0',
    '0123-4567-89AB-CDEU',
    '012345678９abcdef',
  ]) {
    assert.equal(readRecoveryCode(typed), null, typed);
  }
});
