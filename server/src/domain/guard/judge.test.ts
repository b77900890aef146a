import assert from 'node:assert/strict';
import test from 'node:test';
import { countryIn } from '../noted-country.ts';
import { healed } from './brake.ts';
import { type Counts, count, HOUR_MS, NOTHING } from './counts.ts';
import { type Judgement, judge } from './judge.ts';
import { HOURS } from './kept.ts';
import { readBroken, readCounted, readNote, writeNote } from './note.ts';
import { factsOfRange, neverSentTo } from './ranges.ts';
import { type Rule, STANDARD_RULES, type SubjectKind } from './rules.ts';
import { blockOf, placeInBlock, type RecentSend, type Sending } from './sending.ts';

const START_MS = Date.UTC(2026, 0, 5, 12);
const MINUTE_MS = 60_000;

/** The guard with everything that a store would keep for it, and a clock. */
function guardOf(rules: readonly Rule[] = STANDARD_RULES) {
  const counts = new Map<string, Counts>();
  const sends = new Map<string, RecentSend[]>();
  let nowMs = START_MS;
  const at = (name: string) => counts.get(name) ?? NOTHING;
  const namesOf = (address: string, country: string): [SubjectKind, string][] => [
    ['block', `block ${blockOf(address)}`],
    ['country', `country ${country}`],
    ['key', 'key'],
    ['project', 'project'],
  ];
  return {
    pass: (ms: number) => {
      nowMs += ms;
    },
    send(address: string, more: Partial<Sending> = {}, force: 'refuse' | 'record' = 'refuse'): Judgement {
      const sending: Sending = {
        ...{
          channel: 'sms',
          range: neverSentTo(address),
          line: factsOfRange(address).line,
          place: placeInBlock(address, 0),
          country: 'NL',
          whence: 'unsaid',
          isProven: false,
          micros: 50_000,
          ...more,
        },
      };
      const names = namesOf(address, sending.country ?? '');
      const counted = Object.fromEntries(names.map(([kind, name]) => [kind, { own: at(name), others: [] }]));
      const recent = sends.get(address) ?? [];
      const judged = judge(rules, sending, { projectId: 'p', recent, counted }, force, nowMs);
      for (const [kind, name] of names) counts.set(name, judged.kept[kind] ?? at(name));
      const whence = sending.whence === 'known' ? ('known' as const) : ('unknown' as const);
      if (judged.refusal === null) sends.set(address, [...recent, { atMs: nowMs, projectId: 'p', whence }]);
      return judged;
    },
    verify(address: string, sentAgoMs = 0) {
      for (const [kind, name] of namesOf(address, 'NL')) {
        const before = at(name);
        const after = count(before, { verified: 1, checks: 1 }, nowMs - sentAgoMs, nowMs, HOURS(kind));
        const brake = healed([before], nowMs - sentAgoMs, nowMs);
        counts.set(name, brake === null ? after : { ...after, brake });
      }
    },
    wrong() {
      counts.set('project', count(at('project'), { checks: 1, wrong: 1 }, nowMs, nowMs, 24));
    },
  };
}

const numberOf = (i: number): string => `+3161${String(1_000_000 + i * 7919).slice(-7)}`;
const refusedBy = ({ refusal }: Judgement): string | null => refusal?.rule ?? null;

test('a burst over five blocks lets ten codes a block out, and no more for an hour', () => {
  const guard = guardOf();
  let out = 0;
  for (let i = 0; i < 10_000; i += 1) {
    const address = `+31612${i % 5}${String((i * 37) % 100)
      .padStart(4, '0')
      .padStart(5, '1')}`;
    if (guard.send(address).refusal === null) out += 1;
    guard.pass(60);
  }
  assert.ok(out > 0 && out <= 60, `${out} left`);
});

test('a slow drip over one block that is never verified is stopped for two days within sixty codes', () => {
  const guard = guardOf();
  let out = 0;
  for (let i = 0; i < 1_440; i += 1) {
    if (guard.send(`+3161234${String((i * 617) % 10_000).padStart(4, '0')}`).refusal === null) out += 1;
    guard.pass(2 * MINUTE_MS);
  }
  assert.ok(out <= 60, `${out} left`);
});

test('codes spread over a whole country that nobody verifies close it within sixty', () => {
  const guard = guardOf();
  let out = 0;
  for (let i = 0; i < 5_000; i += 1) {
    if (guard.send(numberOf(i)).refusal === null) out += 1;
    guard.pass(4_000);
  }
  assert.ok(out <= 60, `${out} left`);
});

