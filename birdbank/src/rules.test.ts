import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { listCountries } from './countries.ts';
import { maskNumber } from './masked-number.ts';
import { resendWaitMs } from './resend-wait.ts';
import { isSameOrigin } from './same-origin.ts';
import { apiTime, timeOf, withTimes } from './times.ts';
import { readTypedCode } from './typed-code.ts';
import { ENGLISH } from './words/words.ts';

test('a code is read however it was typed or pasted', () => {
  const spellings = [
    '482913',
    ' 482 913 ',
    '482-913',
    '482\u00a0913',
    '482\u2009913',
    '482\u2013913',
    '４８２９１３',
  ];
  for (const typed of [...spellings, '٤٨٢٩١٣', '۴۸۲۹۱۳', '४८२९१३', '\u202a482913\u202c', '482\t913\n']) {
    assert.equal(readTypedCode(typed), '482913', JSON.stringify(typed));
  }
  assert.equal(readTypedCode('000 000'), '000000');
  assert.equal(readTypedCode('0099 99'), '009999');
  assert.equal(readTypedCode(' - '), '');
  assert.equal(readTypedCode('my code'), 'mycode');
});

test('a masked number shows its country, its first and its last two digits, and nothing more', () => {
  assert.equal(maskNumber('+31612345678', ENGLISH).shown, '+31 6 ···· ··78');
  assert.equal(maskNumber('+447700900123', ENGLISH).shown, '+44 7··· ····23');
  assert.equal(maskNumber('+12025550123', ENGLISH).shown, '+1 2·· ··· ··23');
  assert.equal(maskNumber('+31612345678', ENGLISH).spoken, 'the number ending in 7 8');
  for (const number of [
    '+31612345678',
    '+12025550123',
    '+4915112345678',
    '+6591234567',
    '+290123',
    '+999123456',
  ]) {
    const digits = maskNumber(number, ENGLISH)
      .shown.replace(/^\+\d+ /, '')
      .replace(/\D/g, '');
    assert.ok(digits.length <= 3, `${number} shows ${digits}`);
  }
});

test('countries stand in the order of their names, with their prefix', () => {
  const countries = listCountries(ENGLISH);
  assert.ok(countries.length > 200);
  assert.ok(countries.some(({ code, label }) => code === 'NL' && label === 'Netherlands (+31)'));
  const labels = countries.map(({ label }) => label);
  assert.deepEqual(labels, labels.toSorted(new Intl.Collator('en').compare));
});

test('the wait for a new code grows to two minutes and stays there', () => {
  assert.deepEqual([1, 2, 3, 4, 20].map(resendWaitMs), [30_000, 60_000, 120_000, 120_000, 120_000]);
});

test('the attempts that are left are told in words', () => {
  const { attemptsLeft: attemptsInWords } = ENGLISH.tutorial.code;
  assert.equal(attemptsInWords(2), 'You can try two more times.');
  assert.equal(attemptsInWords(1), 'You can try one more time.');
  assert.match(attemptsInWords(0), /last attempt: ask for a new code/);
});

test('times name their zone, and a day when it is another', () => {
  const atMs = Date.parse('2026-11-23T14:03:20Z');
  assert.match(
    String(timeOf(atMs, { nowMs: atMs - 60_000, words: ENGLISH })),
    /datetime="2026-11-23T14:03:20.000Z"[^>]*>14:03:20 UTC</,
  );
  assert.match(
    String(timeOf(atMs, { nowMs: atMs - 86_400_000, words: ENGLISH })),
    />23 November at 14:03 UTC<|>23 November,? 14:03 UTC</,
  );
});

test('a time in a sentence of the API is written for people, the rest stays to the letter', () => {
  const sentence = 'too many wrong codes; try again after 2026-11-23T14:03:20+00:00';
  const written = withTimes(sentence, { nowMs: Date.parse('2026-11-23T14:00:00Z'), words: ENGLISH });
  assert.equal(written[0], 'too many wrong codes; try again after ');
  assert.match(String(written[1]), />14:03:20 UTC</);
  assert.equal(apiTime(Date.parse('2026-11-23T14:03:19.001Z')), '2026-11-23T14:03:20+00:00');
});

test('a form is taken from our own pages, and not from other sites or sibling hosts', () => {
  const from = (headers: Record<string, string>) =>
    isSameOrigin({ protocol: 'http', host: 'localhost:5000', headers });
  assert.equal(from({}), true); // an old browser: the token in the form decides
  assert.equal(from({ origin: 'null', 'sec-fetch-site': 'same-origin' }), true);
  assert.equal(from({ origin: 'http://localhost:5000' }), true);
  for (const site of ['cross-site', 'same-site', 'something'])
    assert.equal(from({ 'sec-fetch-site': site }), false);
  for (const origin of ['http://localhost:5001', 'https://localhost:5000', 'http://evil.example']) {
    assert.equal(from({ origin }), false);
    assert.equal(from({ origin, 'sec-fetch-site': 'same-origin' }), false);
  }
});

test('no value stands in a template where escaping would not help', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' });
  const sources = files.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  assert.ok(sources.length > 15);
  for (const name of sources) {
    const source = readFileSync(join(import.meta.dirname, name), 'utf8');
    for (const [template] of source.matchAll(/html`[\s\S]*?`/g)) {
      assert.doesNotMatch(template, /[\w-]=\$\{|\s(?:on\w+|style|srcdoc)="/, `${name}: ${template}`);
    }
    assert.ok(name === 'html.ts' || !source.includes('new Html('), `${name} makes markup without html`);
  }
});
