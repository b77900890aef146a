import assert from 'node:assert/strict';
import test from 'node:test';
import { createProofVerifier } from '../../../client/src/proof.ts';
import { tables } from '../../src/store/store.ts';
import { type StartedRoost, startRoost } from '../support/roost.ts';
import { challenge, check, enrolApp, enrolPhone, refusalOf, send } from './factors.ts';

const NUMBER = '+31612345678';
const PURPOSE = { purpose: 'sign-up' };

async function verified(roost: StartedRoost): Promise<string> {
  const { id, code } = await roost.createVerification(NUMBER);
  assert.equal((await roost.check(id, code)).status, 200);
  return id;
}

const prove = (roost: StartedRoost, id: string, more: object = {}) =>
  roost.call('POST', `/v1/verifications/${id}/proof`, { json: { ...PURPOSE, ...more } });
const redeem = (roost: StartedRoost, proof: string, more: object = {}) =>
  roost.call('POST', '/v1/proofs/redeem', { json: { proof, ...PURPOSE, recipient: NUMBER, ...more } });
const verifierOf = (roost: StartedRoost) =>
  createProofVerifier({ url: roost.url, audience: 'default', mode: 'test', now: roost.clock });

test('a plain verification that succeeded gives a proof that is verified offline and redeemed once', async (t) => {
  const roost = await startRoost(t);
  const id = await verified(roost);
  const { proof, expiresAt } = (await prove(roost, id)).body;
  assert.ok(Date.parse(expiresAt) - roost.clock() <= 300_000);
  assert.equal((await prove(roost, id)).body.proof, proof, 'asked again, the same proof');
  const told = await verifierOf(roost).verifyRecipient(proof, { ...PURPOSE, recipient: NUMBER });
  assert.deepEqual([told.verification, told.recipient, told.level], [id, NUMBER, 'restricted']);
  const answers = await Promise.all(Array.from({ length: 200 }, () => redeem(roost, proof)));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  assert.equal(answers.filter((answer) => answer.status === 409).length, 199);
  const redeemed = answers.find(({ status }) => status === 200)?.body;
  assert.deepEqual([redeemed.verification, redeemed.recipient, redeemed.amr], [id, NUMBER, ['sms']]);
  await roost.stop();
  const again = await startRoost(t, { folder: roost.folder, clock: roost.clock });
  assert.equal(refusalOf(await redeem(again, proof)), 'code_spent');
});

test('one verification is redeemed once, for however many purposes its proof was asked for', async (t) => {
  const roost = await startRoost(t);
  const id = await verified(roost);
  const first = (await prove(roost, id)).body.proof;
  const second = (await prove(roost, id, { purpose: 'recovery', audience: 'shop' })).body.proof;
  assert.equal((await redeem(roost, first)).status, 200);
  const other = await redeem(roost, second, { purpose: 'recovery', audience: 'shop' });
  assert.equal(refusalOf(other), 'code_spent');
});

test('a proof says nothing to those who expect another recipient, purpose, audience or mode', async (t) => {
  const roost = await startRoost(t);
  const { proof } = (await prove(roost, await verified(roost))).body;
  for (const odd of [
    { recipient: '+31612345679' },
    { recipient: undefined },
    { purpose: 'payment' },
    { audience: 'other' },
    { transactionText: 'x' },
  ]) {
    assert.equal(refusalOf(await redeem(roost, proof, odd)), 'invalid_parameter', JSON.stringify(odd));
  }
  const live = await roost.call('POST', '/v1/proofs/redeem', {
    ...{ key: roost.liveKey, json: { proof, ...PURPOSE, recipient: NUMBER } },
  });
  assert.equal(refusalOf(live), 'invalid_parameter');
  const verifier = verifierOf(roost);
  const about = (recipient: string) => verifier.verifyRecipient(proof, { ...PURPOSE, recipient });
  await assert.rejects(about('+31612345679'), /another recipient/);
  roost.clock.advance(301_000);
  assert.equal(refusalOf(await redeem(roost, proof)), 'code_expired');
  roost.clock.advance(30_000);
  await assert.rejects(about(NUMBER), /expired/);
});

// Stops a proof about a phone from being taken for one about a user, and the other way round.
test('proofs of users and of recipients are never taken for one another', async (t) => {
  const roost = await startRoost(t);
  const ofRecipient = (await prove(roost, await verified(roost))).body.proof;
  await assert.rejects(verifierOf(roost).verify(ofRecipient, PURPOSE), /no proof/);
  assert.equal(refusalOf(await redeem(roost, ofRecipient, { recipient: undefined })), 'invalid_parameter');
  const app = await enrolApp(roost, 'ann');
  const asked = await challenge(roost, 'ann', PURPOSE);
  const ofUser = (await check(roost, asked, app.id, app.code())).body.proof;
  await assert.rejects(
    verifierOf(roost).verifyRecipient(ofUser, { ...PURPOSE, recipient: 'ann' }),
    /no proof/,
  );
  assert.equal(refusalOf(await redeem(roost, ofUser)), 'invalid_parameter');
});

test('what has not succeeded, has long succeeded, or was asked for by something else has no proof', async (t) => {
  const roost = await startRoost(t);
  const open = await roost.createVerification('+31612345670');
  assert.equal(refusalOf(await prove(roost, open.id)), 'invalid_parameter');
  assert.equal(refusalOf(await prove(roost, 'f'.repeat(32))), 'not_found');
  assert.equal(refusalOf(await prove(roost, 'x')), 'not_found');
  const id = await verified(roost);
  const live = await roost.call('POST', `/v1/verifications/${id}/proof`, {
    key: roost.liveKey,
    json: PURPOSE,
  });
  assert.equal(refusalOf(live), 'not_found');
  roost.clock.advance(300_000);
  assert.equal(refusalOf(await prove(roost, id)), 'code_expired');
  const phone = await enrolPhone(roost, 'ann', NUMBER);
  const asked = await challenge(roost, 'ann');
  await check(roost, asked, phone, await send(roost, asked, phone));
  const rows = await roost.roost.store.read.madeBefore(tables.verifications, {
    ...{ after: null, beforeMs: roost.clock() + 1, limit: 50 },
  });
  const bound: string[] = [];
  for (const { key } of rows) {
    const row = await roost.roost.store.read.get(tables.verifications, key);
    if (row?.boundTo != null) bound.push(row.id);
  }
  assert.ok(bound.length >= 2);
  for (const hidden of bound) assert.equal(refusalOf(await prove(roost, hidden)), 'not_found');
});
