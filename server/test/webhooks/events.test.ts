import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { sweep } from '../../src/app/delivery/sweep.ts';
import { startRoost } from '../support/roost.ts';
import { until, wrong } from '../wire/wire.ts';
import { LOOPBACK, startReceiver, webhookTo } from './receiver.ts';

test('a verification tells its whole life, numbered and in order, signed as Standard Webhooks have it', async (t) => {
  const roost = await startRoost(t, LOOPBACK);
  const receiver = await startReceiver(t);
  const { secret, id: webhook } = await webhookTo(roost, receiver);
  const { id, code } = await roost.createVerification('+31612345678', { reference: 'order 7' });
  await receiver.count(3);
  await roost.check(id, wrong(code));
  await roost.check(id, code);
  const got = await receiver.count(4);
  assert.deepEqual(
    got.map(({ event }) => [event.sequence, event.type]),
    [
      [1, 'verification.created'],
      [2, 'message.accepted'],
      [3, 'message.delivered'],
      [4, 'verification.verified'],
    ],
  );
  const [created, , delivered, verified] = got.map(({ event }) => event);
  assert.deepEqual(verified, {
    type: 'verification.verified',
    timestamp: verified.timestamp,
    mode: 'test',
    sequence: 4,
    data: {
      verification: {
        ...{ id, status: 'verified', channel: 'sms', recipient: '+31*******78', reference: 'order 7' },
        ...{ createdAt: created.timestamp, expiresAt: verified.data.verification.expiresAt },
        ...{ closedAt: verified.timestamp, reason: null },
      },
    },
  });
  assert.equal(delivered.data.message.verification, id);
  assert.equal(delivered.data.message.status, 'delivered');
  const ids = new Set<string>();
  for (const { headers, text } of got) {
    new Webhook(secret).verify(text, headers as Record<string, string>);
    assert.match(String(headers['webhook-id']), /^[0-9a-f]{32}$/);
    ids.add(String(headers['webhook-id']));
    assert.ok(!text.includes(code) && !text.includes('31612345678'), 'no code, no number');
  }
  assert.equal(ids.size, 4);
  const { deliveries, total } = (await roost.call('GET', `/v1/webhooks/${webhook}/deliveries`)).body;
  assert.equal(total, 4);
  await until('all are kept as delivered', async () => {
    const { body } = await roost.call('GET', `/v1/webhooks/${webhook}/deliveries?state=delivered`);
    return body.total === 4;
  });
  assert.deepEqual(new Set(deliveries.map((each: { id: string }) => each.id)), ids);
});

test('a verification tells that it failed, and that it expired with nobody watching', async (t) => {
  const roost = await startRoost(t, LOOPBACK);
  const receiver = await startReceiver(t);
  await webhookTo(roost, receiver, { events: ['verification.failed', 'verification.expired'] });
  const failing = await roost.createVerification('+31612345678', { maxAttempts: 1 });
  await roost.check(failing.id, wrong(failing.code));
  const [failed] = await receiver.count(1);
  assert.equal(failed?.event.data.verification.reason, 'attempts used up');
  const undelivered = await roost.call('POST', '/verify', { json: { recipient: '+447700900002' } });
  const [, second] = await receiver.count(2);
  assert.equal(second?.event.data.verification.id, undelivered.body.id);
  const { id } = await roost.createVerification('+31612345679', { timeout: 60 });
  roost.clock.advance(61_000);
  await sweep(roost.roost.store, 100); // as the chore does that comes every half minute
  const [, , expired] = await receiver.count(3);
  assert.deepEqual([expired?.event.type, expired?.event.data.verification.id], ['verification.expired', id]);
  assert.deepEqual(
    receiver.got.map(({ event }) => event.type),
    ['verification.failed', 'verification.failed', 'verification.expired'],
  );
});

