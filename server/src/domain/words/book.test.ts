import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VOICE_LANGUAGES } from '../languages.ts';
import { CHANNELS, DATACODINGS } from '../message.ts';
import { countSegments } from '../segments.ts';
import { fillWording, lengthProblem, templateProblem } from '../template.ts';
import { bookOf, datacodingOf, findWords, type OwnWords, SHIPPED_BOOK } from './book.ts';
import { localeChain, readLocale, voiceOf } from './locales.ts';
import { SHIPPED } from './shipped.ts';

const OURS = ['en', 'nl', 'de', 'fr', 'es', 'it', 'pt', 'pl', 'tr', 'ru', 'uk', 'ar', 'he', 'ja', 'zh'];
const own = (words: { [locale: string]: string }): ReadonlyMap<string, OwnWords> =>
  new Map(Object.entries(words).map(([locale, template]) => [locale, { template, subject: null }]));

test('at least fifteen languages ship, every spoken one, each with words of its own', () => {
  for (const locale of OURS) assert.ok(Object.hasOwn(SHIPPED, locale), locale);
  for (const voice of VOICE_LANGUAGES) {
    const found = findWords(SHIPPED_BOOK, 'tts', voice).locale;
    assert.ok(localeChain(voice).includes(found), `${voice} speaks ${found}`);
  }
  const templates = OURS.map((locale) => findWords(SHIPPED_BOOK, 'sms', locale).template);
  assert.equal(new Set(templates).size, OURS.length - 1, 'Russian and Ukrainian say it alike');
});

test('every text that ships keeps the rules of templates, and fits one message with ten digits however it is sent', () => {
  for (const [locale, { template, subject, again }] of Object.entries(SHIPPED)) {
    for (const channel of CHANNELS)
      assert.equal(templateProblem(template, channel, 'auto', 10), null, locale);
    const shown = findWords(SHIPPED_BOOK, 'sms', locale);
    for (const asked of DATACODINGS) {
      const datacoding = datacodingOf(shown, asked);
      assert.equal(lengthProblem(shown.template, datacoding, 10), null, `${locale} ${asked}`);
      const text = fillWording(shown, '0123456789', 'sms');
      assert.deepEqual(countSegments(text, datacoding).lost, [], `${locale} ${asked}`);
      assert.ok(text.includes('0123456789'));
    }
    assert.ok(!subject.includes('%token') && subject.length <= 40 && again.length <= 40, locale);
  }
});

test('the code stands apart from words that run from right to left, in ASCII digits, but where it is spoken', () => {
  for (const locale of ['ar', 'he']) {
    for (const channel of ['sms', 'flash', 'email'] as const) {
      const words = findWords(SHIPPED_BOOK, channel, locale);
      assert.match(fillWording(words, '482913', channel), /\u2068482913\u2069$/u);
    }
  }
  assert.doesNotMatch(findWords(SHIPPED_BOOK, 'tts', 'ar').template, /[\u2066-\u2069]/u);
  assert.doesNotMatch(findWords(SHIPPED_BOOK, 'sms', 'nl').template, /[\u2066-\u2069]/u);
  const book = bookOf({ locale: null, channels: { sms: own({ he: 'בנק: %token הוא הקוד' }) } });
  assert.match(findWords(book, 'sms', 'he').template, /\u2068%token\u2069/u);
});

test('the words are those of the locale, else of its language, else of the project`s locale, else English', () => {
  const nl = own({ nl: 'Bank: %token', 'nl-be': 'Bank in België: %token' });
  const book = bookOf({ locale: 'nl-be', channels: { sms: nl } });
  const words = (locale: string | null) => findWords(book, 'sms', locale).template;
  assert.equal(words('nl-be'), 'Bank in België: %token');
  assert.equal(words('nl-sr'), 'Bank: %token');
  assert.equal(words('de-at'), 'Ihr Code lautet: %token', 'words that can be read come before own ones');
  assert.equal(words('sw'), 'Bank in België: %token');
  assert.equal(words(null), 'Bank in België: %token');
  assert.equal(findWords(book, 'email', null).template, 'Uw code is: %token');
  assert.equal(
    findWords(bookOf({ locale: 'sw', channels: {} }), 'sms', null).template,
    'Your code is: %token',
  );
  assert.equal(book.voice, 'nl-nl');
});

test('words of a language stand for all of its variants that ship', () => {
  const book = bookOf({ locale: null, channels: { sms: own({ zh: '银行：%token' }) } });
  for (const locale of ['zh', 'zh-cn', 'zh-hk', 'zh-hant-tw']) {
    assert.equal(findWords(book, 'sms', locale).template, '银行：%token', locale);
  }
  assert.equal(findWords(SHIPPED_BOOK, 'sms', 'zh-hant-tw').template, '您的驗證碼是：%token');
});

test('locales are read in every spelling, old codes included, and what is none is null', () => {
  const read: { readonly [typed: string]: string } = {
    ...{ nl: 'nl', NL_nl: 'nl-nl', ' pt-BR ': 'pt-br', 'zh-Hant-TW': 'zh-hant-tw' },
    ...{ iw: 'he', 'in-ID': 'id-id', haw: 'haw' },
  };
  for (const [typed, locale] of Object.entries(read)) assert.equal(readLocale(typed), locale, typed);
  const none = ['', 'x', 'english', 'en-', '-en', 'en--gb', 'e n', '*', 'en;q=1', 'n\u0131', 'x'.repeat(36)];
  for (const typed of none) assert.equal(readLocale(typed), null, JSON.stringify(typed));
});

test('a voice speaks a locale in its own variant, else in the first of its language, else not at all', () => {
  const voices: { readonly [locale: string]: string | null } = {
    ...{ 'pt-br': 'pt-br', pt: 'pt-pt', en: 'en-gb', 'en-nz': 'en-gb', 'nl-be': 'nl-nl' },
    ...{ no: 'nb-no', 'zh-tw': 'zh-cn', 'zh-hk': 'zh-hk', ar: null, sw: null },
  };
  for (const [locale, voice] of Object.entries(voices)) assert.equal(voiceOf(locale), voice, locale);
});
