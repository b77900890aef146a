import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decimalEuros, MOST_CENTS, readAmount } from '../src/accounts/amount.ts';
import { formatIban, isOurs, ownIban, readIban } from '../src/accounts/iban.ts';
import { openingHistory } from '../src/accounts/opening.ts';
import { readLine } from '../src/payments/lines.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');

test('account numbers are read in every spelling, those of the registry as well as our own', () => {
  const published = [
    'NL91 ABNA 0417 1643 00',
    'GB82 WEST 1234 5698 7654 32',
    'DE89 3704 0044 0532 0130 00',
    'FR14 2004 1010 0505 0001 3M02 606',
    'NO93 8601 1117 947',
    'MT84 MALT 0110 0001 2345 MTLC AST0 01S',
  ];
  for (const iban of published) {
    assert.equal(readIban(iban), iban.replaceAll(' ', ''));
    assert.equal(readIban(iban.toLowerCase().replaceAll(' ', '-')), iban.replaceAll(' ', ''));
    assert.equal(formatIban(iban.replaceAll(' ', '')), iban);
  }
  assert.deepEqual(readIban(' '), { problem: 'empty' });
  assert.deepEqual(readIban('1234567'), { problem: 'shape' });
  assert.deepEqual(readIban('NL91 ABNA 0417 1643 0'), { problem: 'length' });
  assert.deepEqual(readIban('QQ91 ABNA 0417 1643 00'), { problem: 'country' });
});

test('one mistyped character, or two that changed places, is found in any of 5,000 numbers', () => {
  const number = fc.bigInt({ min: 0n, max: 9_999_999_999n });
  const place = fc.integer({ min: 4, max: 16 });
  fc.assert(
    fc.property(number, place, fc.constantFrom(...'0123456789ABCDEF'), (account, at, typed) => {
      const iban = ownIban(account);
      assert.equal(readIban(iban), iban);
      assert.ok(isOurs(iban));
      const wrong = iban.slice(0, at) + typed + iban.slice(at + 1);
      if (wrong !== iban) assert.notEqual(typeof readIban(wrong), 'string', wrong);
      const swapped = iban.slice(0, at) + iban.charAt(at + 1) + iban.charAt(at) + iban.slice(at + 2);
      if (swapped !== iban) assert.notEqual(typeof readIban(swapped), 'string', swapped);
    }),
    { numRuns: 5_000 },
  );
});

test('our numbers begin with XB, which ISO 3166 leaves to its users: no real bank has them', () => {
  assert.match(ownIban(123_456n), /^XB\d\dBIRD0000123456$/);
});

test('an amount is read as its writer meant it, or not at all', () => {
  const english: readonly (readonly [string, number])[] = [
    ['12', 1_200],
    ['12.5', 1_250],
    ['12,50', 1_250],
    ['€ 12.50', 1_250],
    ['1,250', 125_000],
    ['1,250.00', 125_000],
    ['1.250,00', 125_000],
    ['0.01', 1],
    ['1000000', MOST_CENTS],
    ['1,000,000.00', MOST_CENTS],
  ];
  for (const [typed, cents] of english) assert.equal(readAmount(typed, ','), cents, typed);
  assert.equal(readAmount('1.250', '.'), 125_000);
  for (const typed of [
    '1.250',
    '.50',
    '12.345',
    '1,25,0',
    '1,2500',
    '12..5',
    '-5',
    '1e5',
    'ten',
    '1,250,00',
    '0x10',
  ]) {
    assert.deepEqual(readAmount(typed, ','), { problem: 'shape' }, typed);
  }
  assert.deepEqual(readAmount('1,250', '.'), { problem: 'shape' }, 'a thousand times what was meant');
  assert.deepEqual(readAmount(' ', ','), { problem: 'empty' });
  assert.deepEqual(readAmount('0.00', ','), { problem: 'zero' });
  assert.deepEqual(readAmount('1000000.01', ','), { problem: 'most' });
});

test('an amount that is written is read back to the cent', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: MOST_CENTS }), (cents) => {
      assert.equal(readAmount(decimalEuros(cents), ','), cents);
      assert.equal(readAmount(decimalEuros(cents).replace('.', ','), '.'), cents);
    }),
  );
});

test('names and references are one visible line, as a message can show it', () => {
  assert.equal(readLine('  Vogel   & Zoon BV ', 35), 'Vogel & Zoon BV');
  assert.equal(readLine('Cafe\u0301', 35), 'Café');
  for (const typed of ['', '100% BV', '@host #123', 'a\u202eb', 'a\u200bb', 'x'.repeat(36), 'a\u0000b']) {
    assert.equal(readLine(typed, 35), null, JSON.stringify(typed));
  }
});

test('a new customer’s history is the same each time, differs from others’, and is never below zero', () => {
  assert.deepEqual(openingHistory('ann', NOW), openingHistory('ann', NOW));
  assert.notDeepEqual(openingHistory('ann', NOW), openingHistory('bob', NOW));
  for (let customer = 0; customer < 200; customer += 1) {
    const { current, savings } = openingHistory(`customer ${customer}`, NOW + customer * 86_400_000);
    assert.ok(current.length > 40 && savings.length > 4);
    for (const bookings of [current, savings]) {
      let balance = 0;
      for (const { amountCents, bookedAtMs } of bookings) {
        balance += amountCents;
        assert.ok(Number.isSafeInteger(amountCents) && amountCents !== 0);
        assert.ok(balance >= 0, `customer ${customer}: ${balance}`);
        assert.ok(bookedAtMs < NOW + customer * 86_400_000);
      }
    }
  }
});
