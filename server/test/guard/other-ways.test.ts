import assert from 'node:assert/strict';
import test from 'node:test';
import { Roost, RoostError } from '@roost/client';
import { LIVE_KEY } from '../support/roost.ts';
import { startGuarded } from './guarded.ts';

const OFF = { mode: 'off' };
const QUIET = { sequence: OFF, 'key-rate': OFF, 'cool-down': OFF };
// Nobody listens there: what is mailed is of no matter here.
const mail = { kind: 'smtp', host: '127.0.0.1', port: 1, from: 'Bank <no-reply@bank.example>' };
const TRY = 'another way may be open: tts, email';

test('a refusal names the other channels of the project, whichever rule it was, and to the caller those that are open', async (t) => {
  const roost = await startGuarded(
    t,
    {
      rules: { ...QUIET, 'block-unverified': { most: 1 }, 'few-texts': FEW_TEXTS },
      voice: ['NL'],
      countries: ['NL'],
    },
    { providers: { mail } },
  );
  const other = await roost.send('+31612340001');
  assert.equal(other.status, 201);
  const full = await roost.send('+31612340302');
  assert.equal(full.status, 422);
  assert.ok(full.body.errors[0].description.endsWith(`; ${TRY}`), full.text);
  assert.deepEqual(Object.keys(full.body.errors[0]).sort(), ['code', 'description', 'parameter']);
  assert.equal(full.headers.get('roost-channels-left'), 'email', 'a call would reach the same block');
  const texts = await roost.send('+31622340001');
  assert.ok(texts.body.errors[0].description.endsWith(`; ${TRY}`), texts.text);
  assert.equal(texts.headers.get('roost-channels-left'), 'tts, email');
  assert.equal((await roost.send('+31622340001', { type: 'tts' })).status, 201, 'as it was told');
  assert.equal((await roost.send('ann@bank.example', { type: 'email' })).status, 201);
});
const FEW_TEXTS = { on: 'key', of: 'sends', most: 1, channels: ['sms'], windowMinutes: 60 };

test('where a call is refused since none may be made there, a text is offered', async (t) => {
  const roost = await startGuarded(t, { rules: QUIET, countries: ['NL'] }, { providers: { mail } });
  const refused = await roost.send('+31612340001', { type: 'tts' });
  assert.match(refused.body.errors[0].description, /; another way may be open: sms, email$/);
  assert.equal(refused.headers.get('roost-channels-left'), 'sms, email');
});

test('what no other channel helps against, such as a key that has had its day, offers none as open', async (t) => {
  const roost = await startGuarded(
    t,
    { rules: { ...QUIET, 'key-day': { most: 1 } } },
    { providers: { mail } },
  );
  await roost.send('+31612340001');
  const refused = await roost.send('+31622340001');
  assert.equal(refused.status, 422);
  assert.equal(refused.headers.get('roost-channels-left'), null);
});

test('factors of users are refused alike, and @roost/client tells what is open', async (t) => {
  const rules = { ...QUIET, 'block-unverified': { most: 1 } };
  const roost = await startGuarded(t, { rules }, { providers: { mail } });
  await roost.send('+31612340001');
  const json = { kind: 'sms', recipient: '+31612340302' };
  const refused = await roost.call('POST', '/v1/users/anna/factors', { key: LIVE_KEY, json });
  assert.equal(refused.status, 429);
  assert.deepEqual(refused.body.channelsLeft, ['email']);
  assert.match(refused.body.errors[0].message, /another way may be open: email$/);
  const client = new Roost({ url: roost.url, accessKey: LIVE_KEY });
  const error = await client.verify.create({ recipient: '+31612340302' }).catch((caught: unknown) => caught);
  assert.ok(error instanceof RoostError);
  assert.deepEqual(error.channelsLeft, ['email']);
});