test('people who verify their codes are never held up, nor does their country fill', () => {
  const guard = guardOf(STANDARD_RULES.filter(({ id }) => id !== 'key-day'));
  for (let i = 0; i < 3_000; i += 1) {
    assert.equal(refusedBy(guard.send(numberOf(i))), null, `person ${i}`);
    if (i % 4 !== 3) guard.verify(numberOf(i));
    guard.pass(30_000);
  }
});

test('a number that was verified lately goes through a closed block, and is not counted by it', () => {
  const guard = guardOf();
  for (let i = 0; i < 12; i += 1) guard.send(`+3161234${String(i * 401).padStart(4, '0')}`);
  assert.equal(refusedBy(guard.send('+31612349999')), 'block-unverified');
  assert.equal(refusedBy(guard.send('+31612349999', { isProven: true })), null);
});

test('numbers next to one another are noticed before their block is full', () => {
  const guard = guardOf();
  const verdicts = Array.from({ length: 8 }, (_, i) => refusedBy(guard.send(`+3161234510${i}`)));
  assert.deepEqual(verdicts, [null, null, null, null, null, 'sequence', 'sequence', 'sequence']);
});

test('each further code to a recipient waits longer, five an hour and ten a day are all', () => {
  const guard = guardOf();
  const send = () => guard.send('+31612345678', { isProven: true });
  assert.equal(refusedBy(send()), null);
  const second = send();
  assert.equal(refusedBy(second), 'cool-down');
  assert.equal(second.refusal?.retryAtMs, START_MS + 30_000);
  for (const waitMs of [30_000, 60_000, 120_000, 240_000]) {
    guard.pass(waitMs);
    assert.equal(refusedBy(send()), null);
  }
  guard.pass(10 * MINUTE_MS);
  const sixth = send();
  assert.equal(refusedBy(sixth), 'recipient-hour');
  assert.equal(sixth.refusal?.retryAtMs, START_MS + HOUR_MS);
});

test('strangers cannot use up what is kept for the contexts in which a recipient is known', () => {
  const guard = guardOf();
  const verdicts: (string | null)[] = [];
  for (let i = 0; i < 8; i += 1) {
    verdicts.push(refusedBy(guard.send('+31612345678', { whence: 'unknown', isProven: true })));
    guard.pass(HOUR_MS);
  }
  assert.deepEqual(verdicts.slice(0, 6), Array(6).fill(null));
  assert.deepEqual(verdicts.slice(6), ['recipient-day', 'recipient-day']);
  assert.equal(refusedBy(guard.send('+31612345678', { whence: 'known', isProven: true })), null);
});

test('a closed country opens again for two probes, stays closed when they fail, and opens when one is verified', () => {
  const guard = guardOf();
  for (let i = 0; i < 40; i += 1) {
    guard.send(numberOf(i));
    guard.pass(15_000);
  }
  guard.pass(15 * MINUTE_MS);
  const closing = guard.send(numberOf(100));
  assert.equal(refusedBy(closing), 'country-conversion');
  assert.equal(closing.refusal?.retryAtMs, (closing.kept.country?.brake?.closedAtMs ?? 0) + HOUR_MS);
  guard.pass(HOUR_MS);
  const probes = [1, 2, 3].map((i) => refusedBy(guard.send(numberOf(200 + i))));
  assert.deepEqual(probes, [null, null, 'country-conversion']);
  guard.pass(11 * MINUTE_MS);
  const again = guard.send(numberOf(300));
  assert.equal((again.refusal?.retryAtMs ?? 0) - (again.kept.country?.brake?.closedAtMs ?? 0), 2 * HOUR_MS);
  guard.pass(2 * HOUR_MS);
  assert.equal(refusedBy(guard.send(numberOf(400))), null);
  guard.pass(MINUTE_MS);
  guard.verify(numberOf(400), MINUTE_MS);
  assert.equal(refusedBy(guard.send(numberOf(500))), null);
  assert.equal(refusedBy(guard.send(numberOf(501))), null);
  assert.equal(refusedBy(guard.send(numberOf(502))), null);
});

