import assert from 'node:assert/strict';
import test from 'node:test';
import { startRoost } from '../support/roost.ts';
import {
  challenge,
  check,
  enrolApp,
  enrolPending,
  enrolPhone,
  enrolRecovery,
  factorsOf,
  refusalOf,
  send,
  wrong,
} from './factors.ts';

test('an authenticator app is enrolled, confirmed, used, renamed and removed', async (t) => {
  const roost = await startRoost(t);
  const made = await roost.call('POST', factorsOf('ann'), {
    json: { kind: 'totp', issuer: 'BirdBank', account: 'ann@example.com', name: 'My phone' },
  });
  assert.equal(made.status, 201);
  const { factor, secret } = made.body;
  assert.deepEqual(
    {
      kind: factor.kind,
      name: factor.name,
      state: factor.state,
      digits: factor.digits,
      period: factor.period,
    },
    { kind: 'totp', name: 'My phone', state: 'pending', digits: 6, period: 30 },
  );
  assert.match(
    secret.uri,
    /^otpauth:\/\/totp\/BirdBank:ann%40example\.com\?secret=[A-Z2-7]{32}&issuer=BirdBank&/,
  );
  assert.match(secret.base32, /^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/);
  assert.match(secret.qrSvg, /^<svg /);

  const app = await enrolApp(roost, 'bob');
  const id = await challenge(roost, 'bob');
  const answer = await check(roost, id, app.id, app.code());
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.body.state, 'approved');
  assert.deepEqual(answer.body.approvedBy, { factor: app.id, kind: 'totp' });
  assert.equal(answer.body.user, 'bob');

  const renamed = await roost.call('PATCH', `${factorsOf('bob')}/${app.id}`, { json: { name: 'Old phone' } });
  assert.equal(renamed.body.name, 'Old phone');
  assert.equal((await roost.call('DELETE', `${factorsOf('bob')}/${app.id}`)).status, 204);
  assert.deepEqual((await roost.call('GET', factorsOf('bob'))).body, { factors: [] });
});

test('a factor that nobody has confirmed proves nothing, and is gone after an hour', async (t) => {
  const roost = await startRoost(t);
  const app = await enrolPending(roost, 'ann');
  const asked = await roost.call('POST', '/v1/challenges', { json: { user: 'ann', purpose: 'sign-in' } });
  assert.equal(asked.status, 422);
  await enrolApp(roost, 'ann');
  const id = await challenge(roost, 'ann');
  assert.equal(refusalOf(await check(roost, id, app.id, app.code())), 'not_found');
  roost.clock.advance(3_600_000);
  const late = await roost.call('POST', `${factorsOf('ann')}/${app.id}/confirm`, {
    json: { code: app.code() },
  });
  assert.equal(refusalOf(late), 'not_found');
  assert.equal((await roost.call('GET', factorsOf('ann'))).body.factors.length, 1);
});

