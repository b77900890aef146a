import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { startGateway as startLoopback } from '../providers/gateway.ts';
import type { StartedRoost } from '../support/roost.ts';
import { numberNo } from '../wire/wire.ts';
import { chainOf, create, settled } from './chain.ts';
import { startWith } from './gateway.ts';

const APP_SECRET = 'a9b8c7d6e5f4a9b8c7d6e5f4a9b8c7d6';
const VERIFY_TOKEN = 'chosen-by-the-operator';

/** WhatsApp on loopback: it names each message, and says whom it was told to report to. */
async function start(t: Parameters<typeof startWith>[0] & Parameters<typeof startLoopback>[0]) {
  let named = 0;
  const gateway = await startLoopback(t, () => {
    named += 1;
    return { status: 200, body: { messages: [{ id: `wamid.${named}` }] } };
  });
  const whatsapp = {
    ...{
      kind: 'whatsapp',
      phoneNumberId: '106540352242922',
      accessToken: 'EAAJtoken',
      template: 'roost_code',
    },
    ...{ appSecret: APP_SECRET, verifyToken: VERIFY_TOKEN, baseUrl: gateway.url },
  };
  const roost = await startWith(t, { providers: { wa: whatsapp } });
  const sent = async (i: number) => {
    const { body } = await create(roost, numberNo(i));
    await settled(roost, body.id, ['sent']);
    const address: string = JSON.parse(gateway.taken.at(-1)?.body ?? '').biz_opaque_callback_data;
    return { id: body.id as string, address, name: `wamid.${named}` };
  };
  return { roost, sent };
}

type Status = { readonly name: string; readonly address: string; readonly status: string };

function report(roost: StartedRoost, statuses: readonly Status[], secret = APP_SECRET) {
  const told = statuses.map(({ name, address, status }) => ({
    ...{ id: name, status, biz_opaque_callback_data: address, errors: [{ code: 131026 }] },
  }));
  const text = JSON.stringify({ entry: [{ changes: [{ value: { statuses: told } }] }] });
  const signature = createHmac('sha256', secret).update(text).digest('hex');
  return fetch(`${roost.url}/receipts/wa`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` },
    body: text,
  });
}

test('receipts of several messages, sent to one address, reach each its own message', async (t) => {
  const { roost, sent } = await start(t);
  const [first, second] = [await sent(1), await sent(2)];
  const answer = await report(roost, [
    { ...first, status: 'delivered' },
    { ...second, status: 'failed' },
  ]);
  assert.equal(answer.status, 200);
  await settled(roost, first.id, ['delivered']);
  const [lost] = await settled(roost, second.id, ['undelivered']);
  assert.match(lost?.state === 'undelivered' ? String(lost.reason) : '', /131026/);
});

// Stops strangers, for whom the address is no secret, and other users of the same number.
test('without the signature, or with the address of another message, nothing changes', async (t) => {
  const { roost, sent } = await start(t);
  const [mine, other] = [await sent(1), await sent(2)];
  const forged = await report(roost, [{ ...mine, status: 'delivered' }], 'another secret');
  const foreign = await report(roost, [
    { ...mine, address: `${mine.address.slice(0, -1)}x`, status: 'failed' },
    { ...mine, address: other.address, status: 'failed' },
    { ...mine, address: 'nonsense', status: 'failed' },
  ]);
  assert.deepEqual([forged.status, foreign.status], [200, 200]);
  for (const { id } of [mine, other]) {
    assert.deepEqual(
      (await chainOf(roost, id)).map(({ state }) => state),
      ['sent'],
    );
  }
});

test('the address is confirmed to whoever knows the verify token, and to nobody else', async (t) => {
  const { roost } = await start(t);
  const greet = (provider: string, token: string) =>
    fetch(
      `${roost.url}/receipts/${provider}?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${token}`,
    );
  const greeted = await greet('wa', VERIFY_TOKEN);
  assert.deepEqual([greeted.status, await greeted.text()], [200, '1158201444']);
  assert.equal((await greet('wa', 'a-guess')).status, 404);
  assert.equal((await greet('sandbox', VERIFY_TOKEN)).status, 404);
  assert.equal((await greet('nobody', VERIFY_TOKEN)).status, 404);
});
