import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Secret } from 'otpauth';
import { fromBase32, grouped, toBase32 } from './base32.ts';

// RFC 4648, section 10.
const VECTORS = {
  '': '',
  f: 'MY',
  fo: 'MZXQ',
  foo: 'MZXW6',
  foob: 'MZXW6YQ',
  fooba: 'MZXW6YTB',
  foobar: 'MZXW6YTBOI',
};

test('the vectors of RFC 4648 come out, both ways, with and without padding', () => {
  for (const [plain, encoded] of Object.entries(VECTORS)) {
    assert.equal(toBase32(Buffer.from(plain)), encoded);
    assert.equal(fromBase32(encoded)?.toString(), plain);
    assert.equal(fromBase32(encoded.padEnd(Math.ceil(encoded.length / 8) * 8, '='))?.toString(), plain);
  }
});

test('every sequence of bytes survives, and reads as otpauth writes it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const text = toBase32(bytes);
      assert.deepEqual(fromBase32(grouped(text).toLowerCase()), Buffer.from(bytes));
      assert.equal(new Secret({ buffer: Uint8Array.from(bytes).buffer }).base32, text);
    }),
  );
});

test('what is not base32 of whole bytes is refused', () => {
  for (const typed of ['A', 'AAA', 'AAAAAA', 'M1', 'M8', 'MZXW=6YQ', 'ＭＹ', 'MY=======']) {
    assert.equal(fromBase32(typed), null, typed);
  }
});
