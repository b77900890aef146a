import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inTime } from '../../../testing/in-time.ts';
import type { Message, Pending } from '../../src/domain/message.ts';
import { tables } from '../../src/store/store.ts';
import { type StartedRoost, startRoost } from '../support/roost.ts';
import { messageOf, numberNo, until, verificationOf, wrong } from '../wire/wire.ts';

const state = async (roost: StartedRoost, id: string) => (await messageOf(roost, id, 'test')).state;
const becomes = (roost: StartedRoost, id: string, wanted: Message['state']) =>
  until(`the message is ${wanted}`, async () => (await state(roost, id)) === wanted);
const statusOf = async (roost: StartedRoost, id: string) =>
  (await roost.call('GET', `/verify/${id}`)).body.status;
const arrived = async (roost: StartedRoost, recipient: string): Promise<{ id: string; token: string }[]> =>
  (await roost.call('GET', `/sandbox/messages?recipient=${encodeURIComponent(recipient)}`)).body.messages;

test('a message is on the sandbox phone within 50 ms of the 201, in the median of 50', async (t) => {
  const roost = await startRoost(t);
  await inTime(50, async (tries) => {
    const tookMs: number[] = [];
    for (let i = 0; i < 50; i += 1) {
      const recipient = numberNo(50 * tries + i);
      const json = { recipient, returnToken: true, timeout: 300 };
      const made = await roost.call('POST', '/verify', { json });
      const startMs = performance.now();
      const query = `recipient=${encodeURIComponent(recipient)}&wait=30`;
      const { messages } = (await roost.call('GET', `/sandbox/messages?${query}`)).body;
      tookMs.push(performance.now() - startMs);
      assert.deepEqual([messages[0].id, messages[0].token], [made.body.messages.id, made.body.token]);
    }
    return tookMs.sort((a, b) => a - b)[25] ?? 0;
  });
});

for (const [phone, email] of [
  ['+447700900001', 'delivered@sandbox.example'],
  ['+31612345678', 'anybody@example.com'],
] as const) {
  test(`a message to ${phone} or ${email} is delivered at once`, async (t) => {
    const roost = await startRoost(t);
    for (const [recipient, more] of [
      [phone, {}],
      [email, { type: 'email' }],
    ] as const) {
      const { id, code } = await roost.createVerification(recipient, more);
      await becomes(roost, id, 'delivered');
      assert.equal((await messageOf(roost, id, 'test')).attempts, 1);
      assert.deepEqual(
        (await arrived(roost, recipient)).map(({ token }) => token),
        [code],
      );
      assert.equal((await roost.check(id, code)).status, 200);
    }
  });
}

test('the undelivered number: the provider takes it, reports it as lost, and the verification has failed', async (t) => {
  const roost = await startRoost(t);
  for (const [recipient, more] of [
    ['+447700900002', {}],
    ['undelivered@sandbox.example', { type: 'email' }],
  ] as const) {
    const { id, code } = await roost.createVerification(recipient, more);
    await becomes(roost, id, 'undelivered');
    assert.equal(await statusOf(roost, id), 'failed');
    assert.match((await roost.check(id, code)).text, /already been processed/);
    assert.deepEqual(await arrived(roost, recipient), []);
  }
});

test('the late number: nothing for ten seconds, then the message, and the code works', async (t) => {
  const roost = await startRoost(t);
  const { id, code } = await roost.createVerification('+447700900003');
  await becomes(roost, id, 'sent');
  roost.clock.advance(9_000);
  await sleep(400);
  assert.deepEqual([await state(roost, id), await arrived(roost, '+447700900003')], ['sent', []]);
  roost.clock.advance(1_000);
  await becomes(roost, id, 'delivered');
  assert.equal((await arrived(roost, '+447700900003'))[0]?.token, code);
  assert.equal((await roost.check(id, code)).status, 200);
});

test('the busy number: tried three times, a second apart, and then delivered once', async (t) => {
  const roost = await startRoost(t);
  const { id, code } = await roost.createVerification('+447700900004');
  for (const attempts of [1, 2]) {
    await until(`sending ${attempts} was answered with busy`, async () => {
      const message = await messageOf(roost, id, 'test');
      return message.state === 'pending' && message.attempts === attempts && message.lease.holder === null;
    });
    assert.deepEqual(await arrived(roost, '+447700900004'), []);
    roost.clock.advance(1_000);
  }
  await becomes(roost, id, 'delivered');
  assert.equal((await messageOf(roost, id, 'test')).attempts, 3);
  assert.deepEqual(
    (await arrived(roost, '+447700900004')).map(({ token }) => token),
    [code],
  );
});

