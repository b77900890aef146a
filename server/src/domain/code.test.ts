import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { digestCode, readCode } from './code.ts';

const KEY = Buffer.alloc(32, 7);
const BINDING = {
  projectId: 'default',
  mode: 'live',
  id: 'a'.repeat(32),
  recipientKey: 'b'.repeat(32),
  boundTo: null,
} as const;

test('a code is read with the spaces and hyphens that people put into it', () => {
  for (const typed of ['012345', '012 345', ' 0 1 2 3 4 5 ', '012-345', '01-23-45', '012345 '])
    assert.equal(readCode(typed, 6), '012345', typed);
});

test('whatever is not the right number of ASCII digits is no code', () => {
  const bad = [
    ...[
      '',
      ' ',
      '-',
      '01234',
      '0123456',
      '01234a',
      '+12345',
      '12345.',
      '1e5',
      '0x1234',
      '12345\n',
      '12345\u00a06',
    ],
    ...[
      '１２３４５６',
      '١٢٣٤٥٦',
      '𝟏𝟐𝟑𝟒𝟓𝟔',
      '12345\u0000',
      '123–456',
      "123456' OR 1=1",
      '%31%32%33%34%35%36',
      '123_456',
    ],
  ];
  for (const typed of bad) assert.equal(readCode(typed, 6), null, JSON.stringify(typed));
});

test('reading gives a code exactly for its digits among spaces and hyphens, at every length', () => {
  const length = fc.integer({ min: 6, max: 10 });
  const alphabet = fc.constantFrom(...'0123456789 -', 'a', '٣', '\t');
  const property = fc.property(length, fc.array(alphabet, { maxLength: 14 }), (wanted, characters) => {
    const typed = characters.join('');
    const bare = typed.replaceAll(' ', '').replaceAll('-', '');
    const right = bare.length === wanted && [...bare].every((each) => each >= '0' && each <= '9');
    assert.equal(readCode(typed, wanted), right ? bare : null);
  });
  fc.assert(property, { numRuns: 3_000 });
});

test('a digest answers for one code of one verification of one recipient, project and mode alone', () => {
  const own = digestCode(KEY, BINDING, '123456');
  assert.equal(own.length, 32);
  assert.deepEqual(digestCode(KEY, { ...BINDING }, '123456'), own);
  const others = [
    digestCode(KEY, BINDING, '123457'),
    digestCode(Buffer.alloc(32, 8), BINDING, '123456'),
    digestCode(KEY, { ...BINDING, projectId: 'other' }, '123456'),
    digestCode(KEY, { ...BINDING, mode: 'test' }, '123456'),
    digestCode(KEY, { ...BINDING, id: `${'a'.repeat(31)}c` }, '123456'),
    digestCode(KEY, { ...BINDING, recipientKey: `${'b'.repeat(31)}c` }, '123456'),
    // The same characters, divided otherwise between the parts.
    digestCode(KEY, { ...BINDING, id: `${'a'.repeat(32)}b`, recipientKey: 'b'.repeat(31) }, '123456'),
  ];
  for (const other of others) assert.notDeepEqual(other, own);
});