test('challenges and factors tell what became of them', async (t) => {
  const roost = await startRoost(t, LOOPBACK);
  const receiver = await startReceiver(t);
  await webhookTo(roost, receiver, {
    events: ['factor.confirmed', 'factor.removed', 'challenge.created', 'challenge.approved'],
  });
  const json = { kind: 'sms', recipient: '+31612345678', returnToken: true };
  const enrolled = await roost.call('POST', '/v1/users/ann/factors', { json });
  assert.equal(enrolled.status, 201, enrolled.text);
  const { factor, token } = enrolled.body;
  const path = `/v1/users/ann/factors/${factor.id}`;
  const confirmed = await roost.call('POST', `${path}/confirm`, { json: { code: token } });
  assert.equal(confirmed.status, 200, confirmed.text);
  const made = await roost.call('POST', '/v1/challenges', { json: { user: 'ann', purpose: 'sign-in' } });
  const sent = await roost.call('POST', `/v1/challenges/${made.body.id}/send`, {
    json: { factor: factor.id, returnToken: true },
  });
  await roost.call('POST', `/v1/challenges/${made.body.id}/check`, {
    json: { factor: factor.id, code: sent.body.token },
  });
  await roost.call('DELETE', path);
  const got = await receiver.count(4);
  const byType = Object.fromEntries(got.map(({ event }) => [event.type, event.data]));
  assert.deepEqual(byType['factor.confirmed'].factor, { id: factor.id, kind: 'sms', status: 'confirmed' });
  assert.equal(byType['factor.removed'].factor.id, factor.id);
  assert.equal(byType['challenge.created'].challenge.id, made.body.id);
  assert.deepEqual(byType['challenge.approved'].challenge.approvedBy, { factor: factor.id, kind: 'sms' });
});

test('an endpoint is told numbers in full only when it asked, and hears of its own mode alone', async (t) => {
  const roost = await startRoost(t, LOOPBACK);
  const [masked, full, live] = [await startReceiver(t), await startReceiver(t), await startReceiver(t)];
  await webhookTo(roost, masked, { events: ['verification.created'] });
  await webhookTo(roost, full, { events: ['verification.created'], recipients: 'full' });
  const json = { url: live.url };
  assert.equal((await roost.call('POST', '/v1/webhooks', { json, key: roost.liveKey })).status, 201);
  await roost.createVerification('ann@example.com', { type: 'email', originator: 'a@example.org' });
  assert.equal((await masked.count(1))[0]?.event.data.verification.recipient, 'a**@example.com');
  assert.equal((await full.count(1))[0]?.event.data.verification.recipient, 'ann@example.com');
  await roost.call('POST', '/verify', { json: { recipient: '31612345678' }, key: roost.liveKey });
  const [first] = await live.count(1);
  assert.deepEqual([first?.event.mode, first?.event.data.verification.recipient], ['live', '+31*******78']);
  assert.equal(masked.got.length, 1);
});

test('a reportUrl of a create hears how it ends, signed by the secret of the project', async (t) => {
  const roost = await startRoost(t, LOOPBACK);
  const receiver = await startReceiver(t);
  const { id, code } = await roost.createVerification('+31612345678', {
    reportUrl: `${receiver.url}?order=7`,
  });
  await roost.check(id, code);
  const got = await receiver.count(3);
  assert.deepEqual(
    got.map(({ event }) => event.type),
    ['message.accepted', 'message.delivered', 'verification.verified'],
  );
  const { secret } = (await roost.call('GET', '/v1/webhooks/report-secret')).body;
  const other = (await roost.call('GET', '/v1/webhooks/report-secret', { key: roost.liveKey })).body.secret;
  assert.notEqual(other, secret);
  for (const { headers, text, path } of got) {
    new Webhook(secret).verify(text, headers as Record<string, string>);
    assert.equal(path, '/hooks?order=7');
    assert.ok(!text.includes(code) && !text.includes('31612345678'));
  }
});

test('while nobody wants to be told, nothing is written for it', async (t) => {
  const roost = await startRoost(t, LOOPBACK);
  const { id, code } = await roost.createVerification('+31612345678');
  await roost.check(id, code);
  const { store } = roost.roost;
  const scope = { projectId: 'default', mode: 'test' } as const;
  const { tables } = await import('../../src/store/store.ts');
  for (const table of [tables.webhookDeliveries, tables.eventStreams] as const) {
    const { total } = await store.read.page(table as typeof tables.eventStreams, {
      scope,
      where: {},
      offset: 0,
      limit: 1,
    });
    assert.equal(total, 0);
  }
});
