import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { LIVE_KEY } from '../support/roost.ts';
import { type Guarded, startGuarded } from './guarded.ts';

const OFF = { mode: 'off' };
const BITS = 10;
const STEP_UP = { ways: ['proof-of-work'], bits: BITS };
const RULES = { sequence: OFF, 'key-rate': OFF };

/** Roost with a block of numbers that is full. */
async function startFull(t: TestContext, guard: object): Promise<Guarded> {
  const roost = await startGuarded(t, { rules: { ...RULES, 'block-unverified': { most: 2 } }, ...guard });
  for (const number of ['+31612340101', '+31612340202']) assert.equal((await roost.send(number)).status, 201);
  return roost;
}

const puzzleOf = (header: string | null): string => /puzzle="([^"]+)"/.exec(header ?? '')?.[1] ?? '';

/** What a caller's page does: counts up until the hash begins with enough zero bits. */
function solve(puzzle: string, bits = BITS): string {
  for (let i = 0; ; i += 1) {
    const solution = `${puzzle}:${i}`;
    const digest = createHash('sha256').update(solution).digest();
    if (digest.readUInt32BE(0) < 2 ** (32 - bits)) return solution;
  }
}

test('where a crowd is refused, a puzzle is offered, and its solution lets the code through once', async (t) => {
  const roost = await startFull(t, { stepUp: STEP_UP });
  const refused = await roost.send('+31612345555');
  assert.equal(refused.status, 422);
  const header = refused.headers.get('roost-step-up');
  assert.match(header ?? '', /^proof-of-work; puzzle="[0-9a-z.]+"; bits=10$/);
  const stepUp = solve(puzzleOf(header));
  const made = await roost.send('+31612345555', { stepUp });
  assert.equal(made.status, 201, made.text);
  const decision = await roost.call('GET', `/v1/verifications/${made.body.id}/decision`, { key: LIVE_KEY });
  const block = decision.body.readings.find(({ rule }: { rule: string }) => rule === 'block-unverified');
  assert.deepEqual([block.verdict, block.note], ['would-refuse', 'stepped up']);
  roost.clock.advance(61_000);
  assert.equal((await roost.send('+31612345555', { stepUp })).status, 422, 'a solution is used once');
});

test('of 20 parallel creates with one solution one goes through', async (t) => {
  const roost = await startFull(t, {
    stepUp: STEP_UP,
    rules: { ...RULES, 'block-unverified': { most: 2 }, 'cool-down': OFF },
  });
  const stepUp = solve(puzzleOf((await roost.send('+31612345555')).headers.get('roost-step-up')));
  const answers = await Promise.all(Array.from({ length: 20 }, () => roost.send('+31612345555', { stepUp })));
  assert.equal(answers.filter(({ status }) => status === 201).length, 1);
});

test('a solution is for one recipient and for five minutes, and a forged or unsolved one is nothing', async (t) => {
  const roost = await startFull(t, { stepUp: STEP_UP });
  const puzzle = puzzleOf((await roost.send('+31612345555')).headers.get('roost-step-up'));
  const good = solve(puzzle);
  assert.equal((await roost.send('+31612346666', { stepUp: good })).status, 422, 'of another recipient');
  const unsolved = Array.from({ length: 5_000 }, (_, i) => `${puzzle}:${i}`).find(
    (one) => createHash('sha256').update(one).digest()[0] !== 0,
  );
  const [end = '', , nonce = '', tag = ''] = puzzle.split('.');
  const easy = `${end}.0.${nonce}.${tag}:1`;
  for (const stepUp of [unsolved, easy, 'captcha', `${puzzle}:`, puzzle, 'x'.repeat(10_000)]) {
    assert.equal((await roost.send('+31612345555', { stepUp })).status, 422, stepUp?.slice(0, 60));
  }
  roost.clock.advance(300_001);
  assert.equal((await roost.send('+31612345555', { stepUp: good })).status, 422, 'too late');
});

test('no solution passes the rules about money, countries, ranges, or the recipient', async (t) => {
  const rules = { ...RULES, 'block-unverified': { most: 2 }, 'recipient-hour': { most: 1 } };
  const roost = await startFull(t, { countries: ['NL'], stepUp: { ways: ['captcha'], bits: BITS }, rules });
  const captcha = { stepUp: 'captcha' };
  assert.equal((await roost.send('+31612345555', captcha)).status, 201);
  roost.clock.advance(61_000);
  for (const number of ['+31612345555', '+33612345678', '+881612345678']) {
    const refused = await roost.send(number, captcha);
    assert.equal(refused.status, 422, number);
    assert.equal(refused.headers.get('roost-step-up'), null);
  }
});

test('no more an hour are let through so than the policy says, and without a policy nothing is offered', async (t) => {
  const roost = await startFull(t, { stepUp: { ways: ['captcha'], mostAnHour: 2 } });
  const statuses = [];
  for (let i = 0; i < 4; i += 1)
    statuses.push((await roost.send(`+3161234${5000 + i * 111}`, { stepUp: 'captcha' })).status);
  assert.deepEqual(statuses, [201, 201, 422, 422]);
  const plain = await startFull(t, {});
  const refused = await plain.send('+31612345555', { stepUp: 'captcha' });
  assert.deepEqual([refused.status, refused.headers.get('roost-step-up')], [422, null]);
});
