import assert from 'node:assert/strict';
import { sign } from 'node:crypto';
import test from 'node:test';
import { startRoost } from '../support/roost.ts';
import {
  answer,
  attester,
  type Credential,
  cbor,
  FLAGS,
  modelExtension,
  otherKey,
  type RegistrationTwists,
  register,
  signatureOf,
  type Twists,
} from './authenticator.ts';
import { factorsOf, refusalOf } from './factors.ts';
import { ask, beginPasskey, confirmPasskey, enrolPasskey, present } from './passkeys.ts';

const flip = (at: number) => (bytes: Buffer) => {
  const copy = Buffer.from(bytes);
  const i = at < 0 ? copy.length + at : at;
  copy[i] = (copy[i] ?? 0) ^ 1;
  return copy;
};
const shorter = (bytes: Buffer) => bytes.subarray(0, -1);
const longer = (bytes: Buffer) => Buffer.concat([bytes, Buffer.from([0])]);
const otherChallenge = Buffer.alloc(32, 1).toString('base64url');
const { up, uv, at, be, bs, ed } = FLAGS;

/** What every ceremony must have right (WebAuthn Level 3, sections 7.1 and 7.2). */
const OF_BOTH: { readonly [name: string]: Twists } = {
  'another site': { origin: 'https://evil.example' },
  'a site that begins alike': { origin: 'http://localhost.evil.example' },
  'a site below ours': { origin: 'http://sub.localhost:3000' },
  'https where http is expected': { origin: 'https://localhost:3000' },
  'a path after the origin': { origin: 'http://localhost:3000/' },
  'an empty origin': { origin: '' },
  'an origin that is no text': { client: { origin: ['http://localhost:3000'] } },
  'another domain': { rpId: 'evil.example' },
  'another challenge': { challenge: otherChallenge },
  'an empty challenge': { challenge: '' },
  'a challenge that is no text': { client: { challenge: null } },
  'a page framed by another site': { client: { crossOrigin: true } },
  'a page framed by a named site': { client: { crossOrigin: true, topOrigin: 'https://evil.example' } },
  'a top origin without a frame': { client: { topOrigin: 'https://evil.example' } },
  'a page whose frame is no boolean': { client: { crossOrigin: 'no' } },
  'a token binding': { client: { tokenBinding: { status: 'present', id: 'AAAA' } } },
  'a token binding that is no object': { client: { tokenBinding: 'supported' } },
  'client data that is no JSON': { clientText: 'no' },
  'client data that is a list': { clientText: '[]' },
  'client data with a byte order mark': { clientText: '\ufeff{}' },
  'nobody there': { flags: uv },
  'backed up, though it cannot be': { flags: up | uv | bs },
  'extensions that are not there': { flags: up | uv | ed },
  'authenticator data that is too short': { authData: (bytes) => bytes.subarray(0, 36) },
  'authenticator data that is too long': { authData: longer },
};

const OF_REGISTRATION: { readonly [name: string]: RegistrationTwists } = {
  'the type of an answer': { type: 'webauthn.get' },
  'the type of a payment': { type: 'payment.get' },
  'no credential in it': { flags: up | uv },
  'the id of another credential beside it': { id: 'AAAA' },
  'an id of 1024 bytes': { credentialId: Buffer.alloc(1024, 1) },
  'an attestation object cut short': { object: shorter },
  'an attestation object with more after it': { object: longer },
  'an attestation object that is no map': { object: () => cbor(['none']) },
  'an attestation object that is not CBOR': { object: () => Buffer.from('nonsense') },
  'an unknown attestation': { format: 'homemade' },
  'attested by nobody, with a statement': { statement: () => new Map([['sig', Buffer.alloc(8)]]) },
  'attested by itself without a signature': { format: 'packed' },
  'attested by itself, one bit wrong': {
    ...{
      attestation: 'packed-self',
      statement: (made) => made.set('sig', flip(-1)(made.get('sig') as Buffer)),
    },
  },
  'attested by itself with another algorithm': {
    ...{ attestation: 'packed-self', statement: (made) => made.set('alg', -8) },
  },
  'attested by itself with SHA-1': {
    ...{ algorithm: 'RS256', attestation: 'packed-self', statement: (made) => made.set('alg', -65_535) },
  },
  'a maker whose signature has one bit wrong': {
    ...{ attestation: 'packed', attestedBy: attester() },
    statement: (made) => made.set('sig', flip(-1)(made.get('sig') as Buffer)),
  },
  'a maker who vouches for another model': {
    ...{ attestation: 'packed', attestedBy: attester({ extensions: [modelExtension(Buffer.alloc(16, 7))] }) },
  },
  'a maker whose certificate is no certificate': {
    ...{
      attestation: 'packed',
      attestedBy: attester(),
      statement: (made) => made.set('x5c', [Buffer.alloc(9)]),
    },
  },
  'a U2F key of a model': {
    ...{ attestation: 'fido-u2f', attestedBy: attester(), aaguid: Buffer.alloc(16, 7) },
  },
  'a U2F key that signed for another site': {
    ...{ attestation: 'fido-u2f', attestedBy: attester() },
    statement: (made) => made.set('sig', sign('sha256', Buffer.alloc(64), otherKey())),
  },
  'a short RSA key': { algorithm: 'RS256', modulusLength: 1024 },
  'an algorithm that was not asked for': { cose: (key) => key.set(3, -35) },
  'an RSA algorithm on a curve': { cose: (key) => key.set(3, -257) },
  'a point that is on no curve': { cose: (key) => key.set(-2, Buffer.alloc(32, 7)) },
  'another curve': { cose: (key) => key.set(-1, 2) },
  'a key with more in it': { cose: (key) => key.set(4, [2]) },
  'a key with less in it': { cose: (key) => new Map([...key].filter(([label]) => label !== -3)) },
};

