import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inTime } from '../../../testing/in-time.ts';
import { type StartedRoost, startRoost } from '../support/roost.ts';
import { startReceiver, webhookTo } from '../webhooks/receiver.ts';
import { numberNo, until } from '../wire/wire.ts';
import { SECRET_KEY, startNodes } from './nodes.ts';

const times = (count: number) => Array.from({ length: count }, (_, i) => i);

test('of 100 parallel repeats of a create over two nodes one makes something, and all get its answer', async (t) => {
  const nodes = await startNodes(t);
  for (let round = 0; round < 5; round += 1) {
    const options = {
      json: { recipient: numberNo(round), timeout: 300 },
      headers: { 'idempotency-key': `order-${round}` },
    };
    const answers = await Promise.all(times(100).map((i) => nodes.of(i).call('POST', '/verify', options)));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]));
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
  }
  await until('all five have arrived, and no more', async () => {
    const { messages } = (await nodes.one.call('GET', '/sandbox/messages')).body;
    return messages.length === 5;
  });
});

async function startNode(t: Parameters<typeof startRoost>[0], databaseUrl: string): Promise<StartedRoost> {
  const env = { DATABASE_URL: databaseUrl, ROOST_SECRET_KEY: SECRET_KEY, ROOST_WEBHOOKS: 'loopback' };
  return startRoost(t, { env });
}

test('a webhook made at one node hears within a second of what happens at the other, in order and once', async (t) => {
  const { databaseUrl, one: plain, other } = await startNodes(t);
  await Promise.all([plain.stop(), other.stop()]);
  const [one, two] = await Promise.all([startNode(t, databaseUrl), startNode(t, databaseUrl)]);
  let receiver = await startReceiver(t);
  let others = 0;
  await inTime(1_000, async (tries) => {
    if (tries > 0) receiver = await startReceiver(t);
    await webhookTo(one, receiver);
    const sinceMs = performance.now();
    const asked: { id: string; afterMs: number }[] = [];
    const isHeard = ({ id }: { id: string }) => receiver.got.some(({ text }) => text.includes(id));
    while (!asked.some(isHeard)) {
      const afterMs = performance.now() - sinceMs;
      asked.push({ id: (await two.createVerification(numberNo(900 + others++))).id, afterMs });
      await sleep(100);
    }
    return asked[asked.findIndex(isHeard)]?.afterMs ?? assert.fail();
  });
  const made = await Promise.all(
    times(20).map(async (i) => {
      const [here, there] = i % 2 === 0 ? [one, two] : [two, one];
      const { id, code } = await here.createVerification(numberNo(i));
      assert.equal((await there.check(id, code)).status, 200);
      return id;
    }),
  );
  const got = () => receiver.got.filter(({ text }) => made.some((id) => text.includes(id)));
  await until('all is told', async () => got().length >= 80);
  await sleep(600);
  assert.equal(got().length, 80, 'each once while no node dies');
  for (const id of made) {
    const mine = got()
      .filter(({ text }) => text.includes(id))
      .map(({ event }) => event.sequence);
    assert.deepEqual(mine, [1, 2, 3, 4]);
  }
});

test('what a node was telling when it went away is told by the other, with the same id', async (t) => {
  const { databaseUrl, one: plain, other } = await startNodes(t);
  await Promise.all([plain.stop(), other.stop()]);
  const one = await startNode(t, databaseUrl);
  const receiver = await startReceiver(t);
  const ids = new Set<string>();
  receiver.answer(({ headers }) => {
    ids.add(String(headers['webhook-id']));
    return 500;
  });
  await webhookTo(one, receiver, { events: ['verification.created'] });
  await Promise.all(times(5).map((i) => one.createVerification(numberNo(i))));
  await until('all were tried', async () => ids.size === 5);
  await one.stop();
  receiver.answer(204);
  await startNode(t, databaseUrl);
  const got = await receiver.count(5);
  assert.deepEqual(new Set(got.map(({ headers }) => headers['webhook-id'])), ids);
});
