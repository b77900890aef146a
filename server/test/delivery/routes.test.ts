import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIVE_KEY } from '../support/roost.ts';
import { numberNo, until, verificationOf } from '../wire/wire.ts';
import { chainOf, create, settled } from './chain.ts';
import { httpProvider, startGateway, startWith } from './gateway.ts';

// Stops a way on from being found missing on the day that it is needed.
test('a policy that falls back to a channel which nobody carries is refused at the start', async (t) => {
  const gateway = await startGateway(t);
  const one = httpProvider(gateway, { channels: ['sms'] });
  await assert.rejects(startWith(t, { providers: { one }, policy: { fallback: ['tts', 'email'] } }), {
    message: /^policy\.fallback: no provider carries tts; add one, or leave it out$/m,
  });
  const both = { one, two: httpProvider(gateway, { channels: ['tts'] }) };
  await startWith(t, { providers: both, policy: { fallback: ['tts', 'email'] } });
});

test('a live key goes to the provider, and a test key to the sandbox', async (t) => {
  const gateway = await startGateway(t);
  const roost = await startWith(t, { providers: { one: httpProvider(gateway) } });
  const live = await create(roost, numberNo(1));
  assert.equal(live.status, 201);
  assert.equal(live.headers.get('roost-sandbox'), null);
  const [message] = await settled(roost, live.body.id, ['sent']);
  assert.equal(message?.reference, `ref-${message?.id}`);
  assert.equal(gateway.taken[0]?.messageId, live.body.messages.id);
  await roost.createVerification(numberNo(1));
  const code = gateway.taken[0]?.code ?? '';
  const checked = await roost.call('GET', `/verify/${live.body.id}?token=${code}`, { key: LIVE_KEY });
  assert.equal(checked.body.status, 'verified');
  assert.equal(gateway.asked.length, 1, 'the test key sent nothing');
});

test('the sealed code goes with the hand-over of the last route', async (t) => {
  const gateway = await startGateway(t);
  const roost = await startWith(t, { providers: { one: httpProvider(gateway) } });
  const { body } = await create(roost, numberNo(1));
  await settled(roost, body.id, ['sent']);
  assert.equal((await verificationOf(roost, body.id, 'live')).sealedCode, null);
});

test('a refused message takes the next route at once, with the same code, and everything about it is written down', async (t) => {
  const [first, second] = [await startGateway(t, () => 'refused'), await startGateway(t)];
  const roost = await startWith(t, {
    providers: { one: httpProvider(first), two: httpProvider(second) },
    routes: { '*': { sms: ['one', 'two'] } },
    prices: [
      { provider: 'one', country: 'NL', cost: '0.05', currency: 'EUR' },
      { provider: 'two', cost: '0.0812', currency: 'EUR' },
    ],
  });
  const { body } = await create(roost, numberNo(1));
  const [one, two] = await settled(roost, body.id, ['failed', 'sent']);
  assert.equal(first.asked[0]?.code, second.taken[0]?.code);
  assert.equal(first.asked[0]?.messageId, body.messages.id);
  assert.equal(one?.state === 'failed' && one.reason, 'the gateway refused it with 400');
  assert.deepEqual(two?.routing?.taken, [{ channel: 'sms', provider: 'one', how: 'refused' }]);
  assert.deepEqual(
    [one?.routing?.estimate, two?.routing?.estimate, two?.routing?.cost],
    [50_000, 81_200, 70_000].map((micros) => ({ micros, currency: 'EUR' })),
  );
  assert.ok((two?.routing?.tookMs ?? -1) >= 0);
  const shown = await roost.call('GET', `/verify/${body.id}`, { key: LIVE_KEY });
  assert.equal(shown.body.messages.id, two?.id);
  assert.match(shown.body.messages.href, new RegExp(`/messages/${two?.id}$`));
});

test('a stalled provider is waited for, and then the next one carries the code', async (t) => {
  const [first, second] = [await startGateway(t, () => 'reset'), await startGateway(t)];
  const roost = await startWith(t, {
    providers: { one: httpProvider(first), two: httpProvider(second) },
    policy: { failOverSeconds: 2 },
  });
  const { body } = await create(roost, numberNo(1));
  await until('it waits', async () => (await chainOf(roost, body.id))[0]?.routing?.leaving !== null);
  assert.equal(second.asked.length, 0, 'not before the wait is over');
  roost.clock.advance(2_000);
  await settled(roost, body.id, ['failed', 'sent']);
  assert.equal(second.taken[0]?.code, first.asked[0]?.code);
  assert.equal(first.asked.length, 1, 'what may have gone out is not sent there again');
});