test('the refused number: the verification fails at once, and its attempts are given back', async (t) => {
  const roost = await startRoost(t);
  for (let i = 0; i < 4; i += 1) {
    const { id, code } = await roost.createVerification('+447700900005', { maxAttempts: 10 });
    await becomes(roost, id, 'failed');
    const failed = await verificationOf(roost, id, 'test');
    assert.deepEqual([failed.state, failed.wrongGuesses], ['failed', 0]);
    for (const token of [code, wrong(code)])
      assert.match((await roost.check(id, token)).text, /already been processed/);
  }
});

/** Puts a message back to where it was between its commit and its sending, in the hands of a node that is gone. */
async function unsend(roost: StartedRoost, id: string, dueAtMs: number): Promise<void> {
  await becomes(roost, id, 'delivered');
  const sent = await messageOf(roost, id, 'test');
  await roost.roost.store.transaction(async (tx) => {
    const { projectId, mode, verificationId, channel, provider, createdAtMs, expiresAtMs } = sent;
    const about = { projectId, mode, verificationId, channel, provider, createdAtMs, expiresAtMs };
    const lease = { holder: 'a node that is gone', dueAtMs };
    const pending: Pending = {
      ...about,
      id: sent.id,
      reference: null,
      attempts: 1,
      routing: null,
      state: 'pending',
      lease,
    };
    tx.update(tables.messages, pending);
  });
}

test('a message committed by a Roost that ended before it was sent is sent by the next one, at once', async (t) => {
  const first = await startRoost(t);
  const { id, code } = await first.createVerification(numberNo(1));
  await unsend(first, id, first.clock() + 20_000);
  assert.deepEqual(await arrived(first, numberNo(1)), []);
  await first.stop();
  const second = await startRoost(t, { folder: first.folder, clock: first.clock });
  await becomes(second, id, 'delivered');
  assert.equal((await messageOf(second, id, 'test')).attempts, 2);
  assert.deepEqual(
    (await arrived(second, numberNo(1))).map(({ token }) => token),
    [code],
    'the same code',
  );
  assert.equal((await second.check(id, code)).status, 200);
});

test('a message in the hands of a node that is gone is left alone until its lease ends, then taken over', async (t) => {
  const roost = await startRoost(t);
  const { id } = await roost.createVerification(numberNo(1));
  await unsend(roost, id, roost.clock() + 20_000);
  await sleep(400);
  assert.equal(await state(roost, id), 'pending');
  roost.clock.advance(20_000);
  await becomes(roost, id, 'delivered');
});

test('nothing is sent after its code has expired: the message is canceled, by this Roost or the next', async (t) => {
  const first = await startRoost(t);
  const here = await first.createVerification(numberNo(1), { timeout: 60 });
  const there = await first.createVerification(numberNo(2), { timeout: 60 });
  await unsend(first, here.id, first.clock() + 61_000);
  await unsend(first, there.id, first.clock() + 600_000);
  first.clock.advance(61_000);
  await becomes(first, here.id, 'canceled');
  await first.stop();
  const second = await startRoost(t, { folder: first.folder, clock: first.clock });
  await becomes(second, there.id, 'canceled');
  for (const { id } of [here, there]) {
    const message = await messageOf(second, id, 'test');
    assert.ok(message.state === 'canceled' && message.sentAtMs === null && message.attempts === 1);
  }
  assert.deepEqual((await second.call('GET', '/sandbox/messages')).body.messages, []);
});

test('a message whose verification was deleted before it left is canceled', async (t) => {
  const roost = await startRoost(t);
  const { id } = await roost.createVerification(numberNo(1));
  const messageId = (await messageOf(roost, id, 'test')).id;
  await unsend(roost, id, roost.clock() + 5_000);
  assert.equal((await roost.call('DELETE', `/verify/${id}`)).status, 204);
  roost.clock.advance(5_000);
  const key = { projectId: 'default', mode: 'test', id: messageId } as const;
  await until('it is canceled', async () => {
    return (await roost.roost.store.read.get(tables.messages, key))?.state === 'canceled';
  });
});
