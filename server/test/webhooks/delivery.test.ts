import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { startRoost } from '../support/roost.ts';
import { until } from '../wire/wire.ts';
import { LOOPBACK, startReceiver, webhookTo } from './receiver.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test('a receiver that is down for ten minutes gets everything, in order for each verification, with the ids it was first sent by', async (t) => {
  const roost = await startRoost(t, LOOPBACK);
  const receiver = await startReceiver(t);
  const { id: webhook } = await webhookTo(roost, receiver);
  const seen = new Map<string, Set<string>>();
  receiver.answer(({ headers, event }) => {
    const name = `${JSON.stringify(event.data)} ${event.type}`;
    seen.set(name, (seen.get(name) ?? new Set()).add(String(headers['webhook-id'])));
    return 503;
  });
  const made: string[] = [];
  for (let minute = 0; minute < 10; minute += 1) {
    const { id, code } = await roost.createVerification(`+3161234560${minute}`);
    await roost.check(id, code);
    made.push(id);
    roost.clock.advance(MINUTE);
  }
  await until('each verification was tried to be told of', async () => seen.size >= 10);
  assert.equal(receiver.got.length, 0);
  const { body } = await roost.call('GET', `/v1/webhooks/${webhook}`);
  assert.ok(body.failingSince !== null);
  receiver.answer(204);
  const endMs = performance.now() + 60_000;
  while (receiver.got.length < 40 && performance.now() < endMs) {
    roost.clock.advance(10 * MINUTE);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.equal(receiver.got.length, 40);
  for (const id of made) {
    const mine = receiver.got.filter(({ text }) => text.includes(id));
    assert.deepEqual(
      mine.map(({ event }) => event.sequence),
      [1, 2, 3, 4],
    );
    const [first] = mine;
    const tried = seen.get(`${JSON.stringify(first?.event.data)} ${first?.event.type}`);
    assert.deepEqual([...(tried ?? [])], [first?.headers['webhook-id']], 'one id for all tries');
  }
  assert.equal((await roost.call('GET', `/v1/webhooks/${webhook}`)).body.failingSince, null);
});

test('a receiver that answers 410 is told nothing more, until it is switched on again', async (t) => {
  const roost = await startRoost(t, LOOPBACK);
  const receiver = await startReceiver(t);
  const { id: webhook } = await webhookTo(roost, receiver, { events: ['verification.created'] });
  receiver.answer(410);
  await roost.createVerification('+31612345678');
  const path = `/v1/webhooks/${webhook}`;
  await until('it is switched off', async () => (await roost.call('GET', path)).body.state === 'disabled');
  assert.equal((await roost.call('GET', path)).body.reason, 'the receiver answered 410 Gone');
  assert.ok(roost.logged.some((line) => line.includes('webhook.disabled')));
  receiver.answer(204);
  await roost.createVerification('+31612345679');
  const { total } = (await roost.call('GET', `${path}/deliveries`)).body;
  assert.equal(total, 1, 'what happens while it is off is not told');
  assert.equal((await roost.call('POST', `${path}/test`)).status, 422);
  assert.equal((await roost.call('PATCH', path, { json: { enabled: true } })).body.state, 'enabled');
  await roost.createVerification('+31612345670');
  await receiver.count(1);
});

test('an endpoint that nothing reaches for three days is switched off, and says why', async (t) => {
  const roost = await startRoost(t, LOOPBACK);
  const receiver = await startReceiver(t);
  const { id: webhook } = await webhookTo(roost, receiver, { events: ['verification.created'] });
  receiver.answer('hang-up');
  await roost.createVerification('+31612345678');
  const path = `/v1/webhooks/${webhook}`;
  const tries = async () => {
    const [delivery] = (await roost.call('GET', `${path}/deliveries`)).body.deliveries;
    return delivery;
  };
  for (let tried = 1; tried <= 10; tried += 1) {
    await until(`it was tried ${tried} times`, async () => (await tries()).attempts.length === tried);
    assert.equal((await tries()).attempts.at(-1).error, 'the connection was reset');
    roost.clock.advance(27 * HOUR);
  }
  const given = await tries();
  assert.deepEqual([given.state, given.nextAttemptAt], ['failed', null]);
  const { state, reason } = (await roost.call('GET', path)).body;
  assert.equal(state, 'disabled');
  assert.match(reason, /^nothing has reached it since 20\d\d-.*Z: the connection was reset$/);
});

test('what failed is sent again on request, with its old id, one or all since a time', async (t) => {
  const roost = await startRoost(t, LOOPBACK);
  const receiver = await startReceiver(t);
  const { id: webhook } = await webhookTo(roost, receiver, { events: ['verification.created'] });
  const path = `/v1/webhooks/${webhook}`;
  receiver.answer(410);
  await roost.createVerification('+31612345678');
  await until(
    'it has failed',
    async () => (await roost.call('GET', `${path}/deliveries?state=failed`)).body.total === 1,
  );
  const [{ id }] = (await roost.call('GET', `${path}/deliveries`)).body.deliveries;
  receiver.answer(204);
  await roost.call('PATCH', path, { json: { enabled: true } });
  const one = await roost.call('POST', `${path}/replay`, { json: { delivery: id } });
  assert.deepEqual([one.status, one.body], [202, { replayed: 1 }]);
  const [again] = await receiver.count(1);
  assert.equal(again?.headers['webhook-id'], id);
  const since = new Date(roost.clock() - HOUR).toISOString();
  assert.deepEqual((await roost.call('POST', `${path}/replay`, { json: { since } })).body, { replayed: 0 });
  const twice = await roost.call('POST', `${path}/replay`, { json: { delivery: id } });
  assert.equal(twice.status, 202, 'one that was delivered may be sent again too');
  await receiver.count(2);
  assert.equal((await roost.call('POST', `${path}/replay`, { json: {} })).status, 422);
  assert.equal(
    (await roost.call('POST', `${path}/replay`, { json: { delivery: 'f'.repeat(32) } })).status,
    404,
  );
});

