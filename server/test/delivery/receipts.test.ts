import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliveryRates } from '../../src/app/delivery/rates.ts';
import { startSmsc } from '../providers/smsc.ts';
import type { StartedRoost } from '../support/roost.ts';
import { numberNo, until, verificationOf } from '../wire/wire.ts';
import { chainOf, create, settled } from './chain.ts';
import { type Asked, type Gateway, httpProvider, startGateway, startWith } from './gateway.ts';

const PUBLIC = 'https://verify.example.com';

/** A receipt as the gateway sends it, to the address that it was given or another. */
function report(roost: StartedRoost, to: Asked | string, form: Record<string, string>, method = 'POST') {
  const url = typeof to === 'string' ? to : to.receiptUrl;
  assert.ok(url.startsWith(`${PUBLIC}/receipts/`), url);
  const path = url.slice(PUBLIC.length);
  return method === 'GET'
    ? roost.call('GET', `${path}?${new URLSearchParams(form)}`, { key: null })
    : roost.call('POST', path, { key: null, form });
}

async function sent(roost: StartedRoost, gateway: Gateway, i: number) {
  const { body } = await create(roost, numberNo(i));
  await settled(roost, body.id, ['sent']);
  const asked = gateway.taken.find(({ messageId }) => messageId === body.messages.id);
  assert.ok(asked !== undefined);
  return { id: body.id as string, asked };
}

test('a receipt says that a message was delivered, and no other receipt changes that', async (t) => {
  const gateway = await startGateway(t);
  const roost = await startWith(t, { providers: { one: httpProvider(gateway) } });
  const { id, asked } = await sent(roost, gateway, 1);
  const progress = await report(roost, asked, { status: 'on its way' });
  assert.equal((await chainOf(roost, id))[0]?.state, 'sent');
  const first = await report(roost, asked, { status: 'ok' });
  assert.deepEqual([progress.status, first.status], [200, 200]);
  const [before] = await settled(roost, id, ['delivered']);
  for (const status of ['ok', 'lost', 'on its way']) {
    const again = await report(roost, asked, { status });
    assert.deepEqual([again.status, again.text], [first.status, first.text]);
  }
  assert.deepEqual(await chainOf(roost, id), [before], 'duplicates and reordered ones change nothing');
  assert.equal((await verificationOf(roost, id, 'live')).state, 'open');
});

// Stops strangers from telling us what became of a message, and from learning whether there is one.
test('forged, foreign and unknown receipts change nothing, and get the answer of a good one', async (t) => {
  const gateway = await startGateway(t);
  const roost = await startWith(t, { providers: { one: httpProvider(gateway), two: httpProvider(gateway) } });
  const [mine, other] = [await sent(roost, gateway, 1), await sent(roost, gateway, 2)];
  const [, , , , , message = '', tag = ''] = mine.asked.receiptUrl.split('/');
  const otherMessage = other.asked.messageId;
  const addresses = [
    `${PUBLIC}/receipts/one/${otherMessage}/${tag}`,
    `${PUBLIC}/receipts/two/${message}/${tag}`,
    `${PUBLIC}/receipts/one/${message}/${'0'.repeat(32)}`,
    `${PUBLIC}/receipts/one/${message}/x`,
    `${PUBLIC}/receipts/one/${'a'.repeat(32)}/${tag}`,
    `${PUBLIC}/receipts/one/nonsense/${tag}`,
  ];
  const answers = [];
  for (const address of addresses) {
    for (const method of ['POST', 'GET'])
      answers.push(await report(roost, address, { status: 'lost' }, method));
  }
  // The body of one message at the address of another.
  answers.push(await report(roost, mine.asked, { status: 'lost', id: `ref-${otherMessage}` }));
  for (const { id } of [mine, other]) {
    assert.deepEqual(
      (await chainOf(roost, id)).map(({ state }) => state),
      ['sent'],
    );
  }
  const good = await report(roost, mine.asked, { status: 'ok', id: `ref-${message}` });
  for (const { status, text, headers } of answers) {
    assert.deepEqual([status, text], [good.status, good.text]);
    assert.equal(headers.get('content-type'), good.headers.get('content-type'));
  }
  await settled(roost, mine.id, ['delivered']);
  assert.equal((await roost.call('POST', `/receipts/three/${message}/${tag}`, { key: null })).status, 404);
  assert.equal((await roost.call('POST', `/receipts/sandbox/${message}/${tag}`, { key: null })).status, 404);
});

test('the message of one project or mode has another address than the same id elsewhere would', async (t) => {
  const gateway = await startGateway(t);
  const roost = await startWith(t, { providers: { one: httpProvider(gateway) } });
  const { asked } = await sent(roost, gateway, 1);
  assert.match(asked.receiptUrl, new RegExp(`^${PUBLIC}/receipts/one/${asked.messageId}/[0-9a-f]{32}$`));
});

