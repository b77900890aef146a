import assert from 'node:assert/strict';
import test from 'node:test';
import { ocra, readSuite } from '../../src/domain/factor/ocra.ts';
import { type StartedRoost, startRoost } from '../support/roost.ts';
import { challenge, check, factorsOf, refusalOf } from './factors.ts';
import { KEY, PUBLIC, touch, UID } from './yubikey.ts';

const SECRET = Buffer.from('12345678901234567890');
const SUITE = 'OCRA-1:HOTP-SHA1-6:QN08';
const PAYMENT = { amount: '99.00', currency: 'EUR', payee: 'Vogel BV' };

function answerTo(question: string): string {
  const suite = readSuite(SUITE);
  assert.ok(suite !== null);
  return ocra(suite, SECRET, { question });
}

/** Gives a token with a keypad to Ann, who confirms it. */
async function giveKeypad(roost: StartedRoost): Promise<string> {
  const data = `K-1,${SECRET.toString('hex')},ocra,,,${SUITE}`;
  const imported = await roost.call('POST', '/v1/tokens/import', { json: { format: 'csv', data } });
  assert.equal(imported.status, 201, imported.text);
  const made = await roost.call('POST', factorsOf('ann'), { json: { kind: 'ocra', serial: 'K-1' } });
  assert.match(made.body.question, /^\d{8}$/);
  const { id } = made.body.factor;
  const json = { code: answerTo(made.body.question) };
  const confirmed = await roost.call('POST', `${factorsOf('ann')}/${id}/confirm`, { json });
  assert.equal(confirmed.status, 200, confirmed.text);
  return id;
}

const questionOf = async (roost: StartedRoost, id: string): Promise<string> =>
  (await roost.call('GET', `/v1/challenges/${id}`)).body.question;

test('a token with a keypad approves a payment by its answer to a question made for that payment alone', async (t) => {
  const roost = await startRoost(t);
  const keypad = await giveKeypad(roost);
  const asked = { purpose: 'payment', payment: PAYMENT };
  const [first, second] = [await challenge(roost, 'ann', asked), await challenge(roost, 'ann', asked)];
  const [question, other] = [await questionOf(roost, first), await questionOf(roost, second)];
  assert.match(question, /^\d{8}$/);
  assert.notEqual(question, other);
  const swapped = await check(roost, second, keypad, answerTo(question), { payment: PAYMENT });
  assert.equal(refusalOf(swapped), 'wrong_code');
  const changed = { ...PAYMENT, amount: '990.00' };
  assert.equal(
    refusalOf(await check(roost, second, keypad, answerTo(other), { payment: changed })),
    'invalid_parameter',
  );
  const answers = await Promise.all(
    Array.from({ length: 200 }, () => check(roost, first, keypad, answerTo(question), { payment: PAYMENT })),
  );
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  const { body } = await roost.call('GET', `/v1/challenges/${first}/evidence`);
  assert.equal(body.kind, 'ocra');
});

test('suites that need a PIN, a counter or a clock are refused at the import', async (t) => {
  const roost = await startRoost(t);
  for (const suite of [
    'OCRA-1:HOTP-SHA256-8:C-QN08',
    'OCRA-1:HOTP-SHA1-6:QN08-T1M',
    'OCRA-1:HOTP-SHA1-4:QN08',
    '',
  ]) {
    const data = `K-1,${SECRET.toString('hex')},ocra,,,${suite}`;
    const answer = await roost.call('POST', '/v1/tokens/import', { json: { format: 'csv', data } });
    assert.equal(refusalOf(answer), 'invalid_parameter', suite);
  }
});

test('a YubiKey is imported from its log, given out, and each of its passwords is good once and in order', async (t) => {
  const roost = await startRoost(t);
  const data = `LOGGING START,12/11/2026 11:10\nYubico OTP,12/11/2026 11:10,1,${PUBLIC},${UID},${KEY},,,0,0,0`;
  const imported = await roost.call('POST', '/v1/tokens/import', { json: { format: 'yubikey', data } });
  assert.equal(imported.status, 201, imported.text);
  const made = await roost.call('POST', factorsOf('ann'), { json: { kind: 'yubikey', serial: PUBLIC } });
  const { id } = made.body.factor;
  const path = `${factorsOf('ann')}/${id}/confirm`;
  assert.equal((await roost.call('POST', path, { json: { code: touch(1, 0) } })).status, 200);
  const asked = await challenge(roost, 'ann');
  assert.equal(refusalOf(await check(roost, asked, id, touch(1, 0))), 'wrong_code');
  assert.equal(refusalOf(await check(roost, asked, id, 'not modhex')), 'malformed_code');
  const ids = await Promise.all(Array.from({ length: 40 }, () => challenge(roost, 'ann')));
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, i) => check(roost, ids[i % 40] ?? '', id, touch(1, 5))),
  );
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  const fresh = () => challenge(roost, 'ann');
  roost.clock.advance(86_400_000);
  assert.equal(refusalOf(await check(roost, await fresh(), id, touch(1, 4))), 'wrong_code');
  roost.clock.advance(3_600_000);
  assert.equal((await check(roost, await fresh(), id, touch(2, 0))).status, 200);
});

test('a token whose user never confirmed it can be given to another after an hour', async (t) => {
  const roost = await startRoost(t);
  const data = `T-1,${SECRET.toString('hex')}`;
  await roost.call('POST', '/v1/tokens/import', { json: { format: 'csv', data } });
  const give = (user: string) =>
    roost.call('POST', factorsOf(user), { json: { kind: 'hotp', serial: 'T-1' } });
  assert.equal((await give('ann')).status, 201);
  assert.equal(refusalOf(await give('bob')), 'not_found');
  roost.clock.advance(3_600_000);
  assert.equal((await give('bob')).status, 201);
  assert.deepEqual((await roost.call('GET', factorsOf('ann'))).body.factors, []);
});

test('a container of RFC 6030 is imported, and a key that is no AES key is refused', async (t) => {
  const roost = await startRoost(t);
  const data = `<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc"><KeyPackage>
    <DeviceInfo><SerialNo>P-1</SerialNo></DeviceInfo><Key Id="1" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp">
    <AlgorithmParameters><ResponseFormat Length="6" Encoding="DECIMAL"/></AlgorithmParameters>
    <Data><Secret><PlainValue>${SECRET.toString('base64')}</PlainValue></Secret></Data></Key></KeyPackage></KeyContainer>`;
  const send = (more: object) =>
    roost.call('POST', '/v1/tokens/import', { json: { format: 'pskc', data, ...more } });
  assert.equal((await send({})).body.tokens[0].serial, 'P-1');
  assert.equal(refusalOf(await send({ key: 'xyz' })), 'invalid_parameter');
});
