import assert from 'node:assert/strict';
import test from 'node:test';
import { createProofVerifier } from '../../../client/src/proof.ts';
import { signClaims } from '../../src/domain/proof.ts';
import { tables } from '../../src/store/store.ts';
import { startRoost } from '../support/roost.ts';
import { challenge, check, enrolApp, enrolPhone, factorsOf, refusalOf, send } from './factors.ts';

type Roost = Awaited<ReturnType<typeof startRoost>>;
const PAYMENT = {
  amount: '1250.00',
  currency: 'EUR',
  payee: 'Vogel & Zoon BV',
  reference: 'invoice 2026-114',
};
const WORDS = 'EUR 1250.00 to Vogel & Zoon BV, ref invoice 2026-114';

async function asked(roost: Roost, more: object = {}): Promise<{ id: string; phone: string; code: string }> {
  const listed = await roost.call('GET', factorsOf('ann'));
  const phone = listed.body.factors[0]?.id ?? (await enrolPhone(roost, 'ann', '+31612345678'));
  const id = await challenge(roost, 'ann', { purpose: 'payment', payment: PAYMENT, ...more });
  return { id, phone, code: await send(roost, id, phone) };
}

test('the payer reads amount, payee and reference in the message, and what was approved is kept and signed', async (t) => {
  const roost = await startRoost(t);
  const { id, phone, code } = await asked(roost);
  const list = await roost.call('GET', '/sandbox/messages?recipient=%2B31612345678&wait=2');
  const text = list.body.messages.at(-1).text;
  assert.equal(text, `Code ${code} approves: ${WORDS}. Never share it.`);
  const answer = await check(roost, id, phone, code, { payment: PAYMENT });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.body.payment, PAYMENT);

  const { body: evidence } = await roost.call('GET', `/v1/challenges/${id}/evidence`);
  assert.equal(evidence.text, `Code %token approves: ${WORDS}. Never share it.`);
  assert.deepEqual(evidence.payment, PAYMENT);
  assert.equal(evidence.user, 'ann');
  assert.equal(evidence.factor, phone);
  assert.equal(evidence.recipient, '+31*******78');
  assert.match(evidence.digest, /^[0-9a-f]{64}$/);
  const signed = JSON.parse(Buffer.from(evidence.signed.split('.')[1], 'base64url').toString());
  const { signed: _, ...told } = evidence;
  const { iss, iat, ...said } = signed;
  assert.deepEqual(said, { ...told, project: 'default', mode: 'test' });
  assert.equal(iss, 'roost');
  assert.ok(Math.abs(iat * 1000 - roost.clock()) < 60_000);
  assert.ok(!evidence.signed.includes(code));

  await roost.call('DELETE', `${factorsOf('ann')}/${phone}`);
  assert.equal((await roost.call('GET', `/v1/challenges/${id}/evidence`)).status, 200);
});

test('the proof of a payment is verified and redeemed for that payment alone, once', async (t) => {
  const roost = await startRoost(t);
  const { id, phone, code } = await asked(roost);
  const { proof } = (await check(roost, id, phone, code, { payment: PAYMENT })).body;
  const verifier = createProofVerifier({ url: roost.url, audience: 'default', mode: 'test' });
  await verifier.verify(proof, { purpose: 'payment', transaction: { payment: PAYMENT } });
  const dearer = { ...PAYMENT, amount: '1250.01' };
  await assert.rejects(
    verifier.verify(proof, { purpose: 'payment', transaction: { payment: dearer } }),
    /another transaction/,
  );
  const redeem = (payment?: object) =>
    roost.call('POST', '/v1/proofs/redeem', { json: { proof, purpose: 'payment', payment } });
  assert.equal(refusalOf(await redeem(dearer)), 'invalid_parameter');
  assert.equal(refusalOf(await redeem(undefined)), 'invalid_parameter');
  const answers = await Promise.all(Array.from({ length: 100 }, () => redeem(PAYMENT)));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
});

// Stops the swap between what is shown and what is done (PSD2 RTS, article 5; OWASP Transaction Authorization 2.6).
test('any change of the payment voids the challenge, and the right code is worth nothing after it', async (t) => {
  const roost = await startRoost(t);
  const changes = [
    { amount: '1250.01' },
    { amount: '125.00' },
    { currency: 'USD' },
    { payee: 'Vogel & Zoon' },
    { reference: 'invoice 2026-115' },
    { reference: null },
  ];
  for (const change of changes) {
    const { id, phone, code } = await asked(roost);
    const changed = await check(roost, id, phone, code, { payment: { ...PAYMENT, ...change } });
    assert.equal(refusalOf(changed), 'invalid_parameter', JSON.stringify(change));
    assert.equal(refusalOf(await check(roost, id, phone, code, { payment: PAYMENT })), 'code_spent');
    assert.equal((await roost.call('GET', `/v1/challenges/${id}`)).body.state, 'failed');
  }
});

test('a code approves the payment that it was sent for, and no other of the same user', async (t) => {
  const roost = await startRoost(t);
  const first = await asked(roost);
  const second = await asked(roost, { payment: { ...PAYMENT, payee: 'Somebody Else' } });
  const swapped = await check(roost, second.id, second.phone, first.code, {
    payment: { ...PAYMENT, payee: 'Somebody Else' },
  });
  assert.equal(refusalOf(swapped), 'wrong_code');
  const unsaid = await check(roost, first.id, first.phone, first.code);
  assert.equal(refusalOf(unsaid), 'missing_parameter');
  assert.equal((await check(roost, first.id, first.phone, first.code, { payment: PAYMENT })).status, 200);
});