test('every registration that is not quite right is refused, once, and enrols nothing', async (t) => {
  const roost = await startRoost(t);
  const cases = { ...OF_BOTH, ...OF_REGISTRATION };
  assert.ok(Object.keys(cases).length >= 40);
  for (const [name, twists] of Object.entries(cases)) {
    const { flags } = twists;
    const usual = flags === undefined || name === 'no credential in it' ? {} : { flags: flags | at };
    const { id, publicKey } = await beginPasskey(roost, 'ann');
    const made = register(publicKey, { ...twists, ...usual });
    const refused = await confirmPasskey(roost, 'ann', id, made.answer);
    // A long id does not even fit the schema.
    const expected = name === 'an id of 1024 bytes' ? 'invalid_parameter' : 'wrong_code';
    assert.equal(refusalOf(refused), expected, `${name} ${refused.text}`);
    const right = register(publicKey);
    const again = await confirmPasskey(roost, 'ann', id, right.answer);
    if (expected === 'wrong_code') assert.equal(refusalOf(again), 'code_spent', name);
  }
  const { body } = await roost.call('GET', factorsOf('ann'));
  const active = body.factors.filter(({ state }: { state: string }) => state === 'active');
  assert.equal(active.length, 1, 'the one whose long id was never looked at');
  assert.ok(!roost.logged.some((line) => line.includes('request.broken')));
});

const OF_ANSWER: { readonly [name: string]: (credential: Credential) => Twists } = {
  'the type of a registration': () => ({ type: 'webauthn.create' }),
  'the first bit of the signature': () => ({ signature: flip(8) }),
  'the last bit of the signature': () => ({ signature: flip(-1) }),
  'a signature cut short': () => ({ signature: shorter }),
  'a signature with more after it': () => ({ signature: longer }),
  'an empty signature': () => ({ signature: () => Buffer.alloc(0) }),
  'a signature of zeros': () => ({ signature: () => Buffer.from('3006020100020100', 'hex') }),
  'the key of somebody else': () => ({ signWith: (data) => sign('sha256', data, otherKey()) }),
  'another hash': ({ privateKey }) => ({ signWith: (data) => sign('sha512', data, privateKey) }),
  'a signature without the client data': (credential) => ({
    signWith: (data) => signatureOf(credential, data.subarray(0, -32)),
  }),
  'another user’s handle': () => ({ userHandle: Buffer.alloc(32, 3).toString('base64url') }),
  'an empty handle': () => ({ userHandle: '' }),
  'an unknown credential': () => ({ id: Buffer.alloc(32, 3).toString('base64url') }),
  'a counter that went back': () => ({ counter: 1 }),
  'now it can be backed up': () => ({ flags: up | uv | be }),
  'a new credential in it': () => ({
    flags: up | uv | at,
    authData: (bytes) => Buffer.concat([bytes, Buffer.alloc(16), Buffer.from([0, 1, 1]), cbor(new Map())]),
  }),
};

test('every answer that is not quite right is refused, counted, and approves nothing', async (t) => {
  const roost = await startRoost(t);
  const { credential } = await enrolPasskey(roost, 'ann');
  const first = await ask(roost, { user: 'ann' });
  const right = await present(roost, first.id, answer(first.publicKey, credential, { counter: 1 }));
  assert.equal(right.status, 200);
  const cases = {
    ...Object.fromEntries(Object.entries(OF_BOTH).map(([name, twists]) => [name, () => twists])),
    ...OF_ANSWER,
  };
  assert.ok(Object.keys(cases).length >= 40);
  for (const [name, twist] of Object.entries(cases)) {
    const asked = await ask(roost, { user: 'ann' });
    const refused = await present(roost, asked.id, answer(asked.publicKey, credential, twist(credential)));
    assert.equal(refused.status, 422, `${name} ${refused.text}`);
    assert.equal(refusalOf(refused), 'wrong_code', `${name} ${refused.text}`);
    assert.equal(refused.body.attemptsLeft, 4, name);
    const read = await roost.call('GET', `/v1/challenges/${asked.id}`);
    assert.equal(read.body.state, 'open');
    assert.notEqual(read.body.publicKey.challenge, asked.publicKey.challenge, 'the old one is used up');
  }
  const last = await ask(roost, { user: 'ann' });
  assert.equal((await present(roost, last.id, answer(last.publicKey, credential))).status, 200);
  assert.ok(!roost.logged.some((line) => line.includes('request.broken')));
});

