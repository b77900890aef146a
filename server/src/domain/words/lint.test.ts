import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CHANNELS, DATACODINGS } from '../message.ts';
import { templateProblem } from '../template.ts';
import { type Draft, lintTemplate } from './lint.ts';

const POLICY = { appHosts: ['bank.example'], appHashes: ['FA+9qCX9VSu'] };
const draft = (template: string, more: Partial<Draft> = {}): Draft => ({
  ...{ template, channel: 'sms', datacoding: 'auto', tokenLength: 6, appHost: null, appHash: null },
  ...more,
});
const lint = (template: string, more: Partial<Draft> = {}) => lintTemplate(draft(template, more), POLICY);
const codes = (template: string, more: Partial<Draft> = {}) =>
  lint(template, more).findings.map(({ code, level }) => `${level} ${code}`);

test('a good template has no findings, and its size is told', () => {
  assert.deepEqual(lint('Your code is: %token'), {
    isTaken: true,
    text: 'Your code is: 000000',
    segments: { encoding: 'gsm7', units: 20, capacity: 160, segments: 1, lost: [] },
    findings: [],
    suggestion: null,
  });
  assert.equal(lint('%token', { channel: 'email' }).segments, null);
});

test('everything that is wrong is told at once, each with what it is about', () => {
  const { isTaken, findings, suggestion } = lint('Hi\u200b see evil.com\n@evil.com #%token', {
    datacoding: 'plain',
  });
  assert.equal(isTaken, false);
  assert.deepEqual(
    findings.map(({ code, found }) => [code, found]),
    [
      ['hidden_character', ['U+200B']],
      ['origin_line', ['@evil.com #%token']],
      ['link', ['evil.com', '@evil.com']],
      ['lost_character', ['\u200b']],
    ],
  );
  assert.equal(suggestion, null, 'the place of the code went with the line');
});

test('what can be mended without knowing what is meant is suggested', () => {
  const mended: [template: string, suggestion: string][] = [
    ['Votre code\u00a0: %token – ne le partagez pas…', 'Votre code : %token - ne le partagez pas...'],
    ['Your “code” is\u200b %token', 'Your "code" is %token'],
    ['%token at www.bank.example now', '%token at now'],
    ['Su código: %token', 'Su codigo: %token'],
    ['Code %token\n@bank.example #123456', 'Code %token'],
  ];
  for (const [template, suggestion] of mended) {
    for (const datacoding of ['plain', 'auto'] as const) {
      assert.equal(lint(template, { datacoding }).suggestion, suggestion, template);
    }
  }
  assert.equal(lint('Ваш код: %token').suggestion, null, 'letters of another script are no mistake');
});

test('the segments of a Unicode message are explained by the characters that make it one', () => {
  assert.deepEqual(codes('L’code %token'), ['advice unicode']);
  assert.deepEqual(codes('Ваш код: %token'), [], 'which cannot be avoided here');
  assert.deepEqual(codes('Ваш код: %token', { datacoding: 'plain' }), ['refused lost_character']);
  assert.deepEqual(codes(`${'я'.repeat(65)}%token`), ['refused too_long', 'advice late_code']);
});

test('the line for an app is counted in, and refused where the policy does not list it', () => {
  const { text, segments } = lint('Code %token', { appHost: 'bank.example' });
  assert.equal(text, 'Code 000000\n@bank.example #000000');
  assert.equal(segments?.units, 33);
  assert.deepEqual(codes('Code %token', { appHost: 'evil.example' }), ['refused app_line']);
  assert.deepEqual(codes('Code %token', { appHash: 'aaaaaaaaaaa' }), ['refused app_line']);
  assert.deepEqual(codes(`%token${'x'.repeat(140)}`, { appHost: 'bank.example' }), ['refused too_long']);
  assert.deepEqual(codes('Code %token', { appHost: 'bank.example', channel: 'email' }), []);
});

test('advice is given for what people would be glad of', () => {
  assert.deepEqual(codes(`${'x'.repeat(41)}%token`), ['advice late_code']);
  assert.deepEqual(codes('رمزك هو %token'), ['advice right_to_left']);
});

test('a template is taken by the lint exactly when a create takes it, and what it suggests is taken too', () => {
  const piece = fc.constantFrom(
    ...[
      '%token',
      '@x',
      '\n',
      ' ',
      'evil.com',
      'www.',
      '\u200b',
      '\u202e',
      'é',
      'ç',
      '中',
      '’',
      '%',
      'token',
      'code',
    ],
    ...['x'.repeat(70), '://', '1.2.3.4', '\ud800', '\r'],
  );
  const template = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
  const property = fc.property(
    fc.oneof(
      template,
      template.map((text) => `${text}%token`),
    ),
    fc.constantFrom(...CHANNELS),
    fc.constantFrom(...DATACODINGS),
    (text, channel, datacoding) => {
      const { isTaken, findings, suggestion } = lint(text, { channel, datacoding });
      assert.equal(isTaken, templateProblem(text, channel, datacoding, 6) === null);
      assert.equal(
        isTaken,
        findings.every(({ level }) => level !== 'refused'),
      );
      if (suggestion !== null) assert.equal(templateProblem(suggestion, channel, datacoding, 6), null);
    },
  );
  fc.assert(property, { numRuns: 2_000 });
});

test('no template makes the lint slow', () => {
  for (const unit of ['a', 'a.', '@', '\n@', '1.', 'é', ' ', '\u200b', 'www', 'xn--', '://']) {
    const text = `%token ${unit.repeat(4_900 / unit.length)} evil.com`;
    const before = process.threadCpuUsage();
    lint(text, { channel: 'email' });
    const { user } = process.threadCpuUsage(before);
    assert.ok(user < 500_000, `${JSON.stringify(unit)} took ${user} µs`);
  }
});
