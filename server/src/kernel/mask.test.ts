import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maskEmail, maskNumber, maskRecipient, maskText } from './mask.ts';

/** The fastest of five runs: a busy machine makes some slow, a bad algorithm makes all of them slow. */
function fastestMs(work: () => unknown): number {
  const runs = Array.from({ length: 5 }, () => {
    const startMs = performance.now();
    work();
    return performance.now() - startMs;
  });
  return Math.min(...runs);
}

test('a number keeps its first two and last two digits, an address its first letter and its domain', () => {
  assert.equal(maskNumber('+31612345678'), '+31*******78');
  assert.equal(maskNumber('112'), '***');
  assert.equal(maskEmail('ann@example.com'), 'a**@example.com');
  assert.equal(maskEmail('nobody'), '***');
  assert.equal(maskRecipient('+31612345678'), '+31*******78');
  assert.equal(maskRecipient('ann@example.com'), 'a**@example.com');
});

test('a text loses every code, key, number and address, however it stands there', () => {
  const secrets = [
    '482913',
    '4829131234',
    'live_BENCHliveBENCHliveBENCH',
    'test_abcd1234',
    '+31612345678',
    'ann.lee@example.com',
  ];
  const around: readonly ((secret: string) => string)[] = [
    (s) => s,
    (s) => `the code ${s} was wrong`,
    (s) => `{"token":"${s}"}`,
    (s) => `GET /verify/0a1b2c3d4e5f60718293a4b5c6d7e8f9?token=${s}&x=1`,
    (s) => `(${s})`,
    (s) => `recipient=${s}, next`,
    (s) => `<${s}>`,
    (s) => `at line\n${s}\nend`,
  ];
  for (const secret of secrets) {
    for (const write of around) assert.ok(!maskText(write(secret)).includes(secret), write(secret));
  }
});

test('numbers as people write them are masked as well', () => {
  for (const spelled of ['+31 6 12345678', '06-1234 5678', '+1 (415) 555-0100', '31612345678', '482 913'])
    assert.ok(!maskText(`to ${spelled}.`).includes(spelled.slice(-6)), maskText(`to ${spelled}.`));
});

test('what is no secret stays readable', () => {
  const texts = [
    'the message 0a1b2c3d4e5f60718293a4b5c6d7e8f9 was sent in 153 ms',
    'SQLITE_FULL: database or disk is full',
    'step 12345 of verify.ts:146:17',
  ];
  for (const text of texts) assert.equal(maskText(text), text);
});

test('no text makes the masker throw or hang', () => {
  const property = fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
    assert.equal(typeof maskText(text), 'string');
  });
  fc.assert(property, { numRuns: 500 });
  for (const unit of ['1', '1 ', 'a@', '?token=', '+', 'live_']) {
    const tookMs = fastestMs(() => maskText(unit.repeat(64_000 / unit.length)));
    assert.ok(tookMs < 200, `${unit}: ${tookMs} ms`);
  }
});
