import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import test from 'node:test';
import { startRoost } from '../support/roost.ts';
import { answer, FLAGS } from './authenticator.ts';
import { challenge, enrolPhone, refusalOf } from './factors.ts';
import { ask, enrolPasskey, present } from './passkeys.ts';

const PAYMENT = {
  amount: '1250.00',
  currency: 'EUR',
  payee: 'Vogel & Zoon BV',
  reference: 'invoice 2026-114',
};
const WORDS = 'EUR 1250.00 to Vogel & Zoon BV, ref invoice 2026-114';
const ASKED = { user: 'ann', purpose: 'payment', payment: PAYMENT };

test('a payment is approved by a passkey, in the words that the prompt is to show', async (t) => {
  const roost = await startRoost(t);
  const { id: factor, credential } = await enrolPasskey(roost, 'ann');
  const asked = await ask(roost, ASKED);
  assert.equal(asked.body.prompt, WORDS);
  const said = answer(asked.publicKey, credential);
  assert.equal(refusalOf(await present(roost, asked.id, said)), 'missing_parameter');
  const approved = await present(roost, asked.id, said, { payment: { ...PAYMENT, amount: '1250' } });
  assert.equal(approved.status, 200, approved.text);
  const { body: evidence } = await roost.call('GET', `/v1/challenges/${asked.id}/evidence`);
  assert.equal(evidence.text, WORDS);
  assert.equal(evidence.factor, factor);
  assert.deepEqual([evidence.kind, evidence.sentAt, evidence.recipient], ['webauthn', null, null]);
});

// What a bank shows a judge: nothing of it needs Roost, or its keys.
test('the evidence of a payment holds what the passkey signed, and anybody can check it', async (t) => {
  const roost = await startRoost(t);
  const { credential } = await enrolPasskey(roost, 'ann', { algorithm: 'EdDSA' });
  const asked = await ask(roost, ASKED);
  await present(roost, asked.id, answer(asked.publicKey, credential), { payment: PAYMENT });
  const { digest, assertion } = (await roost.call('GET', `/v1/challenges/${asked.id}/evidence`)).body;
  assert.ok(JSON.parse(assertion.challengeInput).includes(digest));
  const clientData = Buffer.from(assertion.clientDataJSON, 'base64url');
  const hashed = createHash('sha256').update(assertion.challengeInput).digest('base64url');
  assert.equal(JSON.parse(clientData.toString()).challenge, hashed);
  const signed = Buffer.concat([
    Buffer.from(assertion.authenticatorData, 'base64url'),
    createHash('sha256').update(clientData).digest(),
  ]);
  // The last 32 bytes of this COSE key are the Ed25519 key.
  const x = Buffer.from(assertion.publicKey, 'base64url').subarray(-32).toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  assert.ok(verify(null, signed, key, Buffer.from(assertion.signature, 'base64url')));
});

// Stops the swap between what is shown and what is done (PSD2 RTS, article 5).
test('any change of the payment voids the challenge, and the right answer is worth nothing after it', async (t) => {
  const roost = await startRoost(t);
  const { credential } = await enrolPasskey(roost, 'ann');
  const changes = [
    { amount: '1250.01' },
    { currency: 'USD' },
    { payee: 'Vogel & Zoon' },
    { reference: null },
  ];
  for (const change of changes) {
    const asked = await ask(roost, ASKED);
    const said = answer(asked.publicKey, credential);
    const changed = await present(roost, asked.id, said, { payment: { ...PAYMENT, ...change } });
    assert.equal(refusalOf(changed), 'invalid_parameter', JSON.stringify(change));
    assert.equal(refusalOf(await present(roost, asked.id, said, { payment: PAYMENT })), 'code_spent');
  }
});

test('an answer that approves one payment approves no other, nor a sign-in', async (t) => {
  const roost = await startRoost(t);
  const { credential } = await enrolPasskey(roost, 'ann');
  const first = await ask(roost, ASKED);
  const said = answer(first.publicKey, credential);
  const dearer = { ...PAYMENT, amount: '9999.00' };
  const second = await ask(roost, { ...ASKED, payment: dearer });
  assert.equal(refusalOf(await present(roost, second.id, said, { payment: dearer })), 'wrong_code');
  assert.equal(refusalOf(await present(roost, (await ask(roost, { user: 'ann' })).id, said)), 'wrong_code');
  const text = await ask(roost, { user: 'ann', purpose: 'payment', transactionText: WORDS });
  assert.equal(text.body.prompt, WORDS);
  const swapped = await present(roost, text.id, said, { transactionText: WORDS });
  assert.equal(refusalOf(swapped), 'wrong_code', 'equal words are not an equal transaction');
  assert.equal((await present(roost, first.id, said, { payment: PAYMENT })).status, 200);
});

test('phone and passkey may both answer; the one that was not used leaves nothing behind', async (t) => {
  const roost = await startRoost(t);
  const { credential } = await enrolPasskey(roost, 'ann');
  const phone = await enrolPhone(roost, 'ann', '+31612345678');
  const id = await challenge(roost, 'ann');
  const sent = await roost.call('POST', `/v1/challenges/${id}/send`, {
    json: { factor: phone, returnToken: true },
  });
  const { publicKey } = (await roost.call('GET', `/v1/challenges/${id}`)).body;
  assert.equal((await present(roost, id, answer(publicKey, credential))).status, 200);
  const late = await roost.call('POST', `/v1/challenges/${id}/check`, {
    json: { factor: phone, code: sent.body.token },
  });
  assert.equal(refusalOf(late), 'code_spent');
  const onlyPhone = await ask(roost, { user: 'ann', factors: ['sms'] });
  assert.equal(onlyPhone.publicKey, undefined);
  const odd = await present(
    roost,
    onlyPhone.id,
    answer({ challenge: 'AAAA' }, credential, { flags: FLAGS.up }),
  );
  assert.equal(refusalOf(odd), 'invalid_parameter');
});
