import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asksToCommit, startProxy } from '../store/proxy.ts';
import { numberNo } from '../wire/wire.ts';
import { startNode, startNodes } from './nodes.ts';

test('when nobody knows whether the database kept it the answer is 503 with Retry-After, and a later read tells the truth', async (t) => {
  const { other, databaseUrl } = await startNodes(t);
  const proxy = await startProxy(t, databaseUrl);
  const node = await startNode(t, proxy.url);
  const whileCut = async (
    how: 'cut' | 'pass-then-cut-before-answer',
    ask: () => ReturnType<typeof node.call>,
  ) => {
    proxy.judge = (sent) => (asksToCommit(sent) ? how : 'pass');
    const answer = await ask();
    proxy.judge = () => 'pass';
    assert.equal(answer.status, 503, answer.text);
    assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
  };
  const make = (i: number) => node.call('POST', '/verify', { json: { recipient: numberNo(i) } });
  await whileCut('cut', () => make(1));
  await whileCut('pass-then-cut-before-answer', () => make(2));

  const { id, code } = await other.createVerification(numberNo(3));
  const status = async () => (await node.call('GET', `/verify/${id}`)).body.status;
  await whileCut('cut', () => node.check(id, code));
  assert.equal(await status(), 'sent');
  await whileCut('pass-then-cut-before-answer', () => node.check(id, code));
  assert.equal(await status(), 'verified');
  assert.equal((await other.check(id, code)).status, 422, 'it was used, though nobody was told');
});

test('while the database is away a node is not ready, and when it is back it goes on by itself', async (t) => {
  const { databaseUrl } = await startNodes(t);
  const proxy = await startProxy(t, databaseUrl);
  const node = await startNode(t, proxy.url);
  const ready = async () => (await node.call('GET', '/ready', { key: null })).status;
  assert.equal(await ready(), 200);
  proxy.breakDown();
  assert.equal(await ready(), 503);
  const answer = await node.call('POST', '/verify', { json: { recipient: numberNo(1) } });
  assert.equal(answer.status, 503);
  proxy.mend();
  assert.equal(await ready(), 200);
  await node.createVerification(numberNo(2));
});
