import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CHANNELS, DATACODINGS } from './message.ts';
import { fillWording, templateProblem } from './template.ts';

const problem = (template: string, channel: (typeof CHANNELS)[number] = 'sms') =>
  templateProblem(template, channel, 'auto', 6);

/** The fastest of five runs: a busy machine makes some slow, a bad algorithm makes all of them slow. */
function fastestMs(work: () => unknown): number {
  const runs = Array.from({ length: 5 }, () => {
    const startMs = performance.now();
    work();
    return performance.now() - startMs;
  });
  return Math.min(...runs);
}

test('templates that people send are good, on every channel', () => {
  const good = [
    'Your code is: %token',
    '%token',
    'Code: %token',
    'Code %token.',
    'Uw code is %token. Deel deze met niemand.',
    'Ваш код: %token',
    '验证码 %token，请勿告诉他人。',
    'رمزك هو %token',
    'Line one\nLine two: %token',
    'Your %token-code, valid until 10.30; v1.2 e.g. now',
    '€ 12.50 to ACME: %token 👍',
  ];
  for (const template of good) {
    for (const channel of CHANNELS) assert.equal(problem(template, channel), null, `${channel} ${template}`);
  }
});

test('%token stands in a template exactly once', () => {
  for (const template of ['', 'Your code', '%Token', '% token', '%token %token', '%token%token', 'token'])
    assert.match(problem(template) ?? '', /exactly once/, template);
});

test('hidden characters are refused: controls, bidirectional, zero-width, private use, unassigned', () => {
  const codePoints = [
    ...[0x00, 0x07, 0x08, 0x09, 0x0b, 0x0d, 0x1b, 0x7f, 0x80, 0x85, 0x9f],
    ...[0x061c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069],
    ...[0x00ad, 0x200b, 0x200c, 0x200d, 0x2060, 0xfeff, 0x2028, 0x2029, 0x180e],
    ...[0xe000, 0xf8ff, 0xf0000, 0x10fffd, 0xfdd0, 0xffff, 0xe0041],
  ];
  for (const codePoint of codePoints) {
    const template = `Code: %token${String.fromCodePoint(codePoint)}!`;
    for (const channel of CHANNELS) {
      assert.match(problem(template, channel) ?? '', /send visible text/, codePoint.toString(16));
    }
  }
  assert.equal(problem('Code:\n%token'), null, 'a line feed is not hidden');
  assert.match(problem('%token \ud800', 'email') ?? '', /surrogate/);
});

test('no line starts with @, where a browser would look for a host to fill the code into', () => {
  for (const template of [
    '@evil.example #%token',
    'Code\n@evil.example #%token',
    '%token\n  @x',
    '%token\n@x #1',
  ])
    assert.match(problem(template) ?? '', /start with @/, template);
  assert.equal(problem('%token for you @ the bank'), null);
});

test('links are refused however they are written', () => {
  const links = [
    ...['http://x', 'HTTPS://x', 'hxxp://x', 'app://open', 'www.evil', 'WWW.evil', 'evil.com', 'EVIL.COM'],
    ...['evil.com.', '(evil.com)', 'evil.com/path', 'evil.co', 'bit.ly/abc', 't.me/abc', 'evil.example.org'],
    ...['пример.com', 'аррӏе.com', 'é.com', 'xn--80ak6aa92e', 'evil．com', 'evil。com', 'evil｡com'],
    ...[
      'evil.nl/pay',
      'evil.de/',
      '1.2.3.4',
      'http:evil.com',
      'a_b.com',
      '3.io',
      'evil.com:80',
      'ann@evil.com',
    ],
  ];
  for (const link of links) assert.match(problem(`%token ${link}`, 'email') ?? '', /link/, link);
});

test('a message fits into one: 160 septets, or 70 units once it needs Unicode, the code included', () => {
  const fill = (letter: string, count: number) => `${letter.repeat(count)}%token`;
  assert.equal(problem(fill('a', 154)), null);
  assert.match(problem(fill('a', 155)) ?? '', /too long for one message: 160/);
  assert.equal(problem(fill('€', 77)), null, 'an extension character takes two septets');
  assert.match(problem(fill('€', 78)) ?? '', /160/);
  assert.equal(problem(fill('я', 64)), null);
  assert.match(problem(fill('я', 65)) ?? '', /70/);
  assert.equal(templateProblem(fill('a', 150), 'sms', 'plain', 10), null);
  assert.match(
    templateProblem(fill('a', 151), 'sms', 'plain', 10) ?? '',
    /160/,
    'a longer code needs its room',
  );
  assert.match(templateProblem(fill('a', 65), 'sms', 'unicode', 6) ?? '', /70/);
});

test('plain text messages do not lose a letter: such a template is refused with what to send', () => {
  assert.match(templateProblem('Ваш код: %token', 'sms', 'plain', 6) ?? '', /datacoding=auto/);
  assert.equal(templateProblem('Ваш код: %token', 'tts', 'plain', 6), null, 'a voice loses nothing');
  assert.equal(templateProblem('Ваш код: %token', 'email', 'plain', 6), null);
});

test('each channel has its own most', () => {
  for (const [channel, most] of [
    ['tts', 1_000],
    ['email', 5_000],
  ] as const) {
    assert.equal(problem(`%token${'x'.repeat(most - 6)}`, channel), null);
    assert.match(problem(`%token${'x'.repeat(most - 5)}`, channel) ?? '', /too long/);
  }
});

test('a good template filled with any code holds that code once and nothing else is changed', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 40 });
  const property = fc.property(text, text, fc.stringMatching(/^\d{6,10}$/), (before, after, code) => {
    const template = `${before}%token${after}`;
    if (problem(template, 'email') !== null) return;
    assert.equal(fillWording({ template }, code, 'email'), before + code + after);
  });
  fc.assert(property, { numRuns: 1_000 });
});

test('no template makes the reader throw or take longer than a few milliseconds', () => {
  const any = fc.string({ unit: 'binary', maxLength: 300 });
  const property = fc.property(
    any,
    fc.constantFrom(...CHANNELS),
    fc.constantFrom(...DATACODINGS),
    (text, channel, coding) => {
      const told = templateProblem(`${text}%token`, channel, coding, 10);
      assert.ok(told === null || told.startsWith('template ') || told.startsWith('no line '));
    },
  );
  fc.assert(property, { numRuns: 3_000 });
  for (const unit of [
    'a',
    'a-',
    'a.',
    'a.a-',
    'é',
    'aé',
    'a+',
    '1.',
    '@',
    ' @',
    '\n',
    ' ',
    'xn-',
    ':/',
    'ww.',
  ]) {
    const text = `%token ${unit.repeat(4_900 / unit.length)}`;
    assert.ok(fastestMs(() => problem(text, 'email')) < 10, unit);
  }
});
