import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CallOptions, startRoost } from '../support/roost.ts';
import { codeOf, rowsOf, until } from '../wire/wire.ts';

const HOUR = 3_600_000;
const times = (count: number) => Array.from({ length: count }, (_, i) => i);
const withKey = (key: string, json: object): CallOptions => ({ headers: { 'idempotency-key': key }, json });

const CREATES = [
  ['/verify', { recipient: '+31612345678', timeout: 300 }],
  ['/messages', { recipients: '31612345678', originator: 'Roost', body: 'Your parcel is here' }],
  ['/voicemessages', { recipients: '31612345678', body: 'Your parcel is here' }],
  ['/hlr', { msisdn: 31612345678, reference: 'r' }],
  ['/lookup/31612345678/hlr', { reference: 'r' }],
] as const;

test('of 100 parallel repeats of a create one makes something, and all get its answer', async (t) => {
  for (const [path, json] of CREATES) {
    const roost = await startRoost(t);
    const answers = await Promise.all(
      times(100).map(() => roost.call('POST', path, withKey('order-7', json))),
    );
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]), path);
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1, path);
    const replayed = answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true');
    assert.equal(replayed.length, 99, path);
    const { messages } = rowsOf(roost);
    assert.equal(messages, path.includes('hlr') ? 0 : 1, path);
    if (path.includes('hlr')) assert.equal((await roost.call('GET', '/hlr')).body.totalCount, 1);
    await roost.stop();
  }
});

test('a repeat after a restart makes nothing, and gets the answer with the code that test keys asked for', async (t) => {
  const first = await startRoost(t);
  const { folder } = first;
  const json = { recipient: '+31612345678', timeout: 300, returnToken: true };
  const made = await first.call('POST', '/verify', withKey('order-7', json));
  assert.equal(made.body.token, await codeOf(first, made.body.id, 'test'));
  await first.stop();
  const second = await startRoost(t, { folder, env: {} });
  const again = await second.call('POST', '/verify', withKey('order-7', json));
  // What it links to is what it linked to then.
  assert.deepEqual([again.status, again.text], [201, made.text]);
  assert.deepEqual(rowsOf(second), { verifications: 1, messages: 1 });
});

test('a key that was used for another request is refused, and a refused request uses none up', async (t) => {
  const roost = await startRoost(t);
  const create = (key: string, json: object) => roost.call('POST', '/verify', withKey(key, json));
  assert.equal((await create('a', { recipient: 'nonsense' })).status, 422);
  const made = await create('a', { recipient: '+31612345678' });
  assert.equal(made.status, 201);
  for (const json of [{ recipient: '+31612345679' }, { recipient: '+31612345678', timeout: 60 }]) {
    const other = await create('a', json);
    assert.equal(other.status, 422);
    assert.deepEqual(other.body.errors, [
      {
        code: 10,
        description: 'this Idempotency-Key was used for another request; use a fresh one',
        parameter: 'Idempotency-Key',
      },
    ]);
  }
  const elsewhere = await roost.call('POST', '/hlr', withKey('a', { msisdn: 31612345678 }));
  assert.equal(elsewhere.status, 422, 'the path is part of the request');
  const live = await roost.call('POST', '/verify', {
    ...withKey('a', { recipient: '+31612345678' }),
    key: roost.liveKey,
  });
  assert.equal(live.status, 201, 'live and test keys have keys of their own');
  for (const key of ['', 'two words', 'ä', 'x'.repeat(256)]) {
    const answer = await create(encodeURI(key) === key ? key : 'x'.repeat(256), {
      recipient: '+31612345670',
    });
    assert.equal(answer.status, 422, key);
  }
});

test('a create that the budget refused is judged anew when it is sent again with its key', async (t) => {
  const roost = await startRoost(t);
  const json = { recipient: '+31612345678', timeout: 60 };
  for (const _ of times(3)) assert.equal((await roost.call('POST', '/verify', { json })).status, 201);
  assert.equal((await roost.call('POST', '/verify', withKey('a', json))).status, 422);
  roost.clock.advance(61_000);
  assert.equal((await roost.call('POST', '/verify', withKey('a', json))).status, 201);
});

test('a key is known for 24 hours and forgotten after', async (t) => {
  const roost = await startRoost(t);
  const json = { recipient: '+31612345678' };
  const first = await roost.call('POST', '/verify', withKey('a', json));
  roost.clock.advance(23 * HOUR);
  assert.equal((await roost.call('POST', '/verify', withKey('a', json))).body.id, first.body.id);
  roost.clock.advance(2 * HOUR);
  const next = await roost.call('POST', '/verify', withKey('a', json));
  assert.equal(next.status, 201);
  assert.notEqual(next.body.id, first.body.id);
});

test('100 parallel repeats of a webhook make one, with one secret', async (t) => {
  const roost = await startRoost(t, { env: { ROOST_WEBHOOKS: 'loopback' } });
  const json = { url: 'http://127.0.0.1:9/hooks' };
  const answers = await Promise.all(
    times(100).map(() => roost.call('POST', '/v1/webhooks', withKey('w', json))),
  );
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
  assert.match(answers[0]?.body.secret, /^whsec_/);
  assert.equal((await roost.call('GET', '/v1/webhooks')).body.webhooks.length, 1);
});

test('one sending goes out for all repeats', async (t) => {
  const roost = await startRoost(t);
  const json = { recipient: '+31612345678', timeout: 300 };
  await Promise.all(times(50).map(() => roost.call('POST', '/verify', withKey('k', json))));
  await until(
    'it arrived',
    async () => (await roost.call('GET', '/sandbox/messages')).body.messages.length > 0,
  );
  assert.equal((await roost.call('GET', '/sandbox/messages')).body.messages.length, 1);
});

test('100 parallel repeats of a factor, a challenge and its code make one of each, with equal answers', async (t) => {
  const roost = await startRoost(t);
  const repeat = async (path: string, json: object) => {
    const answers = await Promise.all(times(100).map(() => roost.call('POST', path, withKey(path, json))));
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1, path);
    assert.ok([201, 202].includes(answers[0]?.status ?? 0), answers[0]?.text);
    return answers[0]?.body;
  };
  const users = '/v1/users/ann/factors';
  const { factor, secret } = await repeat(users, { kind: 'totp' });
  assert.match(secret.uri, /^otpauth:/);
  const phone = await repeat('/v1/users/bob/factors', {
    kind: 'sms',
    recipient: '+31612345678',
    returnToken: true,
  });
  const bobs = `/v1/users/bob/factors/${phone.factor.id}/confirm`;
  assert.equal((await roost.call('POST', bobs, { json: { code: phone.token } })).status, 200);
  const challenge = await repeat('/v1/challenges', { user: 'bob', purpose: 'sign-in' });
  await repeat(`/v1/challenges/${challenge.id}/send`, { factor: phone.factor.id, returnToken: true });
  assert.deepEqual(
    (await roost.call('GET', users)).body.factors.map(({ id }: { id: string }) => id),
    [factor.id],
  );
  await until(
    'both codes arrived',
    async () => (await roost.call('GET', '/sandbox/messages')).body.messages.length >= 2,
  );
  assert.equal((await roost.call('GET', '/sandbox/messages')).body.messages.length, 2);
});
