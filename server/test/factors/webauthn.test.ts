import assert from 'node:assert/strict';
import test from 'node:test';
import { startRoost } from '../support/roost.ts';
import { answer, attester, FLAGS, modelExtension, type RegistrationTwists } from './authenticator.ts';
import { factorsOf, refusalOf } from './factors.ts';
import { ask, beginPasskey, confirmPasskey, enrolPasskey, present } from './passkeys.ts';

const model = Buffer.from('a0'.repeat(16), 'hex');
const GOOD: { readonly [name: string]: RegistrationTwists } = {
  'ES256, attested by nobody': {},
  'EdDSA, attested by nobody': { algorithm: 'EdDSA' },
  'RS256, attested by nobody': { algorithm: 'RS256' },
  'ES256, attested by itself': { attestation: 'packed-self' },
  'EdDSA, attested by itself': { algorithm: 'EdDSA', attestation: 'packed-self' },
  'RS256, attested by itself': { algorithm: 'RS256', attestation: 'packed-self' },
  'a maker that vouches': { attestation: 'packed', attestedBy: attester() },
  'a maker that vouches for the model': {
    ...{ attestation: 'packed', attestedBy: attester({ extensions: [modelExtension(model)] }) },
  },
  'a U2F key': { attestation: 'fido-u2f', attestedBy: attester(), flags: FLAGS.up | FLAGS.at },
  'a synced passkey': { backup: FLAGS.be | FLAGS.bs },
  'one that may be synced and is not': { backup: FLAGS.be },
  'a user who was not verified': { flags: FLAGS.up | FLAGS.at },
  'a port of localhost': { origin: 'http://localhost:65535' },
  'localhost without a port': { origin: 'http://localhost' },
  'an id of 1023 bytes': { credentialId: Buffer.alloc(1023, 9) },
  'client data of a later browser': { client: { other_keys_can_be_added_here: 'do not compare' } },
  'an old browser with token binding': { client: { tokenBinding: { status: 'supported' } } },
};

test('passkeys of every good kind are enrolled, and answer challenges', async (t) => {
  const roost = await startRoost(t);
  for (const [name, twists] of Object.entries(GOOD)) {
    const user = `user-${Object.keys(GOOD).indexOf(name)}`;
    const { id, credential } = await enrolPasskey(roost, user, twists);
    for (const more of [{}, { userHandle: null }, { flags: FLAGS.up | credential.backup }]) {
      const asked = await ask(roost, { user });
      assert.deepEqual(
        asked.publicKey.allowCredentials.map((one: { id: string }) => one.id),
        [credential.id.toString('base64url')],
      );
      const checked = await present(roost, asked.id, answer(asked.publicKey, credential, more));
      assert.equal(checked.status, 200, `${name} ${checked.text}`);
      assert.deepEqual(checked.body.approvedBy, { factor: id, kind: 'webauthn' });
    }
  }
});

test('an authenticator that does not count, and never did, is taken', async (t) => {
  const roost = await startRoost(t);
  const { credential } = await enrolPasskey(roost, 'ann');
  for (let i = 0; i < 3; i += 1) {
    const asked = await ask(roost, { user: 'ann' });
    const checked = await present(roost, asked.id, answer(asked.publicKey, credential, { counter: 0 }));
    assert.equal(checked.status, 200, checked.text);
  }
});

test('what is known of a passkey is shown, and nothing to forge it with', async (t) => {
  const roost = await startRoost(t);
  const { id, credential } = await enrolPasskey(roost, 'ann', {
    backup: FLAGS.be,
    transports: ['usb', 'nfc'],
  });
  const asked = await ask(roost, { user: 'ann' });
  const flags = FLAGS.up | FLAGS.uv | FLAGS.be | FLAGS.bs;
  const checked = await present(roost, asked.id, answer(asked.publicKey, credential, { flags, counter: 7 }));
  assert.equal(checked.status, 200, checked.text);
  const [factor] = (await roost.call('GET', factorsOf('ann'))).body.factors;
  assert.equal(factor.id, id);
  assert.equal(factor.state, 'active');
  assert.deepEqual(factor.passkey, {
    ...{ credentialId: credential.id.toString('base64url'), algorithm: 'ES256', attestation: 'none' },
    aaguid: 'a0a0a0a0-a0a0-a0a0-a0a0-a0a0a0a0a0a0',
    ...{ transports: ['usb', 'nfc'], discoverable: true, backupEligible: true, backedUp: true },
    ...{ counter: 7, counterWentBackAt: null, model: null },
  });
});

