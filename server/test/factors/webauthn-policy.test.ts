import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { Check } from 'typebox/schema';
import { ConfigProblems, readConfig } from '../../src/config.ts';
import { startRoost } from '../support/roost.ts';
import { answer, attester, FLAGS, maker, type RegistrationTwists, register } from './authenticator.ts';
import { refusalOf } from './factors.ts';
import { ask, beginPasskey, configured, confirmPasskey, enrolPasskey, present } from './passkeys.ts';

const MODEL = 'a0a0a0a0-a0a0-a0a0-a0a0-a0a0a0a0a0a0';
const OTHER_MODEL = '2fc0579f-8113-47ea-b116-bb5a8db9202a';

test('with direct attestation nobody may vouch for themselves, and only models on the list are taken', async (t) => {
  const webauthn = { attestation: 'direct', allowedAaguids: [OTHER_MODEL, MODEL] };
  const roost = await startRoost(t, { env: configured(t, webauthn) });
  const attempt = async (twists: RegistrationTwists) => {
    const { id, publicKey } = await beginPasskey(roost, 'ann');
    assert.equal(publicKey.attestation, 'direct');
    return confirmPasskey(roost, 'ann', id, register(publicKey, twists).answer);
  };
  const attestedBy = attester();
  const good = await attempt({ attestation: 'packed', attestedBy });
  assert.equal(good.status, 200, good.text);
  assert.equal(good.body.passkey.aaguid, MODEL);
  const bad: { readonly [name: string]: readonly [RegistrationTwists, RegExp] } = {
    nobody: [{}, /nobody vouches/],
    itself: [{ attestation: 'packed-self' }, /nobody vouches/],
    'another model': [
      { attestation: 'packed', attestedBy, aaguid: Buffer.alloc(16, 7) },
      /07070707-0707-0707-0707-070707070707 is not among/,
    ],
    'no model': [{ attestation: 'fido-u2f', attestedBy }, /is not among/],
  };
  for (const [name, [twists, words]] of Object.entries(bad)) {
    const refused = await attempt(twists);
    assert.equal(refusalOf(refused), 'wrong_code', name);
    assert.match(refused.text, words, name);
  }
});

// Stops a made-up certificate from claiming to be a model on the list.
test('with roots a passkey is taken when its certificate leads to one of them, and not otherwise', async (t) => {
  const root = maker();
  const between = maker({ by: root });
  const known = attester();
  const attestationRoots = [
    root.certificate.toString('base64'),
    `-----BEGIN CERTIFICATE-----\n${known.certificate.toString('base64')}\n-----END CERTIFICATE-----\n`,
  ];
  const webauthn = { attestation: 'direct', allowedAaguids: [MODEL], attestationRoots };
  const roost = await startRoost(t, { env: configured(t, webauthn) });
  const attempt = async (twists: RegistrationTwists) => {
    const { id, publicKey } = await beginPasskey(roost, 'ann');
    const made = register(publicKey, { attestation: 'packed', ...twists });
    return confirmPasskey(roost, 'ann', id, made.answer);
  };
  const good: readonly RegistrationTwists[] = [
    { attestedBy: attester({ by: root }) },
    { attestedBy: attester({ by: root }), chain: [root] },
    { attestedBy: attester({ by: between }), chain: [between] },
    { attestedBy: known },
  ];
  for (const twists of good) {
    const taken = await attempt(twists);
    assert.equal(taken.status, 200, taken.text);
  }
  const stranger = maker();
  const namesake = { ...root, privateKey: stranger.privateKey };
  const old = maker({ by: root, until: '210101000000Z' });
  const noMaker = attester({ by: root });
  const bad: { readonly [name: string]: RegistrationTwists } = {
    itself: { attestedBy: attester() },
    'a stranger': { attestedBy: attester({ by: stranger }), chain: [stranger] },
    'a stranger of the same name': { attestedBy: attester({ by: namesake }) },
    'a stranger, with the root behind': { attestedBy: attester({ by: stranger }), chain: [root] },
    'one whose time is over': { attestedBy: attester({ by: old }), chain: [old] },
    'an authenticator that vouches for others': { attestedBy: attester({ by: noMaker }), chain: [noMaker] },
    'one between that is missing': { attestedBy: attester({ by: between }) },
  };
  for (const [name, twists] of Object.entries(bad)) {
    const refused = await attempt(twists);
    assert.equal(refused.status, 422, `${name} ${refused.text}`);
    assert.equal(refusalOf(refused), 'wrong_code', name);
  }
});

test('passkeys of a domain are used at its origins and at those related to it, and browsers are told which', async (t) => {
  const webauthn = {
    ...{ rpId: 'bank.example', rpName: 'BirdBank' },
    origins: [
      'https://bank.example',
      'https://login.bank.example:8443',
      `android:apk-key-hash:${'A'.repeat(43)}`,
    ],
    relatedOrigins: ['https://bank.test'],
  };
  const roost = await startRoost(t, { env: configured(t, webauthn) });
  const told = await roost.call('GET', '/.well-known/webauthn', { key: null });
  assert.deepEqual(told.body, { origins: ['https://bank.test'] });
  const here = { rpId: 'bank.example', origin: 'https://bank.example' };
  const { publicKey } = await beginPasskey(roost, 'ann');
  assert.deepEqual(publicKey.rp, { id: 'bank.example', name: 'BirdBank' });
  const { credential } = await enrolPasskey(roost, 'ann', here);
  const checkedAt = async (twists: object) => {
    const asked = await ask(roost, { user: 'ann' });
    assert.equal(asked.publicKey.rpId, 'bank.example');
    return (await present(roost, asked.id, answer(asked.publicKey, credential, { ...here, ...twists })))
      .status;
  };
  for (const origin of [...webauthn.origins, ...webauthn.relatedOrigins])
    assert.equal(await checkedAt({ origin }), 200, origin);
  const elsewhere = [
    'https://login.bank.example',
    'http://bank.example',
    'https://other.bank.example',
    'http://localhost:3000',
  ];
  for (const origin of elsewhere) assert.equal(await checkedAt({ origin }), 422, origin);
  assert.equal(await checkedAt({ rpId: 'localhost' }), 422);
});