test('a payment is approved by codes that are made for it, not by those of an authenticator app', async (t) => {
  const roost = await startRoost(t);
  const app = await enrolApp(roost, 'ann');
  const json = { user: 'ann', purpose: 'payment', payment: PAYMENT };
  const told = await roost.call('POST', '/v1/challenges', { json: { ...json, factors: ['totp'] } });
  assert.equal(refusalOf(told), 'invalid_parameter');
  assert.equal((await roost.call('POST', '/v1/challenges', { json })).status, 422, 'no phone yet');
  await enrolPhone(roost, 'ann', '+31612345678');
  const id = await challenge(roost, 'ann', json);
  const answer = await check(roost, id, app.id, app.code(), { payment: PAYMENT });
  assert.equal(refusalOf(answer), 'not_found');
});

test('equal payments in other spellings are one payment', async (t) => {
  const roost = await startRoost(t);
  const { id, phone, code } = await asked(roost, { payment: { ...PAYMENT, amount: '1250', payee: 'Café' } });
  const payment = { ...PAYMENT, amount: '1250.0', payee: 'Cafe\u0301' };
  assert.equal((await check(roost, id, phone, code, { payment })).status, 200);
});

test('a text of the customer that does not show the payment is refused', async (t) => {
  const roost = await startRoost(t);
  const phone = await enrolPhone(roost, 'ann', '+31612345678');
  const id = await challenge(roost, 'ann', { purpose: 'payment', payment: PAYMENT });
  const path = `/v1/challenges/${id}/send`;
  const hidden = await roost.call('POST', path, { json: { factor: phone, template: 'Code: %token' } });
  assert.equal(refusalOf(hidden), 'invalid_parameter');
  const template = '%transaction? Geef code %token.';
  assert.equal((await roost.call('POST', path, { json: { factor: phone, template } })).status, 202);
  const list = await roost.call('GET', '/sandbox/messages?recipient=%2B31612345678&wait=2');
  assert.ok(list.body.messages.at(-1).text.startsWith(`${WORDS}? Geef code `));
});

test('signed evidence is checked outside, also years later, and not one letter of it can be changed', async (t) => {
  const roost = await startRoost(t);
  const { id, phone, code } = await asked(roost);
  await check(roost, id, phone, code, { payment: PAYMENT });
  const { signed } = (await roost.call('GET', `/v1/challenges/${id}/evidence`)).body;
  const verifierAt = (mode: 'live' | 'test') =>
    createProofVerifier({ url: roost.url, audience: 'default', mode, now: roost.clock });
  for (let year = 0; year < 2; year += 1) {
    const { transaction, user, text, kind } = await verifierAt('test').verifyEvidence(signed);
    assert.deepEqual(transaction, { payment: PAYMENT });
    assert.deepEqual([user, kind], ['ann', 'sms']);
    assert.match(text ?? '', /EUR 1250\.00 to Vogel & Zoon BV/);
    for (let month = 0; month < 13; month += 1) {
      roost.clock.advance(31 * 86_400_000);
      await roost.roost.signingKeys.refresh();
    }
  }
  await assert.rejects(verifierAt('live').verifyEvidence(signed), /test mode/);
  const [head = '', body = '', signature = ''] = signed.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
  const forged = Buffer.from(JSON.stringify({ ...claims, user: 'bob' })).toString('base64url');
  await assert.rejects(
    verifierAt('test').verifyEvidence(`${head}.${forged}.${signature}`),
    /signature is wrong/,
  );
  const proofs = await roost.call('GET', '/.well-known/jwks.json', { key: null });
  const evidence = await roost.call('GET', '/.well-known/evidence-keys.json', { key: null });
  assert.ok(proofs.body.keys.length <= 3);
  assert.ok(evidence.body.keys.length > 20);
});

// Stops a thief of an old key: it may be published for evidence, but signs nothing that is dated after its time.
test('an old key is gone from the database, and what is dated after its time is not believed', async (t) => {
  const roost = await startRoost(t);
  const [first] = roost.roost.signingKeys.all();
  assert.ok(first !== undefined);
  roost.clock.advance(45 * 86_400_000);
  await roost.roost.signingKeys.refresh();
  roost.clock.advance(3 * 86_400_000);
  await roost.roost.signingKeys.refresh();
  const { store } = roost.roost;
  const held = await store.read.list(tables.heldSigningKeys, null, store.nowMs());
  assert.ok(held.every(({ kid }) => kid !== first.kid));
  const [old] = await store.read.list(tables.retiredSigningKeys, null, store.nowMs());
  assert.ok(old?.state === 'retired' && old.kid === first.kid);
  const claims = { mode: 'test', project: 'default', iat: Math.floor(roost.clock() / 1000) };
  const stolen = signClaims(claims, first, 'roost-evidence+jwt');
  const verifier = createProofVerifier({
    ...{ url: roost.url, audience: 'default', mode: 'test', now: roost.clock },
  });
  await assert.rejects(verifier.verifyEvidence(stolen), /did not sign at that time/);
  const proof = signClaims({ ...claims, aud: 'default', purpose: 'x', exp: claims.iat + 300 }, first);
  await assert.rejects(verifier.verify(proof, { purpose: 'x' }), /a key that is not Roost/);
});
