import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retainOutgoing } from '../../src/app/retention/outgoing.ts';
import { RETENTION } from '../../src/domain/retention.ts';
import { tables } from '../../src/store/store.ts';
import { startRoost } from '../support/roost.ts';
import { LOOPBACK, startReceiver, webhookTo } from '../webhooks/receiver.ts';
import { until } from '../wire/wire.ts';

const DAY = 86_400_000;
const scope = { projectId: 'default', mode: 'test' } as const;

test('texts, look-ups, webhooks told and answers for repeats are forgotten when their time is over', async (t) => {
  const roost = await startRoost(t, LOOPBACK);
  const { store } = roost.roost;
  const receiver = await startReceiver(t);
  await webhookTo(roost, receiver);
  const json = { originator: 'Roost', recipients: '31612345678', body: 'Good morning' };
  const headers = { 'idempotency-key': 'k' };
  const message = (await roost.call('POST', '/messages', { json, headers })).body;
  await roost.call('POST', '/hlr', { json: { msisdn: 31612345678 } });
  await receiver.count(2);
  await until(
    'all is told',
    async () => (await counted(tables.webhookDeliveries, { state: 'pending' })) === 0,
  );
  async function counted(table: unknown, where = {}): Promise<number> {
    const question = { scope, where, offset: 0, limit: 1 };
    return (await store.read.page(table as typeof tables.texts, question)).total;
  }
  const retain = () => retainOutgoing({ store, retention: RETENTION, goOn: async () => true }, 10_000);
  await retain();
  const all = [tables.texts, tables.hlrs, tables.webhookDeliveries, tables.eventStreams] as const;
  assert.deepEqual(await Promise.all(all.map((table) => counted(table))), [1, 1, 2, 1]);
  roost.clock.advance(DAY + 60_000);
  await retain();
  assert.equal((await store.read.oldAnswers(Number.MAX_SAFE_INTEGER, 10)).length, 0, 'the key is forgotten');
  assert.equal((await roost.call('GET', `/messages/${message.id}`)).status, 200);
  roost.clock.advance(30 * DAY);
  await retain();
  assert.deepEqual(await Promise.all(all.map((table) => counted(table))), [1, 0, 0, 1]);
  const [text] = (await store.read.page(tables.texts, { scope, where: {}, offset: 0, limit: 1 })).items;
  assert.deepEqual([text?.sealedBody, text?.sealedRecipient], [null, null]);
  assert.equal((await roost.call('GET', `/messages/${message.id}`)).status, 404);
  roost.clock.advance(60 * DAY);
  await retain();
  assert.deepEqual(await Promise.all(all.map((table) => counted(table))), [0, 0, 0, 0]);
});