test('an answer to one prompt answers no other: another purpose, user, challenge, or the same again', async (t) => {
  const roost = await startRoost(t);
  const ann = await enrolPasskey(roost, 'ann');
  const bob = await enrolPasskey(roost, 'bob');
  const asked = await ask(roost, { user: 'ann' });
  const said = answer(asked.publicKey, ann.credential);
  for (const more of [{ user: 'ann', purpose: 'payment' }, { user: 'ann' }, { user: 'bob' }, {}]) {
    const other = await ask(roost, more);
    assert.equal(refusalOf(await present(roost, other.id, said)), 'wrong_code', JSON.stringify(more));
  }
  const ofBob = answer(asked.publicKey, bob.credential);
  assert.equal(refusalOf(await present(roost, asked.id, ofBob)), 'wrong_code');
  assert.equal(refusalOf(await present(roost, asked.id, said)), 'wrong_code', 'its challenge was used up');
  const { body } = await roost.call('GET', `/v1/challenges/${asked.id}`);
  const again = answer(body.publicKey, ann.credential);
  const named = await present(roost, asked.id, again, { factor: bob.id });
  assert.equal(refusalOf(named), 'wrong_code');
  const { body: next } = await roost.call('GET', `/v1/challenges/${asked.id}`);
  const good = await present(roost, asked.id, answer(next.publicKey, ann.credential), { factor: ann.id });
  assert.equal(good.status, 200, good.text);
});

test('an answer to a challenge enrols nothing, and a registration answers nothing', async (t) => {
  const roost = await startRoost(t);
  const { credential } = await enrolPasskey(roost, 'ann');
  const { id, publicKey } = await beginPasskey(roost, 'ann');
  const asked = await ask(roost, { user: 'ann' });
  const enrolled = await confirmPasskey(roost, 'ann', id, answer(publicKey, credential));
  assert.equal(refusalOf(enrolled), 'missing_parameter', 'it is no registration in shape');
  const checked = await present(roost, asked.id, register(publicKey).answer);
  assert.equal(refusalOf(checked), 'missing_parameter', 'it is no answer in shape');
  const typed = await roost.call('POST', `/v1/challenges/${asked.id}/check`, {
    json: { factor: id, code: '123456' },
  });
  assert.equal(refusalOf(typed), 'not_found', 'it is not confirmed');
  const both = await present(roost, asked.id, answer(asked.publicKey, credential), { code: '123456' });
  assert.equal(refusalOf(both), 'invalid_parameter');
  const neither = await roost.call('POST', `/v1/challenges/${asked.id}/check`, { json: { factor: id } });
  assert.equal(refusalOf(neither), 'missing_parameter');
});

test('after five wrong answers, and after its time, a challenge takes no right one', async (t) => {
  const roost = await startRoost(t);
  const { credential } = await enrolPasskey(roost, 'ann');
  const asked = await ask(roost, { user: 'ann' });
  let { publicKey } = asked;
  for (let i = 0; i < 5; i += 1) {
    const wrong = answer(publicKey, credential, { signature: flip(-1) });
    assert.equal(refusalOf(await present(roost, asked.id, wrong)), 'wrong_code');
    publicKey = (await roost.call('GET', `/v1/challenges/${asked.id}`)).body.publicKey ?? publicKey;
  }
  assert.equal(refusalOf(await present(roost, asked.id, answer(publicKey, credential))), 'code_spent');

  const late = await ask(roost, { user: 'ann' });
  const said = answer(late.publicKey, credential);
  roost.clock.advance(300_000);
  assert.equal(refusalOf(await present(roost, late.id, said)), 'code_expired');
  roost.clock.advance(-300_000);
  assert.equal(
    refusalOf(await present(roost, late.id, said)),
    'code_expired',
    'a clock set back revives nothing',
  );

  const slow = await beginPasskey(roost, 'ann');
  const made = register(slow.publicKey);
  roost.clock.advance(600_000);
  assert.equal(refusalOf(await confirmPasskey(roost, 'ann', slow.id, made.answer)), 'not_found');
});
