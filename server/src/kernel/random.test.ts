import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom } from './random.ts';

/** Chi-square of counts against equal chances. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

// Nine degrees of freedom: a fair generator exceeds 65 once in 7 thousand million runs. Of as many digits made
// by `byte % 10` the figure would be near 730 in all and near 120 in each place.
const MOST_CHI_SQUARE = 65;
const CODES = 333_000;

test('codes are uniform in every place and over all digits, leading zeros kept', () => {
  const places = Array.from({ length: 6 }, () => new Array<number>(10).fill(0));
  for (let i = 0; i < CODES; i += 1) {
    const code = systemRandom.digits(6);
    if (code.length !== 6) assert.fail(code);
    for (let place = 0; place < 6; place += 1) {
      const counts = places[place];
      const digit = code.charCodeAt(place) - 48;
      if (counts !== undefined) counts[digit] = (counts[digit] ?? 0) + 1;
    }
  }
  for (const counts of places) assert.ok(chiSquare(counts) < MOST_CHI_SQUARE, String(counts));
  const all =
    places[0]?.map((_, digit) => places.reduce((sum, counts) => sum + (counts[digit] ?? 0), 0)) ?? [];
  assert.ok(chiSquare(all) < MOST_CHI_SQUARE, String(all));
});

test('the test above would notice codes made by byte % 10', () => {
  const counts = new Array<number>(10).fill(0);
  for (const byte of Buffer.concat(Array.from({ length: 500 }, () => systemRandom.bytes(4_000)))) {
    counts[byte % 10] = (counts[byte % 10] ?? 0) + 1;
  }
  assert.ok(chiSquare(counts) > MOST_CHI_SQUARE);
});

test('a code of every length that the wire knows is that long, in digits', () => {
  for (let length = 6; length <= 10; length += 1) {
    for (let i = 0; i < 200; i += 1)
      assert.match(systemRandom.digits(length), new RegExp(`^\\d{${length}}$`));
  }
});

test('numbers below a bound are spread over all of it', () => {
  const seen = new Set(Array.from({ length: 2_000 }, () => systemRandom.below(20)));
  assert.deepEqual(
    [...seen].sort((a, b) => a - b),
    [...Array(20).keys()],
  );
});

test('bytes are never given out twice, from the pool and past it', () => {
  const seen = new Set<string>();
  for (let i = 0; i < 20_000; i += 1) seen.add(systemRandom.bytes(16).toString('hex'));
  assert.equal(seen.size, 20_000);
  for (const size of [0, 1, 255, 256, 257, 5_000]) assert.equal(systemRandom.bytes(size).length, size);
  const first = systemRandom.bytes(16);
  const copy = Buffer.from(first);
  systemRandom.bytes(4_096);
  for (let i = 0; i < 300; i += 1) systemRandom.bytes(16);
  assert.deepEqual(first, copy, 'what was given out is not written over');
});

test('each bit of random bytes is set half of the time', () => {
  const ones = new Array<number>(128).fill(0);
  const DRAWS = 20_000;
  for (let i = 0; i < DRAWS; i += 1) {
    const bytes = systemRandom.bytes(16);
    for (let bit = 0; bit < 128; bit += 1)
      ones[bit] = (ones[bit] ?? 0) + (((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1);
  }
  // Seven standard deviations: once in 10^9 runs for all 128 bits together.
  for (const count of ones) assert.ok(Math.abs(count - DRAWS / 2) < 7 * Math.sqrt(DRAWS / 4), String(count));
});
