import assert from 'node:assert/strict';
import { test } from 'node:test';
import { estimateCost, type Price } from './price.ts';

const price = (micros: number, more: Partial<Price> = {}): Price => ({
  ...{ provider: 'bird', channel: null, country: null, prefix: null, cost: { micros, currency: 'EUR' } },
  ...more,
});
const BOOK = [
  price(90_000),
  price(70_000, { country: 'NL' }),
  price(65_000, { country: 'NL', channel: 'sms' }),
  price(50_000, { prefix: '+3161' }),
  price(1, { provider: 'other' }),
];
const about = {
  provider: 'bird',
  channel: 'sms',
  address: '+31612345678',
  country: 'NL',
  segments: 1,
} as const;

test('the longest prefix decides, then the country, then the channel, then what holds for all', () => {
  assert.equal(estimateCost(BOOK, about)?.micros, 50_000);
  assert.equal(estimateCost(BOOK, { ...about, address: '+31687654321' })?.micros, 65_000);
  assert.equal(estimateCost(BOOK, { ...about, address: '+31687654321', channel: 'tts' })?.micros, 70_000);
  assert.equal(estimateCost(BOOK, { ...about, address: '+447400123456', country: 'GB' })?.micros, 90_000);
});

test('every segment costs, and a provider without a price has no estimate', () => {
  assert.deepEqual(estimateCost(BOOK, { ...about, segments: 3 }), { micros: 150_000, currency: 'EUR' });
  assert.equal(estimateCost(BOOK, { ...about, provider: 'twilio' }), null);
});