test('the options name the site, the user without telling who it is, and every passkey they have', async (t) => {
  const roost = await startRoost(t);
  const { credential } = await enrolPasskey(roost, 'ann');
  const { publicKey } = await beginPasskey(roost, 'ann', {
    ...{ account: 'ann@example.com', residentKey: 'required', attachment: 'platform' },
    userVerification: 'required',
  });
  const { challenge, user, ...rest } = publicKey;
  assert.match(challenge, /^[\w-]{43}$/);
  assert.match(user.id, /^[\w-]{43}$/);
  assert.deepEqual(
    { name: user.name, displayName: user.displayName },
    {
      ...{ name: 'ann@example.com', displayName: 'ann@example.com' },
    },
  );
  assert.equal(user.id, credential.userHandle, 'one user, one handle');
  assert.deepEqual(rest, {
    rp: { id: 'localhost', name: 'Roost' },
    pubKeyCredParams: [-8, -7, -257].map((alg) => ({ type: 'public-key', alg })),
    timeout: 300_000,
    excludeCredentials: [
      { id: credential.id.toString('base64url'), type: 'public-key', transports: ['internal'] },
    ],
    authenticatorSelection: {
      ...{ residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
      authenticatorAttachment: 'platform',
    },
    attestation: 'none',
    extensions: { credProps: true },
  });
});

test('whoever has a passkey signs in without a name, once its user was verified', async (t) => {
  const roost = await startRoost(t);
  await enrolPasskey(roost, 'bob');
  const { credential } = await enrolPasskey(roost, 'ann');
  const asked = await ask(roost);
  assert.equal(asked.body.user, null);
  assert.deepEqual(asked.publicKey.allowCredentials, []);
  assert.equal(asked.publicKey.userVerification, 'required');
  const checked = await present(roost, asked.id, answer(asked.publicKey, credential));
  assert.equal(checked.status, 200, checked.text);
  assert.equal(checked.body.user, 'ann');
  const redeemed = await roost.call('POST', '/v1/proofs/redeem', {
    json: { proof: checked.body.proof, purpose: 'sign-in' },
  });
  assert.equal(redeemed.body.user, 'ann', redeemed.text);
  assert.deepEqual(redeemed.body.amr, ['pop', 'mfa']);
  const read = await roost.call('GET', `/v1/challenges/${asked.id}`);
  assert.equal(read.body.user, 'ann');

  for (const twist of [{ userHandle: null }, { userHandle: 'AAAA' }, { flags: FLAGS.up }]) {
    const next = await ask(roost);
    const refused = await present(roost, next.id, answer(next.publicKey, credential, twist));
    assert.equal(refusalOf(refused), 'wrong_code', JSON.stringify(twist));
  }
});

test('without a user only a passkey can be asked for, and no payment can be approved', async (t) => {
  const roost = await startRoost(t);
  const create = (more: object) =>
    roost.call('POST', '/v1/challenges', { json: { purpose: 'sign-in', ...more } });
  assert.equal(refusalOf(await create({ factors: ['totp'] })), 'missing_parameter');
  const payment = { amount: '1', currency: 'EUR', payee: 'Vogel' };
  assert.equal(refusalOf(await create({ payment })), 'missing_parameter');
  const made = await create({ factors: ['totp', 'webauthn'] });
  assert.equal(made.status, 201, made.text);
});

test('a second factor says whether its user was verified, and can be made to', async (t) => {
  const roost = await startRoost(t);
  const { credential } = await enrolPasskey(roost, 'ann');
  const amrOf = async (flags: number) => {
    const asked = await ask(roost, { user: 'ann' });
    const { body } = await present(roost, asked.id, answer(asked.publicKey, credential, { flags }));
    return JSON.parse(Buffer.from(body.proof.split('.')[1], 'base64url').toString()).amr;
  };
  assert.deepEqual(await amrOf(FLAGS.up), ['pop']);
  assert.deepEqual(await amrOf(FLAGS.up | FLAGS.uv), ['pop', 'mfa']);
  const asked = await ask(roost, { user: 'ann', userVerification: 'required' });
  assert.equal(asked.publicKey.userVerification, 'required');
  const refused = await present(roost, asked.id, answer(asked.publicKey, credential, { flags: FLAGS.up }));
  assert.equal(refusalOf(refused), 'wrong_code');
  assert.match(refused.text, /was not verified/);
});

test('a counter that goes back is refused, logged, and seen at the factor', async (t) => {
  const roost = await startRoost(t);
  const { id, credential } = await enrolPasskey(roost, 'ann');
  const check = async (counter: number) => {
    const asked = await ask(roost, { user: 'ann' });
    return present(roost, asked.id, answer(asked.publicKey, credential, { counter }));
  };
  const wentBackAt = async () =>
    (await roost.call('GET', factorsOf('ann'))).body.factors[0].passkey.counterWentBackAt;
  assert.equal((await check(10)).status, 200);
  for (const counter of [10, 9]) {
    const refused = await check(counter);
    assert.equal(refusalOf(refused), 'wrong_code');
    assert.match(refused.text, /counter went back/);
  }
  assert.notEqual(await wentBackAt(), null);
  const line = roost.logged.find((each) => each.includes('passkey.counter_went_back'));
  assert.ok(line?.includes(id) && line.includes('"level":"warn"'), line);
  assert.equal((await check(11)).status, 200, 'the one that is ahead goes on');
  assert.equal((await check(0)).status, 200, 'one that stopped counting proves nothing either way');
});

test('a session that was named must be named again, with the enrolment and with the answer', async (t) => {
  const roost = await startRoost(t);
  const session = 'session-4f1a2b';
  const { id, publicKey } = await beginPasskey(roost, 'ann', { session });
  const { register } = await import('./authenticator.ts');
  const made = register(publicKey);
  for (const more of [{}, { session: 'session-another' }]) {
    const refused = await confirmPasskey(roost, 'ann', id, made.answer, more);
    assert.equal(refusalOf(refused), 'invalid_parameter');
  }
  const confirmed = await confirmPasskey(roost, 'ann', id, made.answer, { session });
  assert.equal(confirmed.status, 200, confirmed.text);

  const asked = await ask(roost, { user: 'ann', session });
  const said = answer(asked.publicKey, made.credential);
  for (const more of [{}, { session: 'session-another' }]) {
    assert.equal(refusalOf(await present(roost, asked.id, said, more)), 'invalid_parameter');
  }
  assert.equal((await present(roost, asked.id, said, { session })).status, 200);
  const unbound = await ask(roost, { user: 'ann' });
  const odd = await present(roost, unbound.id, answer(unbound.publicKey, made.credential), { session });
  assert.equal(refusalOf(odd), 'invalid_parameter');
});

test('a removed passkey proves nothing, and its authenticator may be enrolled again', async (t) => {
  const roost = await startRoost(t);
  const credentialId = Buffer.alloc(32, 5);
  const { id, credential } = await enrolPasskey(roost, 'ann', { credentialId });
  const second = await enrolPasskey(roost, 'ann');
  const asked = await ask(roost, { user: 'ann' });
  assert.equal((await roost.call('DELETE', `${factorsOf('ann')}/${id}`)).status, 204);
  assert.equal(refusalOf(await present(roost, asked.id, answer(asked.publicKey, credential))), 'wrong_code');
  await enrolPasskey(roost, 'bob', { credentialId });
  const { body } = await roost.call('GET', `/v1/challenges/${asked.id}`);
  assert.deepEqual(
    body.publicKey.allowCredentials.map((one: { id: string }) => one.id),
    [second.credential.id.toString('base64url')],
  );
});
