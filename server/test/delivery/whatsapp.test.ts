import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { challenge, check, send } from '../factors/factors.ts';
import { startGateway as startCloud } from '../providers/gateway.ts';
import { LIVE_KEY, startRoost } from '../support/roost.ts';
import { numberNo, until } from '../wire/wire.ts';
import { create, settled } from './chain.ts';
import { httpProvider, startGateway, startWith } from './gateway.ts';

const ID = 'wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI3N0EyQUJDMjFEQzZCQUMzODMA';

/** Meta's Cloud API on loopback: it has everybody, or nobody. */
async function startWhatsApp(t: TestContext, has: 'everybody' | 'nobody') {
  const cloud = await startCloud(t, () =>
    has === 'everybody'
      ? { status: 200, body: { messages: [{ id: ID }] } }
      : { status: 400, body: { error: { message: 'Message undeliverable', code: 131026 } } },
  );
  const account = { phoneNumberId: '106540352242922', accessToken: 'EAAJBtHiSiSnOtAtOkEn0123456789' };
  const provider = { kind: 'whatsapp', ...account, template: 'roost_code', baseUrl: cloud.url };
  const codes = () =>
    cloud.taken.map(({ body }) => JSON.parse(body).template.components[0].parameters[0].text as string);
  return { provider, codes };
}

test('type=whatsapp sends the code by WhatsApp, and it is checked like any other', async (t) => {
  const whatsapp = await startWhatsApp(t, 'everybody');
  const roost = await startWith(t, {
    providers: { whatsapp: whatsapp.provider },
    prices: [{ provider: 'whatsapp', channel: 'whatsapp', cost: '0.03', currency: 'EUR' }],
  });
  const made = await create(roost, numberNo(1), { type: 'whatsapp' });
  assert.equal(made.status, 201);
  assert.equal(made.body.type, 'whatsapp');
  assert.equal(made.body.recipient, Number(numberNo(1).slice(1)));
  const [message] = await settled(roost, made.body.id, ['sent']);
  assert.deepEqual([message?.channel, message?.routing?.estimate?.micros], ['whatsapp', 30_000]);
  assert.ok(made.body.messages.href.endsWith(`/messages/${made.body.messages.id}`));
  const read = await roost.call('GET', `/messages/${made.body.messages.id}`, { key: LIVE_KEY });
  assert.deepEqual([read.status, read.body.type], [200, 'sms']);
  const [code = ''] = whatsapp.codes();
  const checked = await roost.call('GET', `/verify/${made.body.id}?token=${code}`, { key: LIVE_KEY });
  assert.equal(checked.body.status, 'verified');
});

test('whom WhatsApp does not know gets the same code as a text, then as a call, on request and by policy', async (t) => {
  for (const by of ['request', 'policy'] as const) {
    const whatsapp = await startWhatsApp(t, 'nobody');
    const gateway = await startGateway(t, ({ channel }) => (channel === 'tts' ? 'taken' : 'refused'));
    const roost = await startWith(t, {
      providers: { whatsapp: whatsapp.provider, texts: httpProvider(gateway, { channels: ['sms', 'tts'] }) },
      routes: { '*': { whatsapp: ['whatsapp'], sms: ['texts'], tts: ['texts'] } },
      guard: { countries: '*', voice: '*' },
      ...(by === 'policy' ? { policy: { fallback: ['sms', 'tts'] } } : {}),
    });
    const made = await create(roost, numberNo(1), {
      type: 'whatsapp',
      ...(by === 'request' ? { fallback: 'sms,tts' } : {}),
    });
    assert.equal(made.status, 201, made.text);
    const chain = await settled(roost, made.body.id, ['failed', 'failed', 'sent']);
    assert.deepEqual(
      chain.map(({ channel, provider }) => [channel, provider]),
      [
        ['whatsapp', 'whatsapp'],
        ['sms', 'texts'],
        ['tts', 'texts'],
      ],
    );
    assert.deepEqual(new Set([...whatsapp.codes(), ...gateway.asked.map(({ code }) => code)]).size, 1);
  }
});

