import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readJson } from '../../src/http/json.ts';

const problemOf = (text: string): string | null => {
  const read = readJson(text);
  return 'problem' in read ? read.problem : null;
};

/** The fastest of five runs: a busy machine makes some slow, a bad algorithm makes all of them slow. */
function fastestMs(work: () => unknown): number {
  const runs = Array.from({ length: 5 }, () => {
    const startMs = performance.now();
    work();
    return performance.now() - startMs;
  });
  return Math.min(...runs);
}

test('whatever JSON.stringify writes is read as the same value', () => {
  const property = fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(0, 2), (value, indent) => {
    const text = JSON.stringify(value, null, indent);
    const read = readJson(text);
    if ('problem' in read) assert.match(read.problem, /names no parameter|surrogate|nested deeper/);
    else assert.deepEqual(read.value, JSON.parse(text));
  });
  fc.assert(property, { numRuns: 2_000 });
});

test('what JSON.parse refuses is refused', () => {
  const property = fc.property(
    fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0aeE+-.1 ntf'), maxLength: 30 }),
    (text) => {
      let parsed = true;
      try {
        JSON.parse(text);
      } catch {
        parsed = false;
      }
      if (!parsed) assert.notEqual(problemOf(text), null, text);
    },
  );
  fc.assert(property, { numRuns: 8_000 });
});

test('a name given twice in one object is refused at any depth, spelled out or escaped', () => {
  const twice = [
    '{"a":1,"a":2}',
    '{"a":1,"b":2,"a":1}',
    '{"a":1,"\\u0061":2}',
    '{"x":{"a":1,"a":2}}',
    '[{"a":[{"b":1,"b":1}]}]',
    '{"":1,"":2}',
    '{"a\\n":1,"a\\u000a":2}',
    '{"é":1,"\\u00e9":2}',
    ' { "a" : "}" , "a" : "{" } ',
  ];
  for (const text of twice) assert.match(problemOf(text) ?? '', /twice/, text);
  const once = [
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":1}]',
    '{"a":"a","b":"a"}',
    '{"a":["a","a"]}',
    '{"A":1,"a":2}',
  ];
  for (const text of once) assert.equal(problemOf(text), null, text);
});

test('names that every object has of its own are refused, at any depth and escaped', () => {
  for (const name of Object.getOwnPropertyNames(Object.prototype)) {
    assert.match(problemOf(`{"${name}":1}`) ?? '', /names no parameter/, name);
    assert.match(problemOf(`{"x":[{"${name}":{}}]}`) ?? '', /names no parameter/, name);
  }
  assert.match(problemOf('{"\\u005f_proto__":1}') ?? '', /names no parameter/);
  assert.equal(problemOf('{"x":"__proto__"}'), null, 'as a value it is only text');
});

test('halves of surrogate pairs are refused in names and values, whole pairs and escaped backslashes are not', () => {
  for (const text of [
    '"\\ud800"',
    '{"a":"\\udc00x"}',
    '{"\\ud800":1}',
    '["\\ud83d \\ude00"]',
    '"\\uDBFF\\u0041"',
  ])
    assert.match(problemOf(text) ?? '', /surrogate/, text);
  for (const text of ['"\\ud83d\\ude00"', '"😀"', '"\\\\ud800"', '{"a":"\\\\\\\\ud800"}'])
    assert.equal(problemOf(text), null, text);
});

test('nesting is bounded, and ten thousand brackets take no time', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  assert.equal(problemOf(nested(32)), null);
  assert.match(problemOf(nested(33)) ?? '', /nested deeper than 32/);
  for (const text of [nested(10_000), '{"a":'.repeat(10_000), '[{"a":'.repeat(5_000), ']'.repeat(10_000)]) {
    assert.notEqual(problemOf(text), null);
    assert.ok(fastestMs(() => problemOf(text)) < 20);
  }
});

test('what is nearly JSON is not taken', () => {
  const texts = [
    ...[
      '',
      ' ',
      '\ufeff{}',
      '{',
      '{"a"}',
      '{"a":}',
      '{,}',
      '{"a":1,}',
      '[1,]',
      "{'a':1}",
      '{a:1}',
      'NaN',
      '{"a":NaN}',
    ],
    ...[
      '{"a":Infinity}',
      '{"a":-Infinity}',
      '{"a":0x10}',
      '{"a":01}',
      '{"a":.5}',
      '{"a":+1}',
      '{"a":1}{"b":2}',
      '{"a":1}x',
    ],
    ...[
      '{"a":"\n"}',
      '{"a":"\\x41"}',
      '{"a":"\\u12"}',
      '"abc',
      '"\\',
      '// c\n{}',
      '{"a":undefined}',
      '\u00a0{}',
      '{"a":tru}',
    ],
  ];
  for (const text of texts) assert.notEqual(problemOf(text), null, JSON.stringify(text));
});
