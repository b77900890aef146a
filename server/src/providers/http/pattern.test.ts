import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readPattern } from './pattern.ts';

function pattern(source: string) {
  const read = readPattern(source);
  if (typeof read === 'string') throw new Error(read);
  return read;
}

test('a pattern gives its first group, or the whole match', () => {
  assert.equal(pattern('^OK: (\\d{1,20})').find('OK: 4711; CREDITS: 3'), '4711');
  assert.equal(pattern('ERR \\d{3}').find('x ERR 105 y'), 'ERR 105');
  assert.equal(pattern('<id>([^<]{1,40})</id>').find('<r><id>a-1</id></r>'), 'a-1');
  assert.equal(pattern('^(?:OK|SENT)').find('SENT'), 'SENT');
  assert.equal(pattern('^OK').find('NO'), null);
});

test('a pattern looks at the beginning of a text only', () => {
  assert.equal(pattern('END').find(`${'x'.repeat(1_021)}END`), 'END');
  assert.equal(pattern('END').find(`${'x'.repeat(1_022)}END`), null);
});

test('patterns that may take for ever are refused, with what would be right', () => {
  for (const source of ['(a+)+$', '(a|a)*b', '(?:x{1,9}){1,9}', '(\\w+\\s?)*$', '((a))*', '[)](a)+']) {
    assert.equal(readPattern(source), 'a pattern repeats characters and classes, not groups', source);
  }
  for (const source of ['.*.*.*x', 'a*a*a*a*b', '\\d+\\d+x', '^a*b|a+a+a+c', '.{0,1000}.{0,1000}x']) {
    assert.match(String(readPattern(source)), /too slow; begin it with \^/, source);
  }
  assert.match(String(readPattern('(a)\\1')), /no back references/);
  assert.match(String(readPattern('(?=a)b')), /looks neither ahead/);
  assert.equal(readPattern('(a'), 'it is not a regular expression of JavaScript');
  assert.equal(readPattern(''), 'a pattern has 1 to 200 characters');
  assert.equal(readPattern('a'.repeat(201)), 'a pattern has 1 to 200 characters');
});

// Stops a gateway, or whoever writes a receipt, from holding up the server by the text of an answer.
test('no pattern that is taken holds up the server, on the worst of texts', () => {
  const hostile = ['a'.repeat(5_000), `${'ab'.repeat(2_500)}!`, `${' '.repeat(5_000)}x`, '1'.repeat(5_000)];
  const taken = ['^a*a*$', '\\d+x', '[ab]{1,90}[ab]{1,90}x', '^\\s*\\s*y', '\\w+:\\w{1,90}', '^.*.*$b'];
  for (const source of taken) {
    for (const text of hostile) {
      const before = process.threadCpuUsage();
      pattern(source).find(text);
      const { user } = process.threadCpuUsage(before);
      assert.ok(user < 500_000, `${source} took ${user} µs`);
    }
  }
});

test('any pattern is read or refused, and then finds a text or nothing', () => {
  const part = fc.constantFrom(
    'a',
    '.',
    '\\d',
    '[a-z]',
    '(',
    ')',
    '|',
    '*',
    '+',
    '?',
    '{1,3}',
    '^',
    '$',
    '\\',
    '[',
    ']',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.string({ maxLength: 200 }), (parts, text) => {
      const read = readPattern(parts.join(''));
      if (typeof read === 'string') return read.length > 10;
      const found = read.find(text);
      return found === null || text.includes(found);
    }),
    { numRuns: 2_000 },
  );
});
