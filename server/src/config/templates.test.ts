import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STANDARD_POLICY } from '../domain/policy.ts';
import { findWords } from '../domain/words/book.ts';
import { policiesOf, readTemplates } from './templates.ts';

function read(given: unknown) {
  const problems: string[] = [];
  const policy = policiesOf(STANDARD_POLICY, readTemplates(given, problems));
  const words = (project: string, channel: 'sms' | 'email', locale: string | null) =>
    findWords(policy(project).words, channel, locale);
  return { problems, policy, words };
}
const problemsOf = (given: unknown) => read(given).problems;

test('a project has its own templates, behind them those of *, and behind those the ones that ship', () => {
  const { problems, words } = read({
    '*': { locale: 'nl', sms: { nl: 'Wij: %token', de: 'Wir: %token' } },
    bank: { sms: { nl: 'Bank: %token' }, email: { en: { template: 'Hello %token', subject: 'Hello' } } },
  });
  assert.deepEqual(problems, []);
  assert.equal(words('bank', 'sms', null).template, 'Bank: %token');
  assert.equal(words('bank', 'sms', 'de').template, 'Wir: %token');
  assert.equal(words('bank', 'sms', 'fr').template, 'Votre code est : %token');
  assert.equal(words('shop', 'sms', null).template, 'Wij: %token');
  assert.deepEqual(
    [words('bank', 'email', 'en').template, words('bank', 'email', 'en').subject],
    ['Hello %token', 'Hello'],
  );
  assert.equal(words('bank', 'email', null).subject, 'Uw code');
});

test('templates of * stand for every channel, and a channel`s own before them', () => {
  const { problems, words } = read({ '*': { '*': { en: 'All: %token' }, sms: { en: 'Text: %token' } } });
  assert.deepEqual(problems, []);
  assert.equal(words('any', 'sms', null).template, 'Text: %token');
  assert.equal(words('any', 'email', null).template, 'All: %token');
});

test('nothing set means the words that ship, made once for all projects', () => {
  const { policy, words } = read(undefined);
  assert.equal(words('any', 'sms', null).template, 'Your code is: %token');
  assert.equal(policy('a'), policy('b'));
});

test('what is wrong is told in a line that says where, and what would be right', () => {
  assert.deepEqual(problemsOf([]), [
    'templates: set an object, such as { "*": { "sms": { "nl": "Uw code is %token" } } }',
  ]);
  assert.deepEqual(problemsOf({ 'No Name': {}, '*': { smss: {}, locale: 'dutch!', sms: 'x' } }), [
    'templates.No Name: name a project with small letters, digits and dashes, or * for all others',
    'templates.*.smss: there is no such setting; did you mean templates.*.sms?',
    'templates.*.sms: set templates by locale, such as { "en": "Your code is %token" }',
    'templates.*.locale: set a language tag (BCP 47), such as nl or pt-BR',
  ]);
  const wrong: [template: unknown, told: RegExp][] = [
    ['no place', /^templates\.\*\.sms\.en: template must contain %token exactly once$/],
    ['%token evil.com', /sms\.en: template holds a link/],
    ['%token \u200b', /sms\.en: template holds a control/],
    [`%token${'x'.repeat(151)}`, /sms\.en: template is too long for one message: 160/],
    [`%token${'ש'.repeat(59)}`, /sms\.en: template is too long for one message: 70/],
    [7, /sms\.en: set a text that contains %token/],
    [{ template: '%token', subject: 'Code %token' }, /sms\.en\.subject: set one line/],
    [{ template: '%token', subjekt: 'x' }, /sms\.en\.subjekt: there is no such setting; did you mean/],
  ];
  for (const [template, told] of wrong) {
    const [problem = '', ...more] = problemsOf({ '*': { sms: { en: template } } });
    assert.match(problem, told);
    assert.deepEqual(more, []);
  }
  assert.deepEqual(problemsOf({ '*': { sms: { english: '%token' } } }), [
    'templates.*.sms.english: name a language tag (BCP 47), such as nl or pt-BR',
  ]);
  assert.deepEqual(
    problemsOf({ '*': { sms: { he: `%token${'ש'.repeat(58)}` } } }),
    [],
    'with its isolates it just fits',
  );
});