test('a receipt that overtakes the answer to its own sending is kept', async (t) => {
  const gateway = await startGateway(t, () => 'slow');
  gateway.slowMs = 400;
  const roost = await startWith(t, { providers: { one: httpProvider(gateway) } });
  const { body } = await create(roost, numberNo(1));
  await until('it was asked', async () => gateway.asked.length === 1);
  await report(roost, gateway.asked[0] as Asked, { status: 'ok' });
  assert.equal((await chainOf(roost, body.id))[0]?.state, 'delivered');
  await until('its name is known', async () => (await chainOf(roost, body.id))[0]?.reference !== null);
  assert.equal((await chainOf(roost, body.id))[0]?.state, 'delivered');
});

test('an undelivered message takes the next route with the same code while there is time', async (t) => {
  const [first, second] = [await startGateway(t), await startGateway(t)];
  const roost = await startWith(t, { providers: { one: httpProvider(first), two: httpProvider(second) } });
  const { id, asked } = await sent(roost, first, 1);
  assert.notEqual((await verificationOf(roost, id, 'live')).sealedCode, null, 'the code may be needed again');
  await report(roost, asked, { status: 'lost', why: 'absent' });
  const [one] = await settled(roost, id, ['undelivered', 'sent']);
  assert.equal(second.taken[0]?.code, asked.code);
  assert.equal(one?.state === 'undelivered' && one.reason, 'lost (error absent)');
  await report(roost, asked, { status: 'lost' });
  assert.equal(second.asked.length, 1, 'a duplicate takes no other route');
  const last = second.taken[0] as Asked;
  assert.equal((await verificationOf(roost, id, 'live')).sealedCode, null);
  await report(roost, last, { status: 'lost' });
  await settled(roost, id, ['undelivered', 'undelivered']);
  const ended = await verificationOf(roost, id, 'live');
  assert.ok(ended.state === 'failed' && ended.reason === 'the message was not delivered');
});

test('the policy may keep an undelivered message from taking another route, and then no code is kept', async (t) => {
  const [first, second] = [await startGateway(t), await startGateway(t)];
  const roost = await startWith(t, {
    providers: { one: httpProvider(first), two: httpProvider(second) },
    policy: { onUndelivered: 'fail' },
  });
  const { id, asked } = await sent(roost, first, 1);
  assert.equal((await verificationOf(roost, id, 'live')).sealedCode, null);
  await report(roost, asked, { status: 'lost' });
  await settled(roost, id, ['undelivered']);
  assert.equal((await verificationOf(roost, id, 'live')).state, 'failed');
});

test('receipts after the expiry are kept and lead nowhere', async (t) => {
  const [first, second] = [await startGateway(t), await startGateway(t)];
  const roost = await startWith(t, { providers: { one: httpProvider(first), two: httpProvider(second) } });
  const { id, asked } = await sent(roost, first, 1);
  roost.clock.advance(121_000);
  await report(roost, asked, { status: 'lost' });
  await settled(roost, id, ['undelivered']);
  assert.equal(second.asked.length, 0);
});

test('what becomes of messages is counted by provider, country and hour', async (t) => {
  const gateway = await startGateway(t, ({ to }) => (to === numberNo(4) ? 'refused' : 'taken'));
  const roost = await startWith(t, { providers: { one: httpProvider(gateway) } });
  const [a, b] = [await sent(roost, gateway, 1), await sent(roost, gateway, 2)];
  await sent(roost, gateway, 3);
  const refused = await create(roost, numberNo(4));
  await settled(roost, refused.body.id, ['failed']);
  await report(roost, a.asked, { status: 'ok' });
  await report(roost, a.asked, { status: 'ok' });
  await report(roost, b.asked, { status: 'lost' });
  const [rate, ...others] = await deliveryRates(roost.roost.store, 'one');
  assert.deepEqual(others, []);
  const { country, accepted, failed, delivered, undelivered } = rate ?? {};
  assert.deepEqual(
    { country, accepted, failed, delivered, undelivered },
    {
      ...{ country: 'NL', accepted: 3, failed: 1, delivered: 1, undelivered: 1 },
    },
  );
  assert.ok((rate?.delayMs ?? -1) >= 0);
});

test('an SMSC reports by the name that it gave a message, over its own connection', async (t) => {
  const smsc = await startSmsc(t);
  const account = { host: '127.0.0.1', port: smsc.port, tls: 'off', systemId: 'roost', password: 'secret' };
  const roost = await startWith(t, { providers: { smsc: { kind: 'smpp', ...account } } });
  const { body } = await create(roost, numberNo(1));
  const other = await create(roost, numberNo(2));
  const [message] = await settled(roost, body.id, ['sent']);
  await settled(roost, other.body.id, ['sent']);
  const report = (id: string, state: string) =>
    new Promise<number>((resolve) => {
      const text = `id:${id} sub:001 dlvrd:001 submit date:2611230000 done date:2611230001 stat:${state} err:000 text:`;
      smsc.sessions[0]?.deliver_sm(
        { source_addr: '31610000001', destination_addr: 'Code', esm_class: 4, short_message: text },
        (pdu) => resolve(pdu.command_status as number),
      );
    });
  assert.equal(await report(message?.reference ?? '', 'DELIVRD'), 0);
  await settled(roost, body.id, ['delivered']);
  await settled(roost, other.body.id, ['sent']);
});
