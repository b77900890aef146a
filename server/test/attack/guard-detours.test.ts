import assert from 'node:assert/strict';
import test from 'node:test';
import { tables } from '../../src/store/store.ts';
import { startGuarded } from '../guard/guarded.ts';
import { LIVE_KEY, TEST_KEY } from '../support/roost.ts';

const KEY_DAY = { rules: { 'key-day': { most: 2 } } };

test('a code that is sent to enrol a phone counts on the access key like any other', async (t) => {
  const roost = await startGuarded(t, KEY_DAY);
  const enrol = (n: number) =>
    roost.call('POST', `/v1/users/user${n}/factors`, {
      key: LIVE_KEY,
      json: { kind: 'sms', recipient: `+3161${n}345678` },
    });
  assert.equal((await enrol(1)).status, 201);
  assert.equal((await roost.send('+31620000002')).status, 201);
  const third = await enrol(3);
  assert.equal(third.status, 429, third.text);
  assert.equal((await roost.send('+31640000004')).status, 422);
});

test('a code that is sent for a challenge counts on the access key like any other', async (t) => {
  const roost = await startGuarded(t, KEY_DAY);
  const number = '31612345678';
  const call = (path: string, json: object) => roost.call('POST', path, { key: LIVE_KEY, json });
  const made = await call('/v1/users/ann/factors', { kind: 'sms', recipient: `+${number}` });
  const { id } = made.body.factor;
  const code = await roost.codeFor(`+${number}`);
  assert.equal((await call(`/v1/users/ann/factors/${id}/confirm`, { code })).status, 200);
  const asked = await call('/v1/challenges', { user: 'ann', purpose: 'sign-in' });
  const send = () => call(`/v1/challenges/${asked.body.id}/send`, { factor: id });
  roost.clock.advance(60_000);
  assert.equal((await send()).status, 202);
  roost.clock.advance(60_000);
  const third = await send();
  assert.equal(third.status, 429, third.text);
});

test('a text without a code goes to no number and no country that a code may not go to', async (t) => {
  const roost = await startGuarded(t, { countries: ['NL'] });
  const send = (path: string, recipients: string, key = LIVE_KEY) =>
    roost.call('POST', path, { key, json: { originator: 'Shop', body: 'Your order is here', recipients } });
  const premium = await send('/messages', '31900123456');
  assert.equal(premium.status, 422, premium.text);
  assert.match(premium.text, /"parameter":"recipients"/);
  assert.equal((await send('/messages', '31612345678,37060012345')).status, 422, 'one of them is elsewhere');
  assert.equal((await send('/voicemessages', '31612345678')).status, 422, 'no country is open for calls yet');
  assert.equal((await send('/messages', '31612345678')).status, 201);
  assert.equal(
    (await send('/messages', '37060012345', TEST_KEY)).status,
    201,
    'nothing leaves with a test key',
  );
  const { items } = await roost.roost.store.read.page(tables.refusals, {
    ...{ scope: { projectId: 'default', mode: 'live' }, where: {}, offset: 0, limit: 10 },
  });
  assert.deepEqual(items.map(({ rule }) => rule).sort(), ['countries', 'ranges', 'voice']);
});
