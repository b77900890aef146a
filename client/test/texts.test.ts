import assert from 'node:assert/strict';
import test from 'node:test';
import { RoostError } from '../src/index.ts';
import { sendJson, startStub } from './stub.ts';

test('a text without a code is sent to one recipient, in letters of any alphabet', async (t) => {
  const { roost, heard } = await startStub(t, (response) =>
    sendJson(response, 201, { id: 'abc', body: 'x' }),
  );
  const sent = await roost.texts.send({
    recipient: '+31612345678',
    body: 'Hallo 🐦',
    originator: 'BirdBank',
  });
  assert.deepEqual(sent, { id: 'abc' });
  assert.equal(`${heard[0]?.method} ${heard[0]?.url}`, 'POST /messages');
  assert.deepEqual(JSON.parse(heard[0]?.body ?? ''), {
    ...{ recipients: ['+31612345678'], body: 'Hallo 🐦', originator: 'BirdBank', datacoding: 'auto' },
  });
});

test('an answer without an id is none of Roost’s', async (t) => {
  const { roost } = await startStub(t, (response) => sendJson(response, 201, { ok: true }));
  const sending = roost.texts.send({ recipient: '+31612345678', body: 'Hello', originator: 'BirdBank' });
  await assert.rejects(sending, (error) => error instanceof RoostError && error.kind === 'unexpected');
});
