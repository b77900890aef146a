import assert from 'node:assert/strict';
import test from 'node:test';
import { LIVE_KEY, startRoost } from '../support/roost.ts';
import { challenge, check, enrolApp, factorsOf, send } from './factors.ts';

const PHONE = '+31612345678';
const enrolling = (verification: string, more: object = {}) => ({
  json: { kind: 'sms', verification, ...more },
});

test('a phone that a verification proved is enrolled without another code, and answers challenges', async (t) => {
  const roost = await startRoost(t);
  const { id, code } = await roost.createVerification(PHONE);
  assert.equal((await roost.check(id, code)).status, 200);
  const made = await roost.call('POST', factorsOf('ann'), enrolling(id, { name: 'Mine' }));
  assert.equal(made.status, 201, made.text);
  const { kind, name, state, recipient } = made.body.factor;
  assert.deepEqual(
    { kind, name, state, recipient },
    { kind: 'sms', name: 'Mine', state: 'active', recipient: '+31*******78' },
  );
  const asked = await challenge(roost, 'ann');
  const sent = await send(roost, asked, made.body.factor.id);
  assert.equal((await check(roost, asked, made.body.factor.id, sent)).status, 200);
});

test('a verification enrols one factor, of one user, once, also in parallel; Verify does not know it any more', async (t) => {
  const roost = await startRoost(t);
  const { id, code } = await roost.createVerification(PHONE);
  await roost.check(id, code);
  const users = ['ann', 'bob', 'eve', 'ann', 'bob', 'eve'];
  const answers = await Promise.all(users.map((user) => roost.call('POST', factorsOf(user), enrolling(id))));
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [201, 422, 422, 422, 422, 422]);
  assert.equal((await roost.call('GET', `/verify/${id}`)).status, 404);
  assert.equal((await roost.check(id, code)).status, 404);
});

test('what was not verified, not lately, not so, or not here enrols nothing', async (t) => {
  const roost = await startRoost(t);
  const refused = async (verification: string, more: object = {}, key?: string) => {
    const options = { ...enrolling(verification, more), ...(key === undefined ? {} : { key }) };
    const answer = await roost.call('POST', factorsOf('ann'), options);
    assert.equal(answer.status, 422, answer.text);
    return answer.body.errors[0].parameter;
  };
  const open = await roost.createVerification(PHONE);
  assert.equal(await refused(open.id), 'verification');
  await roost.check(open.id, open.code);
  assert.equal(await refused(open.id, { kind: 'email' }), 'verification');
  assert.equal(await refused(open.id, { kind: 'tts' }), 'verification');
  assert.equal(await refused(open.id, { recipient: PHONE }), 'recipient');
  assert.equal(await refused(open.id, {}, LIVE_KEY), 'verification');
  assert.equal(await refused('0'.repeat(32)), 'verification');
  await enrolApp(roost, 'bob');
  roost.clock.advance(1_800_000);
  assert.equal(await refused(open.id), 'verification');
  const listed = await roost.call('GET', factorsOf('ann'));
  assert.deepEqual(listed.body.factors, []);
});
