import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inTime } from '../../../testing/in-time.ts';
import { readAccessKey } from '../../src/domain/access-key.ts';
import type { Pending } from '../../src/domain/message.ts';
import { tables } from '../../src/store/store.ts';
import { type StartedRoost, startRoost, TEST_KEY } from '../support/roost.ts';
import { messageOf, numberNo, until } from '../wire/wire.ts';
import { SECRET_KEY, startNode, startNodes } from './nodes.ts';

test('an access key that is revoked is refused by every node within a second', async (t) => {
  const nodes = await startNodes(t);
  const isTaken = async (node: StartedRoost) => (await node.call('GET', '/verify/x')).status !== 401;
  assert.deepEqual([await isTaken(nodes.one), await isTaken(nodes.other)], [true, true]);
  const digest = readAccessKey(TEST_KEY)?.digest ?? assert.fail();
  const revoke = (how: 'revoke' | 'restore') =>
    nodes.one.roost.store.transaction(async (tx) => {
      const key = await tx.get(tables.accessKeys, { digest });
      assert.ok(key !== null);
      tx.update(tables.accessKeys, { ...key, revokedAtMs: how === 'revoke' ? tx.nowMs : null });
    });
  await inTime(1_000, async (tries) => {
    if (tries > 0) await revoke('restore');
    for (const node of [nodes.one, nodes.other]) await until('the key is taken', () => isTaken(node));
    await revoke('revoke');
    const sinceMs = performance.now();
    let lastTakenMs = sinceMs;
    for (const node of [nodes.one, nodes.other]) {
      for (let askedMs = performance.now(); await isTaken(node); askedMs = performance.now()) {
        lastTakenMs = Math.max(lastTakenMs, askedMs);
        await sleep(5);
      }
    }
    return lastTakenMs - sinceMs;
  });
});

test('a message of a node that died is taken over when its lease runs out, not before, and by one node alone', async (t) => {
  const nodes = await startNodes(t);
  const ids: string[] = [];
  for (let i = 0; i < 20; i += 1) ids.push((await nodes.of(i).createVerification(numberNo(i))).id);
  for (const id of ids)
    await until('it is delivered', async () => (await stateOf(nodes.one, id)) === 'delivered');

  const { store } = nodes.one.roost;
  const freeAtMs = store.nowMs() + 1_500;
  await store.transaction(async (tx) => {
    const found = await Promise.all(ids.map((id) => tx.get(tables.verifications, { ...SCOPE, id })));
    for (const verification of found) {
      assert.ok(verification !== null);
      const message = await tx.get(tables.messages, { ...SCOPE, id: verification.messageId });
      assert.ok(message?.state === 'delivered');
      const { sentAtMs: _, endedAtMs: __, reason: ___, ...about } = message;
      const lease = { holder: 'a node that died', dueAtMs: freeAtMs };
      tx.update(tables.messages, { ...about, state: 'pending', lease } satisfies Pending);
    }
  });
  while (store.nowMs() < freeAtMs) {
    const states = await Promise.all(ids.map((id) => stateOf(nodes.other, id)));
    // Whatever was read after its lease had run out says nothing.
    if (store.nowMs() < freeAtMs) assert.deepEqual(new Set(states), new Set(['pending']));
    await sleep(50);
  }
  for (const id of ids) {
    await until('it is delivered', async () => (await stateOf(nodes.other, id)) === 'delivered');
    assert.equal((await messageOf(nodes.one, id, 'test')).attempts, 2);
  }
});

test('a node that is stopped and started again in the middle loses nothing, and revives no code', async (t) => {
  const nodes = await startNodes(t);
  const makeSome = (from: number, node: (i: number) => StartedRoost) =>
    Promise.all(Array.from({ length: 40 }, (_, i) => node(i).createVerification(numberNo(from + i))));
  const before = await makeSome(0, nodes.of);
  for (const { id, code } of before.slice(0, 20)) assert.equal((await nodes.one.check(id, code)).status, 200);
  const during = makeSome(100, () => nodes.other);
  await nodes.one.stop();
  const again = await startNode(t, nodes.databaseUrl);
  for (const { id, code } of before.slice(0, 20)) assert.equal((await again.check(id, code)).status, 422);
  for (const { id, code } of [...before.slice(20), ...(await during)]) {
    const both = await Promise.all([again.check(id, code), nodes.other.check(id, code)]);
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 422]);
  }
});

test('a node shows on its phone what the other has sent', async (t) => {
  const nodes = await startNodes(t);
  const { code } = await nodes.one.createVerification('+31612345678');
  const path = `/sandbox/messages?recipient=${encodeURIComponent('+31612345678')}&wait=5`;
  const { messages } = (await nodes.other.call('GET', path)).body;
  assert.deepEqual(
    messages.map(({ token }: { token: string }) => token),
    [code],
  );
});

test('a node with another master key does not start', async (t) => {
  const nodes = await startNodes(t);
  const env = { DATABASE_URL: nodes.databaseUrl, ROOST_SECRET_KEY: SECRET_KEY.split('').reverse().join('') };
  await assert.rejects(startRoost(t, { env }), /master key/);
});

const SCOPE = { projectId: 'default', mode: 'test' } as const;
const stateOf = async (node: StartedRoost, id: string) => (await messageOf(node, id, 'test')).state;