test('money is counted before it is spent: the sending that would pass the limit is refused', () => {
  const money: Rule = {
    ...{
      kind: 'limit',
      id: 'money',
      mode: 'enforce',
      on: 'key',
      of: 'micros',
      windowMs: 24 * HOUR_MS,
      most: 500_000,
    },
  };
  const guard = guardOf([money]);
  const verdicts = Array.from({ length: 12 }, (_, i) => refusedBy(guard.send(numberOf(i))));
  assert.deepEqual(verdicts, [...Array(10).fill(null), 'money', 'money']);
});

test('towards the sandbox every rule is judged and told, and none refuses', () => {
  const guard = guardOf();
  const judged = Array.from({ length: 30 }, (_, i) => guard.send(`+3161234510${i % 10}`, {}, 'record'));
  assert.ok(judged.every(({ refusal }) => refusal === null));
  assert.ok(judged.some(({ readings }) => readings.some(({ verdict }) => verdict === 'would-refuse')));
});

test('a rule that only monitors refuses nothing, one that is off says nothing', () => {
  const rules = STANDARD_RULES.map((rule) =>
    rule.id === 'ranges' ? { ...rule, mode: 'monitor' as const } : rule,
  );
  const monitored = guardOf(rules).send('+881612345678', { country: null });
  assert.equal(monitored.refusal, null);
  assert.equal(monitored.readings.find(({ rule }) => rule === 'ranges')?.verdict, 'would-refuse');
  const off = rules.map((rule) => ({ ...rule, mode: 'off' as const }));
  assert.deepEqual(guardOf(off).send('+881612345678', { country: null }).readings, []);
});

test('a campaign of wrong guesses over many recipients leaves each further code one attempt', () => {
  const guard = guardOf();
  for (let i = 0; i < 1_000; i += 1) {
    guard.wrong();
    guard.pass(MINUTE_MS);
  }
  assert.equal(guard.send(numberOf(1)).attempts, null);
  guard.wrong();
  assert.equal(guard.send(numberOf(2)).attempts, 1);
  assert.equal(guard.send(numberOf(3), {}, 'record').attempts, null);
});

test('satellite, premium, shared-cost and unassigned numbers are never sent to, people’s numbers are', () => {
  const never: [string, string][] = [
    ['+881612345678', 'satellite'],
    ['+870773111632', 'satellite'],
    ['+8821234567890', 'international'],
    ['+979123456789', 'premium'],
    ['+31900123456', 'premium'],
    ['+491801234567', 'shared-cost'],
    ['+18005550199', 'not-for-people'],
    ['+4479460000', 'unassigned'],
  ];
  for (const [number, reason] of never) assert.equal(neverSentTo(number), reason, number);
  for (const number of ['+31612345678', '+12015550123', '+4915112345678', '+919876543210', '+31201234567']) {
    assert.equal(neverSentTo(number), null, number);
  }
});

test('a note is read as it was written', () => {
  const { readings } = guardOf().send('+31612345678');
  const subjects = [
    { kind: 'country', what: 'NL', isExact: false, isCounted: false },
    { kind: 'block', what: 'b0', isExact: true, isCounted: true },
    { kind: 'network', what: 'c1', isExact: true, isCounted: false },
    { kind: 'project', what: '', isExact: false, isCounted: true },
  ] as const;
  const own = {
    rule: 'my-rule',
    value: 1.5,
    most: 2,
    verdict: 'would-refuse',
    note: 'a, (b) | c/d',
  } as const;
  const about = { whence: 'unknown', isProven: true, line: 'voip', micros: 70_000, place: 4321 } as const;
  const signals = [{ name: 'age', points: 10 } as const];
  const kept = { rule: 'kept', value: 0, most: 9, verdict: 'under', note: 'not (that)! or?' } as const;
  const all = [own, kept, ...readings, { ...own, note: 'why?!' }, kept];
  const note = { ...about, signals, subjects, places: ['ab', 'cd'], readings: all };
  assert.deepEqual(readNote(writeNote(note)), note);
  assert.deepEqual(readCounted(writeNote(note)), { subjects: note.subjects, places: note.places });
  const broken = note.readings.filter(({ verdict }) => verdict !== 'under');
  assert.deepEqual(readBroken(writeNote(note)), broken);
  assert.ok(broken.length > 0 && broken.length < note.readings.length);
  assert.deepEqual(readNote(writeNote({ ...note, isText: true, line: null })), {
    ...note,
    isText: true,
    line: null,
  });
  assert.equal(countryIn(writeNote(note)), 'NL');
  assert.equal(countryIn(writeNote({ ...note, subjects: [] })), null);
  assert.ok(readings.length > 8);
});