test('recovery codes are ten, each works once, the count goes down, and a new set ends the old one', async (t) => {
  const roost = await startRoost(t);
  const { id: factor, codes } = await enrolRecovery(roost, 'ann');
  assert.equal(new Set(codes).size, 10);
  for (const code of codes) assert.match(code, /^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
  const [first = '', second = ''] = codes;
  const used = await check(
    roost,
    await challenge(roost, 'ann'),
    factor,
    first.toLowerCase().replaceAll('-', ' '),
  );
  assert.equal(used.status, 200, used.text);
  const again = await check(roost, await challenge(roost, 'ann'), factor, first);
  assert.equal(refusalOf(again), 'wrong_code');
  assert.equal((await roost.call('GET', factorsOf('ann'))).body.factors[0].codesLeft, 9);
  const fresh = await enrolRecovery(roost, 'ann');
  assert.equal((await roost.call('GET', factorsOf('ann'))).body.factors.length, 1);
  const id = await challenge(roost, 'ann');
  assert.equal(refusalOf(await check(roost, id, factor, second)), 'not_found');
  assert.equal(refusalOf(await check(roost, id, fresh.id, second)), 'wrong_code');
  assert.equal((await check(roost, id, fresh.id, fresh.codes[0] ?? '')).status, 200);
});

test('a phone is enrolled by a code sent to it, and answers by a code sent for the challenge', async (t) => {
  const roost = await startRoost(t);
  const phone = await enrolPhone(roost, 'ann', '+31 6 1234 5678');
  const listed = await roost.call('GET', factorsOf('ann'));
  assert.equal(listed.body.factors[0].recipient, '+31*******78');
  const id = await challenge(roost, 'ann');
  assert.equal(refusalOf(await check(roost, id, phone, '123456')), 'code_spent');
  const code = await send(roost, id, phone);
  const answer = await check(roost, id, phone, code);
  assert.equal(answer.status, 200, answer.text);
});

test('a new code for a challenge voids none before it, and the fourth is refused with the time', async (t) => {
  const roost = await startRoost(t);
  const phone = await enrolPhone(roost, 'ann', '+31612345678');
  const id = await challenge(roost, 'ann');
  const codes = [await send(roost, id, phone), await send(roost, id, phone), await send(roost, id, phone)];
  const fourth = await roost.call('POST', `/v1/challenges/${id}/send`, { json: { factor: phone } });
  assert.equal(refusalOf(fourth), 'too_many_open');
  assert.ok(fourth.headers.has('retry-after'));
  assert.equal((await check(roost, id, phone, codes[0] ?? '')).status, 200);
});

// Stops a code made for one thing from being spent on another (OWASP ASVS 5.0, 6.6.2).
test('a code that was sent for a challenge or an enrolment is unknown to the Verify wire', async (t) => {
  const roost = await startRoost(t);
  const phone = await enrolPhone(roost, 'ann', '+31612345678');
  const id = await challenge(roost, 'ann');
  const code = await send(roost, id, phone);
  const list = await roost.call('GET', '/sandbox/messages?recipient=%2B31612345678&wait=2');
  assert.ok(list.body.messages.length > 0);
  const { store } = roost.roost;
  const scope = { projectId: 'default', mode: 'test' as const };
  const { tables } = await import('../../src/store/store.ts');
  const kept = await store.read.get(tables.challenges, { ...scope, id });
  const verificationId = kept?.verificationIds[0] ?? '';
  for (const path of [`/verify/${verificationId}`, `/verify/${verificationId}?token=${code}`]) {
    assert.equal((await roost.call('GET', path)).status, 404, path);
  }
  assert.equal((await roost.call('DELETE', `/verify/${verificationId}`)).status, 404);
  assert.equal((await check(roost, id, phone, code)).status, 200);
});

test('a wrong code is counted, and the fifth fails the challenge for good', async (t) => {
  const roost = await startRoost(t);
  const app = await enrolApp(roost, 'ann');
  const id = await challenge(roost, 'ann');
  for (const left of [4, 3, 2, 1, 0]) {
    const answer = await check(roost, id, app.id, wrong(app.code()));
    assert.equal(refusalOf(answer), 'wrong_code');
    assert.equal(answer.body.attemptsLeft, left);
  }
  const right = await check(roost, id, app.id, app.code());
  assert.equal(refusalOf(right), 'code_spent');
  assert.equal((await roost.call('GET', `/v1/challenges/${id}`)).body.state, 'failed');
});

test('what cannot be a code is told so and not counted', async (t) => {
  const roost = await startRoost(t);
  const app = await enrolApp(roost, 'ann');
  const id = await challenge(roost, 'ann');
  for (const code of ['12345', '1234567', '１２３４５６', 'abcdef', '']) {
    assert.equal(refusalOf(await check(roost, id, app.id, code)), 'malformed_code', code);
  }
  assert.equal((await roost.call('GET', `/v1/challenges/${id}`)).body.attemptsLeft, 5);
  const [a, b] = [app.code().slice(0, 3), app.code().slice(3)];
  assert.equal((await check(roost, id, app.id, `${a} ${b}`)).status, 200);
});

test('a challenge answers only to its own user, kinds, mode and time', async (t) => {
  const roost = await startRoost(t);
  const ann = await enrolApp(roost, 'ann');
  const bob = await enrolApp(roost, 'bob');
  await enrolRecovery(roost, 'ann');
  const id = await challenge(roost, 'ann');
  assert.equal(refusalOf(await check(roost, id, bob.id, bob.code())), 'not_found');
  const narrow = await challenge(roost, 'ann', { factors: ['recovery'] });
  assert.equal(refusalOf(await check(roost, narrow, ann.id, ann.code())), 'not_found');
  const live = await roost.call('GET', `/v1/challenges/${id}`, { key: roost.liveKey });
  assert.equal(refusalOf(live), 'not_found');
  roost.clock.advance(300_000);
  assert.equal(refusalOf(await check(roost, id, ann.id, ann.code())), 'code_expired');
  roost.clock.advance(-300_000);
  assert.equal(refusalOf(await check(roost, id, ann.id, ann.code())), 'code_expired');
});

test('a challenge that was taken back takes no answer, and its codes are void', async (t) => {
  const roost = await startRoost(t);
  const phone = await enrolPhone(roost, 'ann', '+31612345678');
  const id = await challenge(roost, 'ann');
  const code = await send(roost, id, phone);
  assert.equal((await roost.call('DELETE', `/v1/challenges/${id}`)).body.state, 'canceled');
  assert.equal(refusalOf(await check(roost, id, phone, code)), 'code_spent');
});

test('an authenticator that is in use already is taken over by its otpauth address', async (t) => {
  const roost = await startRoost(t);
  const uri = 'otpauth://totp/Old:ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=8&algorithm=SHA256';
  const made = await roost.call('POST', factorsOf('ann'), { json: { kind: 'totp', uri } });
  assert.equal(made.status, 201, made.text);
  assert.equal(made.body.factor.digits, 8);
  assert.equal(made.body.factor.algorithm, 'SHA256');
  const short = await roost.call('POST', factorsOf('ann'), {
    json: { kind: 'totp', uri: 'otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ' },
  });
  assert.equal(refusalOf(short), 'invalid_parameter');
});

test('a request is told all of its problems at once, in one shape', async (t) => {
  const roost = await startRoost(t);
  const cases: readonly [string, string, unknown, readonly string[]][] = [
    ['POST', factorsOf('ann'), {}, ['kind']],
    ['POST', factorsOf('ann'), { kind: 'push', x: 1 }, ['x', 'kind']],
    ['POST', factorsOf('ann'), { kind: 'recovery', digits: 8 }, ['digits']],
    ['POST', factorsOf('ann'), { kind: 'sms', recipient: 'x', template: 'no' }, ['recipient', 'template']],
    [
      'POST',
      '/v1/challenges',
      { user: 'a b', purpose: 'X', validSeconds: 1 },
      ['user', 'purpose', 'validSeconds'],
    ],
    ['POST', factorsOf('a%20b'), { kind: 'totp' }, ['user']],
  ];
  for (const [method, path, json, parameters] of cases) {
    const answer = await roost.call(method, path, { json });
    assert.equal(answer.status, 422, answer.text);
    refusalOf(answer);
    const named = answer.body.errors.map((error: { parameter: string }) => error.parameter);
    assert.deepEqual(named.sort(), [...parameters].sort(), answer.text);
  }
});

test('without a key every path of /v1 answers 401, and an unknown one 404 with it', async (t) => {
  const roost = await startRoost(t);
  for (const path of [factorsOf('ann'), '/v1/challenges', '/v1/nothing', '/v1']) {
    const answer = await roost.call('GET', path, { key: null });
    assert.equal(answer.status, 401, path);
    assert.equal(refusalOf(answer), 'unauthorized');
  }
  assert.equal(refusalOf(await roost.call('GET', '/v1/nothing')), 'no_endpoint');
  const form = await roost.call('POST', '/v1/challenges', { form: { user: 'ann' } });
  assert.equal(refusalOf(form), 'not_json');
});
