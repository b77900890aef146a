import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startNodes } from '../nodes/nodes.ts';
import { type Scope, type StartedRoost, startRoost } from '../support/roost.ts';
import { codeOf, messageOf, until, verificationOf, wrong } from '../wire/wire.ts';

const age = (roost: StartedRoost, id: string, seconds: unknown, more: { key?: string } = {}) =>
  roost.call('POST', `/sandbox/verifications/${id}/age`, { json: { seconds }, ...more });

const STARTS: readonly [name: string, start: (t: Scope) => Promise<StartedRoost>][] = [
  ['SQLite', (t) => startRoost(t)],
  ['PostgreSQL', async (t) => (await startNodes(t)).one],
];

for (const [name, start] of STARTS) {
  describe(`time that is let pass for one verification, on ${name}`, () => {
    test('a code that is aged past its time answers expired, and one that is not still works', async (t) => {
      const roost = await start(t);
      const [one, other] = [
        await roost.createVerification('+31612345678', { timeout: 300 }),
        await roost.createVerification('+31612345679', { timeout: 300 }),
      ];
      const nearly = await age(roost, one.id, 200);
      assert.deepEqual([nearly.status, nearly.body.status], [200, 'sent']);
      assert.equal((await age(roost, one.id, 100)).body.status, 'expired');
      const refused = await roost.check(one.id, one.code);
      assert.deepEqual([refused.status, refused.body.errors[0].description], [422, 'The token has expired.']);
      assert.equal((await roost.call('GET', `/verify/${one.id}`)).body.status, 'expired');
      assert.equal((await roost.check(other.id, other.code)).status, 200, 'no other code is older');
      assert.deepEqual(
        (await roost.call('GET', '/sandbox/messages?recipient=31612345678')).body.messages,
        [],
      );
    });

    test('it makes things older only: an end is never later, never in the past, and a close stays', async (t) => {
      const roost = await start(t);
      const { id, code } = await roost.createVerification('+31612345678', { timeout: 300 });
      const before = await verificationOf(roost, id, 'test');
      for (const seconds of [0, -60, 1.5, 172_801, '5 minutes', null]) {
        const refused = await age(roost, id, seconds);
        assert.deepEqual(
          [refused.status, refused.body.errors[0].parameter],
          [422, 'seconds'],
          String(seconds),
        );
      }
      assert.deepEqual(await verificationOf(roost, id, 'test'), before);
      await age(roost, id, 60);
      const aged = await verificationOf(roost, id, 'test');
      assert.deepEqual(aged, { ...before, expiresAtMs: before.expiresAtMs - 60_000 }, 'nothing else moves');
      assert.equal((await messageOf(roost, id, 'test')).expiresAtMs, aged.expiresAtMs);
      assert.equal((await roost.check(id, code)).status, 200);
      const closed = await verificationOf(roost, id, 'test');
      assert.equal((await age(roost, id, 172_800)).body.status, 'verified');
      assert.deepEqual(await verificationOf(roost, id, 'test'), closed);
      const spent = await roost.createVerification('+31612345678', { timeout: 300 });
      await age(roost, spent.id, 172_800);
      const { createdAtMs, expiresAtMs } = await verificationOf(roost, spent.id, 'test');
      assert.ok(expiresAtMs >= createdAtMs && expiresAtMs <= roost.roost.store.nowMs());
    });

    // Stops the way round the failure budget: guess, let a month pass for the codes, guess on.
    test('guesses are not given back, by however much a code is aged', async (t) => {
      const roost = await start(t);
      for (let i = 0; i < 5; i += 1) {
        const { id, code } = await roost.createVerification('+31612345678', {
          timeout: 172_800,
          maxAttempts: 2,
        });
        assert.equal((await roost.check(id, wrong(code))).status, 422);
        for (let days = 0; days < 64; days += 2) await age(roost, id, 172_800);
        assert.equal((await verificationOf(roost, id, 'test')).wrongGuesses, 1);
      }
      // Five wrong guesses of ten a day are used up: five attempts are left, not ten.
      const json = { recipient: '+31612345678', timeout: 300, maxAttempts: 10 };
      const { body } = await roost.call('POST', '/verify', { json });
      const open = await verificationOf(roost, body.id, 'test');
      assert.ok(open.state === 'open');
      assert.equal(open.attemptsLeft, 5);
    });

    test('what a live key made is refused, with either key, and stays as it is', async (t) => {
      const roost = await start(t);
      const json = { recipient: '+31612345678', timeout: 300 };
      const { id } = (await roost.call('POST', '/verify', { json, key: roost.liveKey })).body;
      const before = await verificationOf(roost, id, 'live');
      const refused = await age(roost, id, 60, { key: roost.liveKey });
      assert.equal(refused.status, 422);
      assert.match(refused.body.errors[0].description, /nothing of live mode is moved/);
      assert.equal((await age(roost, id, 60)).status, 404, 'a test key does not find it');
      const form = await roost.call('POST', `/sandbox/messages/${before.messageId}/age`, {
        form: { seconds: '60' },
        key: null,
      });
      assert.equal(form.status, 422);
      assert.match(form.text, /nothing of live mode is moved/);
      assert.deepEqual(await verificationOf(roost, id, 'live'), before);
      const code = await codeOf(roost, id, 'live');
      assert.equal(
        (await roost.call('GET', `/verify/${id}?token=${code}`, { key: roost.liveKey })).status,
        200,
      );
    });
  });
}

test('what a message waits for is due sooner too: the receipt of the late number', async (t) => {
  const roost = await startRoost(t);
  const { id } = await roost.createVerification('+447700900003');
  await until('it is sent', async () => (await messageOf(roost, id, 'test')).state === 'sent');
  const sentAtMs = roost.roost.store.nowMs();
  await age(roost, id, 60);
  await until('it is delivered', async () => (await messageOf(roost, id, 'test')).state === 'delivered');
  assert.ok(roost.roost.store.nowMs() - sentAtMs < 9_000, 'the receipt was promised for ten seconds later');
});

test('letting time pass wants a key and the sandbox; by form, a page of our own', async (t) => {
  const roost = await startRoost(t);
  const { id } = await roost.createVerification('+31612345678');
  const before = await verificationOf(roost, id, 'test');
  const path = `/sandbox/verifications/${id}/age`;
  const json = { seconds: 60 };
  assert.equal((await roost.call('POST', path, { json, key: null })).status, 401);
  assert.equal(
    (await roost.call('POST', `${path}?access_key=${roost.testKey}`, { json, key: null })).status,
    401,
  );
  const headers = { 'x-forwarded-for': '203.0.113.7' };
  assert.equal((await roost.call('POST', path, { json, headers })).status, 404);
  assert.equal((await age(roost, '0'.repeat(32), 60)).status, 404);
  assert.equal((await age(roost, 'nonsense', 60)).status, 404);
  const byForm = (more: Record<string, string>) =>
    roost.call('POST', `/sandbox/messages/${before.messageId}/age`, {
      ...{ form: { seconds: '60' }, key: null, headers: more },
    });
  assert.equal((await byForm(headers)).status, 404);
  assert.equal((await byForm({ origin: 'https://evil.example' })).status, 403);
  assert.equal((await byForm({ 'sec-fetch-site': 'cross-site' })).status, 403);
  assert.deepEqual(await verificationOf(roost, id, 'test'), before);
  const done = await byForm({ origin: roost.url });
  assert.deepEqual([done.status, done.headers.get('location')], [303, '/sandbox']);
  assert.equal((await verificationOf(roost, id, 'test')).expiresAtMs, before.expiresAtMs - 60_000);
});
