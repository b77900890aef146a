import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Counts, NOTHING } from './counts.ts';
import { type Judgement, judge } from './judge.ts';
import { afterOutcome } from './outcome.ts';
import { listOf } from './prefix-list.ts';
import { STANDARD_RULES, type SubjectKind } from './rules.ts';
import { listedAs, scoreOf, signalsOf } from './signals.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const START_MS = Date.UTC(2026, 0, 5, 12);

/** The rules on blocks and countries, one country, and a clock. */
function countryOf() {
  const kept = new Map<string, Counts>();
  let nowMs = START_MS;
  let place = 0;
  const namesOf = (block: string): readonly (readonly [SubjectKind, string])[] => [
    ['block', block],
    ['country', 'NL'],
  ];
  return {
    pass(ms: number) {
      nowMs += ms;
    },
    send(block: string): Judgement {
      const counted = Object.fromEntries(
        namesOf(block).map(([kind, name]) => [kind, { own: kept.get(name) ?? NOTHING, others: [] }]),
      );
      place = (place + 617) % 10_000;
      const sending = {
        ...({ channel: 'sms', range: null, line: null, place, country: 'NL', whence: 'unsaid' } as const),
        ...{ isProven: false, micros: 0 },
      };
      const judged = judge(STANDARD_RULES, sending, { projectId: 'p', recent: [], counted }, 'refuse', nowMs);
      for (const [kind, name] of namesOf(block))
        kept.set(name, judged.kept[kind] ?? kept.get(name) ?? NOTHING);
      return judged;
    },
    verify(block: string, { uncounted }: Judgement, sentAgoMs = 0) {
      for (const [kind, name] of namesOf(block)) {
        if (uncounted.includes(kind)) continue;
        const counted = { own: kept.get(name) ?? NOTHING, others: [] };
        kept.set(name, afterOutcome(counted, kind, 'verified', nowMs - sentAgoMs, nowMs));
      }
    },
  };
}

const isSent = ({ refusal }: Judgement): boolean => refusal === null;
const rulesOf = (judged: readonly Judgement[]) => [...new Set(judged.map(({ refusal }) => refusal?.rule))];

// Stops somebody who pumps a few blocks of numbers from closing the country to everybody else.
test('blocks that are full are taken off their country, whose other numbers go on as ever', () => {
  const country = countryOf();
  const pumped = Array.from({ length: 2_000 }, (_, i) => country.send(`pumped-${i % 5}`));
  assert.equal(pumped.filter(isSent).length, 50);
  const people = Array.from({ length: 45 }, (_, i) => country.send(`home-${i}`));
  assert.ok(people.every(isSent), String(rulesOf(people)));
});

test('who pumps one block after the other closes the country within 120 codes', () => {
  const country = countryOf();
  let sent = 0;
  for (let i = 0; i < 5_000; i += 1) {
    if (isSent(country.send(`pumped-${Math.floor(i / 20)}`))) sent += 1;
    country.pass(5_000);
  }
  assert.ok(sent > 60 && sent <= 120, `${sent} were sent`);
});

test('a block joins its country again when a code that was sent to it is verified', () => {
  const country = countryOf();
  const sent = Array.from({ length: 12 }, () => country.send('pumped'));
  country.pass(61 * MINUTE_MS);
  assert.deepEqual(country.send('pumped').uncounted, ['country']);
  country.verify('pumped', sent[0] as Judgement, 61 * MINUTE_MS);
  assert.deepEqual(country.send('pumped').uncounted, []);
});

test('a country that is asked for codes as nobody verifies closes, and opens to probes as soon as it is calm', () => {
  const country = countryOf();
  const flood = Array.from({ length: 300 }, (_, i) => {
    country.pass(1_000);
    return country.send(`a-${i}`);
  });
  assert.equal(flood.filter(isSent).length, 50);
  assert.deepEqual(rulesOf(flood.slice(60)), ['country-conversion']);
  country.pass(10 * MINUTE_MS);
  assert.ok(!isSent(country.send('person')), 'not calm yet');
  country.pass(15 * MINUTE_MS);
  const probe = country.send('person');
  assert.ok(isSent(probe), 'long before the hour is over');
  country.verify('person', probe);
  country.pass(MINUTE_MS);
  assert.ok(Array.from({ length: 8 }, (_, i) => country.send(`b-${i}`)).every(isSent));
});

test('while the flood goes on no probe goes out early, and within a day of it ten unverified codes close again', () => {
  const country = countryOf();
  let sent = 0;
  for (let i = 0; i < 3_500; i += 1) {
    country.pass(1_000);
    if (isSent(country.send(`a-${i}`))) sent += 1;
  }
  assert.equal(sent, 50);
  country.pass(HOUR_MS);
  const probe = country.send('person');
  country.verify('person', probe);
  const after = Array.from({ length: 60 }, (_, i) => country.send(`b-${i}`));
  assert.ok(after.filter(isSent).length <= 11, `${after.filter(isSent).length} were sent`);
});

test('a country where half of all codes are verified is not closed by the number of those that are not', () => {
  const country = countryOf();
  for (let i = 0; i < 600; i += 1) {
    const judged = country.send(`home-${i}`);
    assert.ok(isSent(judged), `${i}: ${judged.refusal?.rule}`);
    if (i % 3 !== 0) country.verify(`home-${i}`, judged);
    country.pass(10_000);
  }
});

test('signals name their parts, and lists speak of beginnings and of whole numbers', () => {
  const lists = { disposable: listOf(['+4475', '+31612345678']), ported: listOf(['+316123']) };
  assert.deepEqual(listedAs(lists, '+31612345678'), ['disposable', 'ported']);
  assert.deepEqual(listedAs(lists, '+31612345679'), ['ported']);
  assert.deepEqual(listedAs(lists, '+447599999999'), ['disposable']);
  const facts = { line: 'voip', listed: ['disposable'], isProven: false, block: [] } as const;
  const signals = signalsOf(facts, START_MS);
  assert.deepEqual(signals, [
    { name: 'line', points: 25 },
    { name: 'disposable', points: 40 },
    { name: 'age', points: 10 },
  ]);
  assert.equal(scoreOf(signals), 75);
  assert.deepEqual(signalsOf({ line: 'mobile', listed: [], isProven: true, block: [] }, START_MS), []);
});
