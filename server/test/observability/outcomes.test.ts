import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGuarded } from '../guard/guarded.ts';
import { startNodes } from '../nodes/nodes.ts';
import { type StartedRoost, startRoost } from '../support/roost.ts';
import { LOOPBACK, startReceiver, webhookTo } from '../webhooks/receiver.ts';
import { type Family, numberOf, readExposition } from './exposition.ts';

async function metricsOf(roost: StartedRoost): Promise<Map<string, Family>> {
  const { text } = await roost.call('GET', '/metrics', { key: null, headers: { authorization: BEARER } });
  return readExposition(text);
}
const TOKEN = 'a-token-for-prometheus';
const BEARER = `Bearer ${TOKEN}`;

async function reaching(roost: StartedRoost, name: string, labels: Record<string, string>, least: number) {
  for (let i = 0; i < 1_200; i += 1) {
    const families = await metricsOf(roost);
    if (numberOf(families, name, labels) >= least) return families;
    await sleep(25);
  }
  throw new Error(`${name} ${JSON.stringify(labels)} did not become ${least}`);
}

test('what the guard refuses is counted by its rule, once for each, and what goes out by its provider', async (t) => {
  const rules = { sequence: { mode: 'off' }, 'key-rate': { mode: 'off' } };
  const roost = await startGuarded(t, { rules }, { env: { ROOST_METRICS_TOKEN: TOKEN } });
  for (let i = 0; i < 12; i += 1) await roost.send(`+3161234${String(i * 431).padStart(4, '0')}`);
  const sent = { mode: 'live', channel: 'sms', provider: 'bird', outcome: 'accepted' };
  const families = await reaching(roost, 'roost_messages_total', sent, 10);
  const is = (name: string, labels: Record<string, string>, value: number) =>
    assert.equal(numberOf(families, name, labels), value, name);
  is('roost_verifications_created_total', { mode: 'live' }, 10);
  is('roost_sendings_refused_total', { mode: 'live', channel: 'sms' }, 2);
  is('roost_guard_decisions_total', { rule: 'block-unverified', verdict: 'refused' }, 2);
  is('roost_provider_sendings_total', { provider: 'bird', outcome: 'accepted' }, 10);
  is('roost_breaker_open', { provider: 'bird' }, 0);
  assert.deepEqual(
    families.get('roost_breaker_open')?.samples.length,
    1,
    'it is there while nothing is wrong',
  );
});

test('each try of a webhook is counted, and the event once it is told', async (t) => {
  const roost = await startRoost(t, LOOPBACK);
  const receiver = await startReceiver(t);
  receiver.answer(503);
  await webhookTo(roost, receiver);
  await roost.createVerification('+31612345678');
  const failing = await reaching(roost, 'roost_webhook_attempts_total', { outcome: 'failed' }, 1);
  assert.equal(numberOf(failing, 'roost_webhook_deliveries_total', { outcome: 'delivered' }), 0);
  await reaching(roost, 'roost_webhook_endpoints_failing', {}, 1);
  receiver.answer(204);
  roost.clock.advance(10_000);
  const told = await reaching(roost, 'roost_webhook_deliveries_total', { outcome: 'delivered' }, 1);
  assert.ok(numberOf(told, 'roost_webhook_attempts_total', { outcome: 'delivered' }) >= 1);
});

test('over PostgreSQL each node counts what it did, and both tell what is in the database', async (t) => {
  const { one, other } = await startNodes(t);
  await Promise.all(Array.from({ length: 20 }, (_, i) => one.createVerification(`+3161234560${i % 10}`)));
  const [mine, theirs] = [await metricsOf(one), await metricsOf(other)];
  assert.equal(numberOf(mine, 'roost_verifications_created_total'), 20);
  assert.equal(numberOf(theirs, 'roost_verifications_created_total'), 0);
  assert.ok(numberOf(mine, 'roost_store_commit_seconds_count') >= 1);
  assert.ok(numberOf(mine, 'roost_store_batch_works_sum') >= 20);
  for (const families of [mine, theirs]) {
    assert.equal(numberOf(families, 'roost_store_up'), 1);
    assert.equal(numberOf(families, 'roost_database_bytes'), 0);
  }
});
