import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOriginator } from './originator.ts';

test('an originator is given back as clients take it: digits, a name, or a bare address', () => {
  const table: readonly (readonly [typed: string, read: string])[] = [
    ['MyBrand', 'MyBrand'],
    [' My Brand ', 'My Brand'],
    ['A', 'A'],
    ['ABCDEFGHIJK', 'ABCDEFGHIJK'],
    ['+31612345678', '31612345678'],
    ['31612345678', '31612345678'],
    ['123456789012345', '123456789012345'],
  ];
  for (const [typed, read] of table) assert.equal(readOriginator(typed, 'sms'), read, typed);
  assert.equal(readOriginator('Shop <verify@Example.org>', 'email'), 'verify@example.org');
  assert.equal(readOriginator('verify@example.org', 'email'), 'verify@example.org');
});

test('what a telephone would not show as it was sent is refused by name', () => {
  const bad = [
    '',
    ' ',
    'ABCDEFGHIJKL',
    '1234567890123456',
    'My-Brand',
    'My_Brand',
    'Bänk',
    'a\u200bb',
    'a@b.example',
    '+',
  ];
  for (const typed of bad) {
    const read = readOriginator(typed, 'sms');
    assert.ok(typeof read === 'object', typed);
    assert.deepEqual(
      [read.code, read.message, read.parameter],
      ['invalid_parameter', 'originator is invalid', 'originator'],
    );
  }
});