test('the strict profile asks every passkey to verify its user, unless the file says otherwise', async (t) => {
  const strict = await startRoost(t, { env: configured(t, {}, { profile: 'strict' }) });
  const { id, publicKey } = await beginPasskey(strict, 'ann');
  assert.equal(publicKey.authenticatorSelection.userVerification, 'required');
  const made = register(publicKey, { flags: FLAGS.up | FLAGS.at });
  assert.equal(refusalOf(await confirmPasskey(strict, 'ann', id, made.answer)), 'wrong_code');
  const { credential } = await enrolPasskey(strict, 'ann');
  const asked = await ask(strict, { user: 'ann' });
  const refused = await present(strict, asked.id, answer(asked.publicKey, credential, { flags: FLAGS.up }));
  assert.equal(refusalOf(refused), 'wrong_code');
  const said = { userVerification: 'discouraged' };
  const lax = await startRoost(t, { env: configured(t, said, { profile: 'strict' }) });
  const { publicKey: options } = await beginPasskey(lax, 'ann');
  assert.equal(options.authenticatorSelection.userVerification, 'discouraged');
});

const ROOT = maker().certificate.toString('base64');
const schema = JSON.parse(readFileSync(new URL('../../../roost.schema.json', import.meta.url), 'utf8'));

/** Settings that cannot be, and what is said about each. What the schema cannot say is marked. */
const WRONG: readonly (readonly [webauthn: unknown, problem: RegExp, schema?: 'cannot tell'])[] = [
  [7, /^policy\.webauthn: set an object/],
  [
    { rpid: 'bank.example' },
    /^policy\.webauthn\.rpid: there is no such setting; did you mean policy\.webauthn\.rpId\?/,
  ],
  [{ rpId: 'https://bank.example' }, /^policy\.webauthn\.rpId: set a domain/],
  [{ rpId: 'Bank.example' }, /rpId: set a domain in small letters/],
  [{ rpId: '127.0.0.1' }, /rpId: set a domain/],
  [{ rpName: '' }, /rpName: set a name/],
  [{ origins: [] }, /origins: set origins/],
  [{ origins: 'http://localhost' }, /origins: set origins/],
  [{ origins: ['http://localhost/'] }, /origins: .*without a path/],
  [{ origins: ['https://bank.example'] }, /origins: set origins on or below localhost/, 'cannot tell'],
  [
    { rpId: 'bank.example', origins: ['https://evilbank.example'] },
    /on or below bank\.example/,
    'cannot tell',
  ],
  [{ rpId: 'bank.example', origins: ['http://bank.example'] }, /https but for localhost/, 'cannot tell'],
  [{ relatedOrigins: ['http://bank.example'] }, /relatedOrigins: set a list of https origins/],
  [{ userVerification: 'always' }, /userVerification: set required, preferred, discouraged/],
  [{ attestation: 'enterprise' }, /attestation: set none, indirect, direct/],
  [{ attestation: 'direct', allowedAaguids: [] }, /allowedAaguids: set a list of AAGUIDs/],
  [{ attestation: 'direct', allowedAaguids: ['YubiKey'] }, /allowedAaguids: set a list of AAGUIDs/],
  [{ allowedAaguids: [MODEL] }, /allowedAaguids: set attestation to direct too/],
  [{ attestation: 'direct', attestationRoots: ['no'] }, /attestationRoots: set a list of certificates/],
  [{ attestationRoots: [ROOT] }, /attestationRoots: set attestation to direct too/],
];
const RIGHT: readonly object[] = [
  {},
  { rpId: 'bank.example' },
  { rpId: 'bank.example', origins: ['https://bank.example', 'https://a.b.bank.example:444'] },
  { origins: ['http://localhost:8081'], relatedOrigins: ['https://bank.test'] },
  { attestation: 'direct', attestationRoots: [ROOT] },
  { attestation: 'direct', allowedAaguids: [MODEL], userVerification: 'required', rpName: 'BirdBank' },
];

test('a setting of passkeys that cannot be stops the start with one line that says what would be right', (t) => {
  for (const [webauthn, problem, told] of WRONG) {
    const env = configured(t, webauthn as object);
    assert.throws(
      () => readConfig(env, '/'),
      (error) =>
        error instanceof ConfigProblems &&
        error.problems.length === 1 &&
        problem.test(error.problems[0] ?? ''),
      JSON.stringify(webauthn),
    );
    assert.equal(Check(schema, { policy: { webauthn } }), told === 'cannot tell', JSON.stringify(webauthn));
  }
  for (const webauthn of RIGHT) {
    readConfig(configured(t, webauthn), '/');
    assert.ok(Check(schema, { policy: { webauthn } }), JSON.stringify(webauthn));
  }
});