test('when every route has refused, the verification has failed, with the last reason', async (t) => {
  const [first, second] = [await startGateway(t, () => 'refused'), await startGateway(t, () => 'refused')];
  const roost = await startWith(t, { providers: { one: httpProvider(first), two: httpProvider(second) } });
  const { body } = await create(roost, numberNo(1));
  await settled(roost, body.id, ['failed', 'failed']);
  const ended = await verificationOf(roost, body.id, 'live');
  assert.ok(ended.state === 'failed' && ended.reason === 'the gateway refused it with 400');
  assert.equal(ended.sealedCode, null);
});

test('after all routes of its channel a code goes on by voice, where that is asked for or the policy says so', async (t) => {
  const gateway = await startGateway(t, ({ channel }) => (channel === 'tts' ? 'taken' : 'refused'));
  const config = { providers: { one: httpProvider(gateway) } };
  const plain = await startWith(t, config);
  const alone = await create(plain, numberNo(1));
  await settled(plain, alone.body.id, ['failed']);
  const asked = await create(plain, numberNo(2), { fallback: 'tts' });
  const [, voice] = await settled(plain, asked.body.id, ['failed', 'sent']);
  assert.equal(voice?.channel, 'tts');
  const shown = await plain.call('GET', `/verify/${asked.body.id}`, { key: LIVE_KEY });
  assert.deepEqual([shown.body.type, shown.body.messages.id], ['sms', asked.body.messages.id]);
  const willing = await startWith(t, { ...config, policy: { fallback: ['tts', 'email'] } });
  const { body } = await create(willing, numberNo(3));
  await settled(willing, body.id, ['failed', 'sent']);
  const never = await create(willing, numberNo(4), { fallback: 'none' });
  await settled(willing, never.body.id, ['failed']);
  const wrong = await create(willing, numberNo(5), { fallback: 'email' });
  assert.deepEqual([wrong.status, wrong.body.errors[0].parameter], [422, 'fallback']);
});

// Stops a text that is allowed from becoming a call that is not: calls are what fraud earns by.
test('a code goes on by voice only to countries that the guard lets calls go to', async (t) => {
  const gateway = await startGateway(t, ({ channel }) => (channel === 'tts' ? 'taken' : 'refused'));
  const config = { providers: { one: httpProvider(gateway) }, policy: { fallback: ['tts'] } };
  const env = { ROOST_GUARD: 'enforce' };
  const silent = await startWith(t, config, { env });
  const kept = await create(silent, numberNo(1));
  await settled(silent, kept.body.id, ['failed']);
  const calling = await startWith(t, { ...config, guard: { voice: ['NL'] } }, { env });
  const { body } = await create(calling, numberNo(2));
  await settled(calling, body.id, ['failed', 'sent']);
});

test('a channel or a country that no route leads to is refused, and says so', async (t) => {
  const gateway = await startGateway(t);
  const roost = await startWith(t, {
    providers: { one: httpProvider(gateway) },
    routes: { '*': { sms: [{ provider: 'one', country: 'NL' }] } },
  });
  const voice = await create(roost, numberNo(1), { type: 'tts' });
  assert.equal(voice.status, 422);
  assert.deepEqual(voice.body.errors, [
    {
      code: 10,
      description: 'type tts has no route here; send one of sms, or configure a route for it',
      parameter: 'type',
    },
  ]);
  const british = await create(roost, '+447400123456');
  assert.deepEqual(
    [british.status, british.body.errors[0].description, british.body.errors[0].parameter],
    [422, 'no route leads to numbers of GB', 'recipient'],
  );
  const tested = await roost.call('POST', '/verify', { json: { recipient: '+447400123456', type: 'tts' } });
  assert.equal(tested.status, 201, 'the sandbox has every channel');
});

test('a code is sent by no route after it has expired', async (t) => {
  const [first, second] = [await startGateway(t, () => 'busy'), await startGateway(t)];
  const roost = await startWith(t, {
    providers: { one: httpProvider(first), two: httpProvider(second) },
    policy: { failOverSeconds: 20 },
  });
  const { body } = await create(roost, numberNo(1), { timeout: 30 });
  await until('it was tried', async () => first.asked.length > 0);
  roost.clock.advance(31_000);
  await settled(roost, body.id, ['canceled']);
  assert.equal(second.asked.length, 0);
});
