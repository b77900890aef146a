import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import test from 'node:test';
import fc from 'fast-check';
import { HOTP, Secret, TOTP } from 'otpauth';
import { ALGORITHMS, acceptHotp, CODE_DIGITS, findCounter, hotp, resyncHotp } from './hotp.ts';
import { totp } from './totp.ts';

const RFC_SECRET = Buffer.from('12345678901234567890');
const FORM = { algorithm: 'SHA1', digits: 6 } as const;

// RFC 4226, appendix D.
const RFC_CODES = '755224 287082 359152 969429 338314 254676 287922 162583 399871 520489'.split(' ');

test('the codes of RFC 4226, appendix D, come out', () => {
  const codes = RFC_CODES.map((_, counter) => hotp(FORM, RFC_SECRET, counter));
  assert.deepEqual(codes, RFC_CODES);
});

test('10,000 random secrets, forms and moments give the codes that otpauth gives', () => {
  const cases = fc.record({
    secret: fc.uint8Array({ minLength: 16, maxLength: 64 }),
    algorithm: fc.constantFrom(...ALGORITHMS),
    digits: fc.constantFrom(...CODE_DIGITS),
    counter: fc.nat({ max: 2 ** 31 }).map((n) => n * 7919),
    periodSeconds: fc.constantFrom(30 as const, 60 as const),
    nowMs: fc.nat({ max: 2 ** 31 }).map((n) => n * 1000 + (n % 1000)),
  });
  const property = fc.property(cases, ({ secret, algorithm, digits, counter, periodSeconds, nowMs }) => {
    const form = { algorithm, digits };
    const options = { secret: new Secret({ buffer: Uint8Array.from(secret).buffer }), algorithm, digits };
    assert.equal(hotp(form, secret, counter), new HOTP(options).generate({ counter }));
    const theirs = new TOTP({ ...options, period: periodSeconds }).generate({ timestamp: nowMs });
    assert.equal(totp({ ...form, periodSeconds, mostDriftSteps: 0 }, secret, nowMs), theirs);
  });
  fc.assert(property, { numRuns: 10_000 });
});

test('a counter is found within its range, both ends included, and nowhere else', () => {
  const find = (code: string, from: number, to: number) => findCounter(FORM, RFC_SECRET, code, { from, to });
  assert.equal(find('969429', 3, 7), 3);
  assert.equal(find('162583', 3, 7), 7);
  assert.equal(find('359152', 3, 7), null);
  assert.equal(find('399871', 3, 7), null);
  assert.equal(find('755224', -2, 0), 0);
});

test('a code of the right number with other digits or another length is not found', () => {
  for (const code of ['55224', '0755224', '', '7552240', 'a55224']) {
    assert.equal(findCounter(FORM, RFC_SECRET, code, { from: 0, to: 9 }), null, code);
  }
});

// RFC 2202, cases 1 and 2, and RFC 4231, case 2: the HMACs that the codes are cut from.
test('the HMACs under the codes are those of RFC 2202 and RFC 4231', () => {
  const mac = (name: string, key: Buffer, text: string) => createHmac(name, key).update(text).digest('hex');
  assert.equal(mac('SHA1', Buffer.alloc(20, 0x0b), 'Hi There'), 'b617318655057264e28bc0b6fb378c8ef146be00');
  assert.equal(
    mac('SHA1', Buffer.from('Jefe'), 'what do ya want for nothing?'),
    'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79',
  );
  assert.equal(
    mac('SHA256', Buffer.from('Jefe'), 'what do ya want for nothing?'),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  );
});

test('a counting token is accepted within its next five codes, and its counter only goes up', () => {
  const accept = (counter: number, code: string) => acceptHotp(FORM, RFC_SECRET, { counter }, code);
  const codeOf = (counter: number) => hotp(FORM, RFC_SECRET, counter);
  assert.deepEqual(accept(2, codeOf(2)), { counter: 3 });
  assert.deepEqual(accept(2, codeOf(6)), { counter: 7 });
  assert.equal(accept(2, codeOf(7)), null);
  assert.equal(accept(2, codeOf(1)), null);
});

test('a token that was pressed too often is found by two codes that follow one another within 100', () => {
  const codeOf = (counter: number) => hotp(FORM, RFC_SECRET, counter);
  const resync = (first: number, second: number) =>
    resyncHotp(FORM, RFC_SECRET, { counter: 10 }, [codeOf(first), codeOf(second)]);
  assert.deepEqual(resync(10, 11), { counter: 12 });
  assert.deepEqual(resync(109, 110), { counter: 111 });
  assert.equal(resync(110, 111), null);
  assert.equal(resync(50, 52), null);
  assert.equal(resync(51, 50), null);
  assert.equal(resync(9, 10), null);
});