test('after a new secret was made both sign for a day, then the new one alone', async (t) => {
  const roost = await startRoost(t, LOOPBACK);
  const receiver = await startReceiver(t);
  const { id: webhook, secret } = await webhookTo(roost, receiver);
  const path = `/v1/webhooks/${webhook}`;
  const rotated = (await roost.call('POST', `${path}/rotate`)).body;
  assert.notEqual(rotated.secret, secret);
  await roost.call('POST', `${path}/test`);
  const [first] = await receiver.count(1);
  const both = String(first?.headers['webhook-signature']).split(' ');
  assert.equal(both.length, 2);
  for (const each of [secret, rotated.secret]) {
    new Webhook(each).verify(first?.text ?? '', first?.headers as Record<string, string>);
  }
  assert.equal(first?.event.type, 'webhook.test');
  roost.clock.advance(24 * HOUR + 1_000);
  await roost.call('POST', `${path}/test`);
  const [, second] = await receiver.count(2);
  assert.equal(String(second?.headers['webhook-signature']).split(' ').length, 1);
});

test('an event whose node died is told by another node, and by one of them alone', async (t) => {
  const roost = await startRoost(t, LOOPBACK);
  const receiver = await startReceiver(t);
  await webhookTo(roost, receiver, { events: ['verification.created'] });
  await Promise.all(Array.from({ length: 30 }, (_, i) => roost.createVerification(`+3161234${5000 + i}`)));
  await receiver.count(30);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(receiver.got.length, 30, 'each once while nobody dies');
  assert.equal(new Set(receiver.got.map(({ headers }) => headers['webhook-id'])).size, 30);
});

// Stops a customer from making the server call what only it can reach.
test('a webhook or a reportUrl that leads inside is never called', async (t) => {
  const roost = await startRoost(t); // the world alone
  const receiver = await startReceiver(t);
  for (const url of [
    receiver.url,
    receiver.url.replace('http:', 'https:'),
    'https://localhost/',
    'https://10.0.0.1/',
  ]) {
    const answer = await roost.call('POST', '/v1/webhooks', { json: { url } });
    assert.equal(answer.status, 422, url);
    assert.equal(answer.body.errors[0].parameter, 'url');
  }
  const { id, code } = await roost.createVerification('+31612345678', { reportUrl: receiver.url });
  await roost.check(id, code);
  const { store } = roost.roost;
  const { tables } = await import('../../src/store/store.ts');
  const scope = { projectId: 'default', mode: 'test' } as const;
  await until('the report was tried', async () => {
    const { items } = await store.read.page(tables.webhookDeliveries, {
      scope,
      where: {},
      offset: 0,
      limit: 9,
    });
    return items.some(({ attempts }) => attempts.at(-1)?.error === 'the address must begin with https://');
  });
  assert.equal(receiver.got.length, 0);
});

test('webhooks are listed, changed and deleted by their own project and mode alone', async (t) => {
  const roost = await startRoost(t, LOOPBACK);
  const receiver = await startReceiver(t);
  const made = await webhookTo(roost, receiver, { name: 'orders', events: ['verification.verified'] });
  assert.match(made.secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  const { secret: _, ...shown } = made;
  assert.deepEqual((await roost.call('GET', '/v1/webhooks')).body.webhooks, [shown]);
  const path = `/v1/webhooks/${made.id}`;
  assert.deepEqual((await roost.call('GET', path)).body, shown);
  for (const [method, at] of [
    ['GET', path],
    ['DELETE', path],
    ['POST', `${path}/rotate`],
    ['POST', `${path}/test`],
  ] as const) {
    assert.equal((await roost.call(method, at, { key: roost.liveKey })).status, 404, `${method} ${at}`);
  }
  const changed = await roost.call('PATCH', path, { json: { events: null, name: null } });
  assert.deepEqual(changed.body, { ...shown, events: null, name: null });
  assert.equal(
    (await roost.call('PATCH', path, { json: { url: 'https://127.0.0.1.nip.invalid/' } })).status,
    422,
  );
  assert.equal((await roost.call('DELETE', path)).status, 204);
  assert.equal((await roost.call('GET', path)).status, 404);
  for (let i = 0; i < 20; i += 1) await webhookTo(roost, receiver);
  const beyond = await roost.call('POST', '/v1/webhooks', { json: { url: receiver.url } });
  assert.match(beyond.body.errors[0].message, /20 webhooks at most/);
});