test('a configuration of before, in which the whatsapp provider carries texts, goes on as it did', async (t) => {
  const [whatsapp, gateway] = [await startWhatsApp(t, 'nobody'), await startGateway(t)];
  const roost = await startWith(t, {
    providers: { whatsapp: whatsapp.provider, texts: httpProvider(gateway) },
    routes: { '*': { sms: ['whatsapp', 'texts'] } },
  });
  const { body } = await create(roost, numberNo(1));
  const chain = await settled(roost, body.id, ['failed', 'sent']);
  assert.deepEqual(
    chain.map(({ channel, provider }) => [channel, provider]),
    [
      ['sms', 'whatsapp'],
      ['sms', 'texts'],
    ],
  );
  const asked = await create(roost, numberNo(2), { type: 'whatsapp' });
  assert.equal(asked.status, 422);
  assert.equal(asked.body.errors[0].parameter, 'type');
});

// WhatsApp lets a business send templates, and the one for codes has no room for anything else.
test('a text without a code goes past WhatsApp to the provider that can carry it', async (t) => {
  const [whatsapp, gateway] = [await startWhatsApp(t, 'everybody'), await startGateway(t)];
  const roost = await startWith(t, {
    providers: { whatsapp: whatsapp.provider, texts: httpProvider(gateway) },
    routes: { '*': { sms: ['whatsapp', 'texts'] } },
  });
  const json = { originator: 'Bank', body: 'Your parcel is here', recipients: [numberNo(1)] };
  const made = await roost.call('POST', '/messages', { key: LIVE_KEY, json });
  assert.equal(made.status, 201);
  await until('the gateway took it', async () => gateway.taken.length === 1);
  assert.deepEqual(whatsapp.codes(), []);
});

test('the sandbox phone shows a code of WhatsApp', async (t) => {
  const roost = await startRoost(t);
  const json = { recipient: numberNo(1), type: 'WhatsApp', timeout: 120 };
  const made = await roost.call('POST', '/verify', { json });
  assert.equal(made.body.type, 'whatsapp');
  const { body } = await roost.call('GET', '/sandbox/messages?wait=5');
  const [message] = body.messages;
  assert.deepEqual([message.channel, message.id], ['whatsapp', made.body.messages.id]);
  const page = await roost.call('GET', '/sandbox', { key: null });
  assert.match(page.text, /WhatsApp<\/span>|<span>WhatsApp/);
  assert.equal((await roost.check(made.body.id, message.token)).body.status, 'verified');
});

test('a phone is enrolled by WhatsApp and proves its user; notices to it are texts', async (t) => {
  const roost = await startRoost(t);
  const factors = '/v1/users/ann/factors';
  const enrol = async (recipient: string) => {
    const json = { kind: 'whatsapp', recipient, returnToken: true };
    const made = await roost.call('POST', factors, { json });
    assert.equal(made.status, 201, made.text);
    const code = { json: { code: made.body.token } };
    return roost.call('POST', `${factors}/${made.body.factor.id}/confirm`, code);
  };
  const first = await enrol(numberNo(1));
  assert.equal(first.body.kind, 'whatsapp');
  assert.equal((await enrol(numberNo(2))).body.notice.sentTo.length, 1);
  const told = async () => {
    const { body } = await roost.call('GET', `/sandbox/messages?recipient=${numberNo(1).slice(1)}`);
    return body.messages.map(({ channel }: { channel: string }) => channel);
  };
  await until('the first phone is told', async () => (await told()).join() === 'whatsapp,sms');
  const id = await challenge(roost, 'ann');
  const code = await send(roost, id, first.body.id);
  assert.equal((await check(roost, id, first.body.id, code)).body.state, 'approved');
});

test('what is wrong with a type is told in upstream’s sentence, and the hint has what is Roost’s own', async (t) => {
  const roost = await startRoost(t);
  const json = { recipient: numberNo(1), type: 'pigeon' };
  const { status, body, headers } = await roost.call('POST', '/verify', { json });
  const description = 'type must be one of sms, flash, tts, email';
  assert.deepEqual([status, body], [422, { errors: [{ code: 10, description, parameter: 'type' }] }]);
  assert.match(headers.get('roost-hint') ?? '', /whatsapp/);
});
