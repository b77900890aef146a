import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Problem } from '../kernel/failure.ts';
import { readNewVerification } from './new-verification.ts';
import { STANDARD_POLICY, STRICT_POLICY } from './policy.ts';

const read = (given: { readonly [name: string]: unknown }, policy = STANDARD_POLICY) =>
  readNewVerification(new Map(Object.entries(given)), policy);
const problemsOf = (given: { readonly [name: string]: unknown }, policy = STANDARD_POLICY) => {
  const result = read(given, policy);
  return Array.isArray(result) ? (result as readonly Problem[]) : [];
};
const PHONE = { recipient: '+31612345678' };

test('a recipient alone is enough, and everything else is what the contract says', () => {
  assert.deepEqual(read(PHONE), {
    recipient: { kind: 'phone', address: '+31612345678', country: 'NL' },
    ...{ channel: 'sms', originator: 'Code', reference: null },
    wording: {
      ...{ template: 'Your code is: %token', datacoding: 'plain', language: 'en-gb', voice: 'female' },
      subject: null,
    },
    ...{ tokenLength: 6, timeoutSeconds: 30, attempts: 3, returnToken: false },
  });
});

test('a national number needs its country, and the country must be one', () => {
  assert.deepEqual(problemsOf({ recipient: '0612345678' })[0]?.parameter, 'recipient');
  assert.deepEqual(problemsOf({ recipient: '0612345678', countrycode: 'nl' }), []);
  for (const countrycode of ['XX', 'Netherlands', 31, {}, []])
    assert.equal(problemsOf({ recipient: '0612345678', countrycode })[0]?.parameter, 'countryCode');
});

test('an e-mail address needs type=email, and type=email needs an address', () => {
  assert.match(problemsOf({ recipient: 'a@b.example' })[0]?.hint ?? '', /type=email/);
  assert.equal(problemsOf({ recipient: 'a@b.example', type: 'email' }).length, 0);
  assert.equal(problemsOf({ ...PHONE, type: 'email' })[0]?.parameter, 'recipient');
});

test('a policy caps the life of a code, and the refusal names the cap', () => {
  assert.equal(problemsOf({ ...PHONE, timeout: 601 }).length, 0);
  const [problem] = problemsOf({ ...PHONE, timeout: 601 }, STRICT_POLICY);
  assert.equal(problem?.parameter, 'timeout');
  assert.match(problem?.message ?? '', /600/);
});

test('a template is judged for the channel, coding and code length of its own request', () => {
  const long = `${'a'.repeat(154)}%token`;
  assert.deepEqual(problemsOf({ ...PHONE, template: long }), []);
  assert.equal(problemsOf({ ...PHONE, template: long, tokenlength: 7 })[0]?.parameter, 'template');
  assert.deepEqual(problemsOf({ ...PHONE, template: long, tokenlength: 7, type: 'tts' }), []);
  for (const template of [5, true, {}, [], ['%token']])
    assert.equal(problemsOf({ ...PHONE, template })[0]?.parameter, 'template');
});

test('no value of any type makes the reader throw: it answers a verification or problems that name parameters', () => {
  const names = [
    ...[
      'recipient',
      'originator',
      'reference',
      'type',
      'template',
      'datacoding',
      'timeout',
      'tokenlength',
      'voice',
    ],
    ...['language', 'maxattempts', 'subject', 'returntoken', 'reporturl', 'countrycode', 'unknown'],
  ];
  const hostile = fc.constantFrom(
    Object.create(null),
    { toString: null },
    { valueOf: 1 },
    Symbol.iterator.description,
  );
  const value = fc.oneof(fc.anything({ maxDepth: 2 }), fc.jsonValue(), hostile);
  const property = fc.property(fc.dictionary(fc.constantFrom(...names), value), (given) => {
    for (const problem of problemsOf(given)) {
      assert.equal(typeof problem.message, 'string');
      assert.ok(names.includes(problem.parameter?.toLowerCase() ?? ''), String(problem.parameter));
    }
  });
  fc.assert(property, { numRuns: 3_000 });
});
