import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { type HOTP, type TOTP, URI } from 'otpauth';
import { ALGORITHMS, CODE_DIGITS } from './hotp.ts';
import { type OtpauthKey, readOtpauth, writeOtpauth } from './otpauth.ts';
import { PERIODS } from './totp.ts';

const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).filter((text) => text.isWellFormed());
const plain = name.map((text) => text.replace(/[:\s]/gu, '') || 'x');
const about = {
  issuer: fc.option(plain),
  account: plain,
  secret: fc.uint8Array({ minLength: 16, maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
  form: fc.record(
    { algorithm: fc.constantFrom(...ALGORITHMS), digits: fc.constantFrom(...CODE_DIGITS) },
    { noNullPrototype: true },
  ),
};
const keys: fc.Arbitrary<OtpauthKey> = fc.oneof(
  fc.record(
    { ...about, kind: fc.constant('totp' as const), periodSeconds: fc.constantFrom(...PERIODS) },
    { noNullPrototype: true },
  ),
  fc.record({ ...about, kind: fc.constant('hotp' as const), counter: fc.nat() }, { noNullPrototype: true }),
);

test('every key survives being written and read', () => {
  fc.assert(
    fc.property(keys, (key) => assert.deepEqual(readOtpauth(writeOtpauth(key)), key)),
    { numRuns: 1_000 },
  );
});

test('otpauth reads what we write as the same key', () => {
  const property = fc.property(keys, (key) => {
    const theirs = URI.parse(writeOtpauth(key));
    assert.equal(theirs.issuer || null, key.issuer);
    assert.equal(theirs.label, key.account);
    assert.deepEqual(Buffer.from(theirs.secret.buffer), key.secret);
    assert.deepEqual({ algorithm: theirs.algorithm, digits: theirs.digits }, key.form);
    if (key.kind === 'totp') assert.equal((theirs as TOTP).period, key.periodSeconds);
    else assert.equal((theirs as HOTP).counter, key.counter);
  });
  fc.assert(property, { numRuns: 500 });
});

test('what an address leaves out is SHA1, 6 digits and 30 seconds, and its issuer stands before the colon', () => {
  const read = readOtpauth('otpauth://totp/Bird%20Bank:ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
  assert.deepEqual(read, {
    ...{ kind: 'totp', issuer: 'Bird Bank', account: 'ann', periodSeconds: 30 },
    ...{ secret: Buffer.from('12345678901234567890'), form: { algorithm: 'SHA1', digits: 6 } },
  });
});

const GOOD = 'otpauth://totp/ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const REFUSED: readonly (readonly [text: string, why: RegExp])[] = [
  ['https://example.com/', /must begin with otpauth/],
  ['otpauth://yaotp/ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', /must begin with otpauth/],
  ['otpauth://totp/ann', /have a query/],
  ['otpauth://totp/ann?secret=', /base32 of 16 to 128 bytes/],
  ['otpauth://totp/ann?secret=GEZDGNBVGY3TQOJQ', /base32 of 16/],
  ['otpauth://totp/ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQO10', /base32/],
  [`${GOOD}&algorithm=MD5`, /SHA1, SHA256, SHA512/],
  [`${GOOD}&digits=7`, /6 or 8/],
  [`${GOOD}&period=0`, /30 or 60/],
  [`${GOOD}&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ`, /a thing twice/],
  [`${GOOD}&issuer=%E0%A4%A`, /percent-encoded/],
  ['otpauth://hotp/ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', /counter/],
  [`${GOOD}&x=${'y'.repeat(3_000)}`, /longer than 2048/],
];

for (const [text, why] of REFUSED) {
  test(`an address is refused with the reason: ${text.slice(0, 70)}`, () => {
    const read = readOtpauth(text);
    assert.ok('message' in read);
    assert.match(read.message, why);
    assert.equal(read.parameter, 'uri');
  });
}

test('no text makes the reader throw, and what it reads it can write', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.string().map((text) => `otpauth://totp/${text}`),
    fc.string().map((t) => GOOD + t),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const read = readOtpauth(text);
      if ('message' in read) return;
      const again = readOtpauth(writeOtpauth(read));
      assert.ok(!('message' in again) && Buffer.from(again.secret).equals(read.secret));
    }),
    { numRuns: 2_000 },
  );
});
