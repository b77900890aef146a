import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import test from 'node:test';
import { createProofVerifier } from '../../../client/src/proof.ts';
import { startRoost } from '../support/roost.ts';
import { challenge, check, enrolApp, enrolPhone, refusalOf, send } from './factors.ts';

type Roost = Awaited<ReturnType<typeof startRoost>>;
const DAY_MS = 86_400_000;

async function prove(
  roost: Roost,
  more: object = {},
): Promise<{ id: string; factor: string; proof: string }> {
  const app = await enrolApp(roost, 'ann');
  const id = await challenge(roost, 'ann', more);
  const answer = await check(roost, id, app.id, app.code());
  assert.equal(answer.status, 200, answer.text);
  return { id, factor: app.id, proof: answer.body.proof };
}

const redeem = (roost: Roost, proof: string, more: object = {}) =>
  roost.call('POST', '/v1/proofs/redeem', { json: { proof, purpose: 'sign-in', ...more } });

const claimsOf = (proof: string) =>
  JSON.parse(Buffer.from(proof.split('.')[1] ?? '', 'base64url').toString());

test('an answered challenge is a statement that anybody verifies with the published keys', async (t) => {
  const roost = await startRoost(t);
  const { id, factor, proof } = await prove(roost, { audience: 'birdbank' });
  const { body } = await roost.call('GET', '/.well-known/jwks.json', { key: null });
  const [key] = body.keys;
  assert.deepEqual(Object.keys(key).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  const [head = '', claims = '', signature = ''] = proof.split('.');
  const isSigned = verify(
    null,
    Buffer.from(`${head}.${claims}`),
    createPublicKey({ key, format: 'jwk' }),
    Buffer.from(signature, 'base64url'),
  );
  assert.ok(isSigned);
  const { iat, exp, auth_time, ...said } = claimsOf(proof);
  assert.equal(exp - iat, 300);
  assert.equal(auth_time, iat);
  assert.deepEqual(said, {
    ...{ iss: 'roost', aud: 'birdbank', sub: 'ann', jti: id, project: 'default', mode: 'test' },
    ...{ purpose: 'sign-in', amr: ['otp'], level: 'standard', factor },
  });
});

test('the client verifies a proof, and refuses it for anything that it was not made for', async (t) => {
  const roost = await startRoost(t);
  const { id, proof } = await prove(roost);
  const now = roost.clock;
  const options = { url: roost.url, audience: 'default', mode: 'test', now } as const;
  const verifier = createProofVerifier(options);
  const told = await verifier.verify(proof, { purpose: 'sign-in' });
  assert.equal(told.challenge, id);
  assert.equal(told.user, 'ann');
  const refuse = (attempt: Promise<unknown>, why: RegExp) => assert.rejects(attempt, why);
  await refuse(verifier.verify(proof, { purpose: 'payment' }), /another purpose/);
  const transaction = { transactionText: 'x' };
  await refuse(verifier.verify(proof, { purpose: 'sign-in', transaction }), /another transaction/);
  const elsewhere = createProofVerifier({ ...options, audience: 'other' });
  await refuse(elsewhere.verify(proof, { purpose: 'sign-in' }), /another audience/);
  const live = createProofVerifier({ url: roost.url, audience: 'default', now });
  await refuse(live.verify(proof, { purpose: 'sign-in' }), /test mode/);
  const [head = '', claims = '', signature = ''] = proof.split('.');
  const forged = Buffer.from(JSON.stringify({ ...claimsOf(proof), sub: 'bob' })).toString('base64url');
  await refuse(
    verifier.verify(`${head}.${forged}.${signature}`, { purpose: 'sign-in' }),
    /signature is wrong/,
  );
  const none = Buffer.from('{"alg":"none","typ":"roost-proof+jwt","kid":"x"}').toString('base64url');
  await refuse(verifier.verify(`${none}.${claims}.${signature}`, { purpose: 'sign-in' }), /no proof/);
  roost.clock.advance(331_000);
  await refuse(verifier.verify(proof, { purpose: 'sign-in' }), /expired/);
});

test('of 200 parallel redemptions of one proof, one succeeds, and none does after a restart', async (t) => {
  const roost = await startRoost(t);
  const { id, proof } = await prove(roost);
  const answers = await Promise.all(Array.from({ length: 200 }, () => redeem(roost, proof)));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  assert.equal(answers.filter((answer) => answer.status === 409).length, 199);
  await roost.stop();
  const again = await startRoost(t, { folder: roost.folder, clock: roost.clock });
  assert.equal(refusalOf(await redeem(again, proof)), 'code_spent');
  assert.notEqual((await again.call('GET', `/v1/challenges/${id}`)).body.redeemedAt, null);
});

test('a proof is redeemed only for its audience and purpose, in its mode and within five minutes', async (t) => {
  const roost = await startRoost(t);
  const { proof } = await prove(roost);
  assert.equal(refusalOf(await redeem(roost, proof, { audience: 'other' })), 'invalid_parameter');
  assert.equal(refusalOf(await redeem(roost, proof, { purpose: 'payment' })), 'invalid_parameter');
  assert.equal(refusalOf(await redeem(roost, proof, { transactionText: 'x' })), 'invalid_parameter');
  const json = { proof, purpose: 'sign-in' };
  const live = await roost.call('POST', '/v1/proofs/redeem', { key: roost.liveKey, json });
  assert.equal(refusalOf(live), 'invalid_parameter');
  const [head = '', claims = '', signature = ''] = proof.split('.');
  const other = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
  assert.equal(refusalOf(await redeem(roost, `${head}.${claims}.${other}`)), 'invalid_parameter');
  roost.clock.advance(301_000);
  assert.equal(refusalOf(await redeem(roost, proof)), 'code_expired');
});

test('who lost the answer reads the same proof again', async (t) => {
  const roost = await startRoost(t);
  const { id, proof } = await prove(roost);
  const read = await roost.call('GET', `/v1/challenges/${id}`);
  assert.equal(read.body.state, 'approved');
  assert.equal(read.body.proof, proof);
});

test('a proof by a code that was sent says so, and is of the lower level', async (t) => {
  const roost = await startRoost(t);
  const phone = await enrolPhone(roost, 'ann', '+31612345678');
  const id = await challenge(roost, 'ann');
  const answer = await check(roost, id, phone, await send(roost, id, phone));
  const { amr, level } = claimsOf(answer.body.proof);
  assert.deepEqual({ amr, level }, { amr: ['sms'], level: 'restricted' });
});

test('keys change every 30 days: the next is published before it signs, the last until its proofs are gone', async (t) => {
  const roost = await startRoost(t);
  const { signingKeys } = roost.roost;
  const kids = async () =>
    (await roost.call('GET', '/.well-known/jwks.json')).body.keys.map(({ kid }: { kid: string }) => kid);
  const [first] = await kids();
  roost.clock.advance(30 * DAY_MS - 3_000_000);
  await signingKeys.refresh();
  assert.equal((await kids()).length, 2);
  const { proof } = await prove(roost);
  const kidOf = (text: string) =>
    JSON.parse(Buffer.from(text.split('.')[0] ?? '', 'base64url').toString()).kid;
  assert.equal(kidOf(proof), first, 'the new key does not sign yet');
  assert.equal((await redeem(roost, proof)).status, 200);
  roost.clock.advance(3_600_000);
  const { proof: later } = await prove(roost);
  assert.notEqual(kidOf(later), first);
  roost.clock.advance(DAY_MS);
  await signingKeys.refresh();
  assert.deepEqual(await kids(), [kidOf(later)]);
});
