import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { providerContract } from '../../../../test/providers/contract.ts';
import type { Spoken, Taken } from '../../../../test/providers/gateway.ts';
import { CODE, configured, NUMBER, RECEIPT_URL, receipt } from '../../../../test/providers/samples.ts';

const AUTH_ID = 'MAXXXXXXXXXXXXXXXXXX';
const AUTH_TOKEN = 'ODg5ZmEwNzAtZDA5MS00NDYx';
const ID = 'db3ce55a-7f1d-11e1-8ea7-1231380bc196';

const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** Plivo, as plivo.com/docs/messaging/api/messages describes it. */
function vendor(taken: Taken): Spoken {
  if (taken.headers.authorization !== basic(AUTH_ID, AUTH_TOKEN)) {
    return { status: 401, body: 'Could not verify your access level for that URL.' };
  }
  if (taken.method === 'GET' && taken.path === `/v1/Account/${AUTH_ID}/`) {
    return { status: 200, body: { auth_id: AUTH_ID, cash_credits: '12.50000' } };
  }
  assert.equal(`${taken.method} ${taken.path}`, `POST /v1/Account/${AUTH_ID}/Message/`);
  const { url, ...body } = JSON.parse(taken.body);
  assert.ok(url === RECEIPT_URL || url === undefined);
  assert.deepEqual(body, {
    ...{ src: 'Roost', dst: NUMBER, text: `Your code is ${CODE}`, type: 'sms' },
    ...{ message_expiry: 300, method: 'POST' },
  });
  return { status: 202, body: { message: 'message(s) queued', message_uuid: [ID], api_id: 'x' } };
}

providerContract({
  name: 'http plivo',
  channels: ['sms'],
  make: (baseUrl, credentials, deps) =>
    configured(
      'http',
      {
        preset: 'plivo',
        baseUrl,
        values: { authId: AUTH_ID, authToken: credentials === 'good' ? AUTH_TOKEN : 'wrong-wrong-wrong' },
      },
      deps,
    ),
  vendor,
  reference: ID,
  refusal: (said) => ({ status: 400, body: { api_id: 'x', error: said } }),
  busy: { status: 429, body: { error: 'throttled' } },
  hasCheck: true,
  secrets: [AUTH_TOKEN],
});

function signed(fields: Record<string, string>, token = AUTH_TOKEN, url = RECEIPT_URL) {
  const nonce = '05429567804466091622';
  return receipt({
    text: new URLSearchParams(fields).toString(),
    headers: {
      'x-plivo-signature-v2': createHmac('sha256', token)
        .update(url + nonce)
        .digest('base64'),
      'x-plivo-signature-v2-nonce': nonce,
    },
  });
}

test('http plivo: receipts signed with its token are read, others are forged', () => {
  const provider = configured('http', {
    preset: 'plivo',
    values: { authId: AUTH_ID, authToken: AUTH_TOKEN },
  });
  const read = provider.receipts?.read ?? assert.fail();
  const all = { To: NUMBER, MessageUUID: ID, Status: 'delivered', TotalAmount: '0.0035' };
  const cost = { micros: 3_500, currency: 'USD' };
  assert.deepEqual(read(signed(all)), {
    ...{ kind: 'receipt', reference: ID, status: 'delivered', reason: null, cost },
  });
  assert.deepEqual(read(signed({ ...all, Status: 'undelivered', ErrorCode: '30' })), {
    ...{ kind: 'receipt', reference: ID, status: 'undelivered', reason: 'undelivered (error 30)', cost },
  });
  const sent = read(signed({ ...all, Status: 'sent' }));
  assert.equal(sent.kind === 'receipt' && sent.status, 'progress');
  assert.equal(read(signed(all, 'another token')).kind, 'forged');
  assert.equal(read(signed(all, AUTH_TOKEN, `${RECEIPT_URL}x`)).kind, 'forged');
  assert.equal(read({ ...signed(all), headers: {} }).kind, 'forged');
});
