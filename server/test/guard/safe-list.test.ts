import assert from 'node:assert/strict';
import test from 'node:test';
import { readNumberLists } from '../../src/config/guard-lists.ts';
import { isSafe, safeListOf } from '../../src/domain/guard/safe-list.ts';
import { placeAt, tables } from '../../src/store/store.ts';
import { LIVE_KEY } from '../support/roost.ts';
import { type Guarded, startGuarded } from './guarded.ts';

const OFF = { mode: 'off' };
const QUIET = { sequence: OFF, 'key-rate': OFF, 'cool-down': OFF };
const SAFE = '+31612340001';
const other = (i: number): string => `+3161234${String(100 + i * 431).padStart(4, '0')}`;

async function send(roost: Guarded, number: string, times = 1): Promise<readonly number[]> {
  const statuses = [];
  for (let i = 0; i < times; i += 1) {
    statuses.push((await roost.send(number, { timeout: 30 })).status);
    roost.clock.advance(31_000);
  }
  return statuses;
}

const decisionOf = async (roost: Guarded, id: string) =>
  (await roost.call('GET', `/v1/verifications/${id}/decision`, { key: LIVE_KEY })).body;

test('a number on the safe list goes through when its block is full, which the decision and the audit log tell', async (t) => {
  const roost = await startGuarded(t, { rules: QUIET, lists: { safe: [SAFE] } });
  for (let i = 0; i < 10; i += 1) assert.equal((await roost.send(other(i))).status, 201);
  assert.equal((await roost.send(other(11))).status, 422);
  const made = await roost.send(SAFE);
  assert.equal(made.status, 201);
  const decision = await decisionOf(roost, made.body.id);
  assert.equal(decision.exempt, 'listed');
  const held = decision.readings.filter(({ verdict }: { verdict: string }) => verdict === 'would-refuse');
  assert.deepEqual(held, [
    { rule: 'block-unverified', value: 11, most: 10, verdict: 'would-refuse', note: 'safe list' },
  ]);
  const entries = await roost.roost.store.read.audit.since({ sinceMs: 0, limit: 100 });
  const found = entries.filter(({ action }) => action === 'guard.exempted');
  assert.deepEqual(
    found.map(({ object }) => object),
    ['default live block-unverified'],
  );
  assert.ok(!JSON.stringify(found).includes('612340001'));
});

// Else a listed number is a way to pump its neighbours.
test('what is sent to a listed number opens nothing for its block: others are stopped where they would have been', async (t) => {
  const roost = await startGuarded(t, {
    ...{ rules: { ...QUIET, 'recipient-hour': OFF, 'recipient-day': OFF }, lists: { safe: [SAFE] } },
  });
  const statuses = [];
  for (let i = 0; i < 12; i += 1) {
    statuses.push((await roost.send(other(i))).status);
    assert.deepEqual(await send(roost, SAFE), [201]);
  }
  assert.deepEqual(statuses, [...Array(10).fill(201), 422, 422]);
  for (const near of ['+31612340000', '+31612340002', '+31612340009'])
    assert.equal((await roost.send(near)).status, 422, near);
});

test('what is sent to listed numbers, verified or not, neither closes a block to others nor keeps it open', async (t) => {
  const roost = await startGuarded(t, {
    ...{ rules: { ...QUIET, 'recipient-hour': OFF, 'recipient-day': OFF }, lists: { safe: [SAFE] } },
  });
  assert.ok((await send(roost, SAFE, 14)).every((status) => status === 201));
  assert.equal((await roost.send(other(1))).status, 201, 'fourteen unverified ones are not its');
  const made = await roost.send(SAFE);
  const row = await roost.roost.store.read.get(tables.verifications, {
    ...{ projectId: 'default', mode: 'live', id: made.body.id },
  });
  assert.match(row?.guard ?? '', /~!block=/, 'a success is not counted on its block either');
});

test('the limits of the recipient, the ranges, countries and money hold for listed numbers too', async (t) => {
  const lists = { safe: ['+31612340001', '+31900123456', '+33612345678'] };
  const roost = await startGuarded(t, { countries: ['NL'], rules: QUIET, lists });
  assert.deepEqual(await send(roost, SAFE, 6), [201, 201, 201, 201, 201, 422]);
  assert.equal((await roost.send('+31900123456')).status, 422);
  assert.equal((await roost.send('+33612345678')).status, 422);
  const refused = await roost.roost.store.read.history.refused({
    ...{ after: placeAt(0), before: placeAt(roost.roost.store.nowMs() + 86_400_000), limit: 10 },
  });
  // Refusals of the same millisecond stand in no order.
  assert.deepEqual(refused.map(({ rule }) => rule).sort(), ['countries', 'ranges', 'recipient-hour']);
});

test('an entry is one number, a beginning with * all that begin so, and both are of their project alone', () => {
  const lists = new Map([
    ['*', safeListOf(['+31612345678'])],
    ['shop', safeListOf(['+3197001*'])],
  ]);
  assert.ok(isSafe(lists, 'shop', '+31612345678') && isSafe(lists, 'bank', '+31612345678'));
  assert.ok(!isSafe(lists, 'bank', '+316123456789') && !isSafe(lists, 'bank', '+31612345679'));
  assert.ok(isSafe(lists, 'shop', '+319700112345') && !isSafe(lists, 'bank', '+319700112345'));
});

test('what is no number, and a beginning that half a country has, is refused with what would be right', () => {
  for (const entry of ['31612345678', '+31*', '+3161*2', '*', 7]) {
    const problems: string[] = [];
    readNumberLists({ lists: { safe: { shop: [entry] } } }, problems);
    assert.equal(problems.length, 1, String(entry));
    assert.match(problems[0] ?? '', /^guard\.lists\.safe\.shop: set a list of numbers/);
  }
  const problems: string[] = [];
  readNumberLists({ lists: { safe: { 'No Project': [] } } }, problems);
  assert.match(problems[0] ?? '', /name a project/);
});
