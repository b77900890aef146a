import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Counts, NOTHING } from './counts.ts';
import { type Judgement, judge } from './judge.ts';
import { afterOutcome } from './outcome.ts';
import { type Rule, STANDARD_RULES } from './rules.ts';

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 0, 5, 12);

const found = STANDARD_RULES.find(({ id }) => id === 'block-conversion');
if (found?.kind !== 'brake') throw new Error('there is a brake on blocks');
const inForce: Rule = found;
const draft: Rule = {
  ...{ ...found, id: 'draft-block-conversion', mode: 'monitor', isTried: true },
  ...{ leastSends: 5, closesBelow: 0.5 },
};

/** One block, rules that may change, and a clock. */
function blockOf() {
  let kept: Counts = NOTHING;
  let nowMs = START_MS;
  let place = 0;
  return {
    counts: () => kept,
    pass(minutes: number) {
      nowMs += minutes * MINUTE_MS;
    },
    send(rules: readonly Rule[]): Judgement {
      place += 331;
      const sending = {
        ...({ channel: 'sms', range: null, line: null, place, country: 'NL', whence: 'unsaid' } as const),
        ...{ isProven: false, micros: 0 },
      };
      const counted = { block: { own: kept, others: [] } };
      const judged = judge(rules, sending, { projectId: 'p', recent: [], counted }, 'refuse', nowMs);
      kept = judged.kept.block ?? kept;
      return judged;
    },
    verify() {
      kept = afterOutcome({ own: kept, others: [] }, 'block', 'verified', nowMs, nowMs);
    },
  };
}

const wordsOf = ({ readings }: Judgement, rule: string) => {
  const reading = readings.find((one) => one.rule === rule);
  return `${reading?.verdict}: ${reading?.note ?? ''}`;
};

test('a brake that is tried closes, lets probes through and opens by itself, and refuses nothing meanwhile', () => {
  const block = blockOf();
  const rules = [inForce, draft];
  for (let i = 0; i < 5; i += 1) assert.equal(block.send(rules).refusal, null);
  block.pass(16);
  const closing = block.send(rules);
  assert.equal(closing.refusal, null);
  assert.equal(wordsOf(closing, draft.id), 'would-refuse: 0 of 5 verified');
  assert.equal(wordsOf(closing, inForce.id), 'under: ');
  assert.equal(block.counts().brake, undefined, 'the one in force is as it was');
  block.pass(1);
  assert.equal(wordsOf(block.send(rules), draft.id), 'would-refuse: closed');
  block.pass(60);
  assert.equal(wordsOf(block.send(rules), draft.id), 'under: a probe');
  block.verify();
  assert.equal(wordsOf(block.send(rules), draft.id), 'under: ', 'a probe was verified');
});

test('when the brake in force closes, the one that is tried goes on by its own state', () => {
  const block = blockOf();
  const mild: Rule = { ...draft, kind: 'brake', leastSends: 1_000 } as Rule;
  for (let i = 0; i < 30; i += 1) block.send([inForce, mild]);
  block.pass(16);
  const closing = block.send([inForce, mild]);
  assert.equal(closing.refusal?.rule, 'block-conversion');
  assert.equal(wordsOf(closing, mild.id), 'under: ');
  assert.notEqual(block.counts().brake, undefined);
  assert.equal(block.counts().tried, undefined);
});

test('what a draft has closed is forgotten once it is tried no more, and nothing is kept where none is', () => {
  const block = blockOf();
  for (let i = 0; i < 5; i += 1) block.send([inForce, draft]);
  block.pass(16);
  block.send([inForce, draft]);
  assert.deepEqual(Object.keys(block.counts().tried ?? {}), ['draft-block-conversion']);
  block.pass(1);
  block.send([inForce]);
  assert.ok(!('tried' in block.counts()));
});
