import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factsOfRange, type NeverReason, neverSentTo } from './ranges.ts';

/** How many numbers of each range are tried. */
const EACH = 12;

/** Beginnings that no code is ever sent to, with how many digits follow. */
const NEVER: readonly (readonly [beginning: string, digits: number, reason: NeverReason])[] = [
  ['+870773', 6, 'satellite'], // Inmarsat
  ['+8816', 8, 'satellite'], // Iridium
  ['+8818', 8, 'satellite'], // Globalstar
  ['+87810', 10, 'international'], // universal personal numbers
  ['+88213', 8, 'international'], // Thuraya and other networks of no country
  ['+88216', 8, 'international'],
  ['+883510', 8, 'international'],
  ['+8835100', 8, 'international'],
  ['+88812', 8, 'international'],
  ['+9791', 8, 'premium'],
  ['+800', 8, 'not-for-people'],
  ['+808', 8, 'shared-cost'],
  ['+31900', 4, 'premium'],
  ['+31906', 4, 'premium'],
  ['+49900', 7, 'premium'],
  ['+44909879', 4, 'premium'],
  ['+33899', 6, 'premium'],
  ['+1900', 7, 'premium'],
  ['+41900', 6, 'premium'],
  ['+43900', 6, 'premium'],
  ['+44844', 7, 'premium'],
  ['+41848', 6, 'shared-cost'],
  ['+33884', 6, 'shared-cost'],
  ['+44871', 7, 'premium'],
  ['+31800', 4, 'not-for-people'],
  ['+1800', 7, 'not-for-people'],
  ['+44800', 7, 'not-for-people'],
  ['+31690', 6, 'unassigned'],
  ['+3100', 7, 'unassigned'],
  ['+4400', 8, 'unassigned'],
  ['+1555', 3, 'unassigned'],
  ['+999', 9, 'unassigned'],
];

/** The same digits each time, spread over the range. */
const digitsOf = (seed: number, count: number): string =>
  String((seed * 7_919_317 + 2_345_678_917) % 10 ** count).padStart(count, '2');

// Stops money from going to whoever owns a range in which nobody reads a code (IRSF).
test('none of more than 300 numbers of ranges that nobody reads a code in is ever sent to', () => {
  const tried = NEVER.flatMap(([beginning, digits, reason]) =>
    Array.from({ length: EACH }, (_, i) => ({ number: beginning + digitsOf(i, digits), reason })),
  );
  assert.ok(tried.length >= 300);
  const sent = tried.filter(({ number }) => neverSentTo(number) === null).map(({ number }) => number);
  assert.deepEqual(sent, []);
  for (const [beginning, digits, reason] of NEVER) {
    const reasons = new Set(
      Array.from({ length: EACH }, (_, i) => neverSentTo(beginning + digitsOf(i, digits))),
    );
    assert.ok(reasons.has(reason), `${beginning}: ${[...reasons].join(', ')}, not ${reason}`);
  }
});

test('what a number rings is told with it', () => {
  assert.deepEqual(factsOfRange('+31612345678'), { never: null, line: 'mobile' });
  assert.deepEqual(factsOfRange('+31201234567'), { never: null, line: 'fixed' });
  assert.deepEqual(factsOfRange('+12015550123'), { never: null, line: 'either' });
});
