import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { providerContract } from '../../../../test/providers/contract.ts';
import type { Spoken, Taken } from '../../../../test/providers/gateway.ts';
import {
  CODE,
  configured,
  NOW_MS,
  NUMBER,
  outbound,
  RECEIPT_URL,
  receipt,
} from '../../../../test/providers/samples.ts';

const PLAN = 'jd63jf88477ll123ab4567cd89012ef3';
const TOKEN = '51bf9d1a90e84f0eb4a6a3e2b7a1c2d3';
const WEBHOOK_SECRET = 'a sinch webhook secret';
const ID = '01FC66621XXXXX119Z8PMV1QPQ';

/** Sinch, as developers.sinch.com/docs/sms/api-reference describes it. */
function vendor(taken: Taken): Spoken {
  if (taken.headers.authorization !== `Bearer ${TOKEN}`) return { status: 401, body: '' };
  assert.equal(taken.path, `/xms/v1/${PLAN}/batches`);
  if (taken.method === 'GET') {
    assert.equal(taken.query.get('page_size'), '1');
    return { status: 200, body: { count: 0, page: 0, page_size: 1, batches: [] } };
  }
  const { callback_url, flash_message, ...body } = JSON.parse(taken.body);
  assert.ok(callback_url === RECEIPT_URL || callback_url === undefined);
  assert.equal(typeof flash_message, 'boolean');
  assert.deepEqual(body, {
    ...{ from: 'Roost', to: [NUMBER], body: `Your code is ${CODE}`, type: 'mt_text' },
    expire_at: new Date(NOW_MS + 300_000).toISOString(),
    client_reference: outbound('sms').messageId,
    delivery_report: 'per_recipient_final',
  });
  return { status: 201, body: { id: ID, to: [NUMBER], from: 'Roost', canceled: false, type: 'mt_text' } };
}

providerContract({
  name: 'http sinch',
  channels: ['sms', 'flash'],
  make: (baseUrl, credentials, deps) =>
    configured(
      'http',
      {
        preset: 'sinch',
        baseUrl,
        values: { servicePlanId: PLAN, apiToken: credentials === 'good' ? TOKEN : 'wrong-wrong' },
      },
      deps,
    ),
  vendor,
  reference: ID,
  refusal: (said) => ({ status: 400, body: { code: 'syntax_invalid_parameter_format', text: said } }),
  busy: { status: 429, body: { code: 'too_many_requests', text: '' } },
  hasCheck: true,
  secrets: [TOKEN],
});

function signed(report: object, secret = WEBHOOK_SECRET, atMs = NOW_MS) {
  const text = JSON.stringify(report);
  const [nonce, timestamp] = ['01FJA8B4A7BM43YGWSG9GBV067', String(atMs / 1_000)];
  return receipt({
    text,
    headers: {
      'x-sinch-webhook-signature': createHmac('sha256', secret)
        .update(`${text}.${nonce}.${timestamp}`)
        .digest('base64'),
      'x-sinch-webhook-signature-nonce': nonce,
      'x-sinch-webhook-signature-timestamp': timestamp,
    },
  });
}

test('http sinch: receipts are read, and checked where a secret is set', () => {
  const values = { servicePlanId: PLAN, apiToken: TOKEN };
  const report = {
    ...{ type: 'recipient_delivery_report_sms', batch_id: ID, recipient: '31612345678' },
    ...{ code: 0, status: 'Delivered', at: '2027-01-15T12:00:01.000Z' },
  };
  const unsigned = configured('http', { preset: 'sinch', values }).receipts?.read ?? assert.fail();
  assert.deepEqual(unsigned(receipt({ text: JSON.stringify(report) })), {
    ...{ kind: 'receipt', reference: ID, status: 'delivered', reason: null, cost: null },
  });
  const checked = { preset: 'sinch', values: { ...values, webhookSecret: WEBHOOK_SECRET } };
  const read = configured('http', checked).receipts?.read ?? assert.fail();
  assert.deepEqual(read(signed({ ...report, status: 'Expired', code: 406 })), {
    ...{ kind: 'receipt', reference: ID, status: 'undelivered', reason: 'Expired (error 406)', cost: null },
  });
  assert.equal(read(receipt({ text: JSON.stringify(report) })).kind, 'forged');
  assert.equal(read(signed(report, 'another secret')).kind, 'forged');
  assert.equal(read(signed(report, WEBHOOK_SECRET, NOW_MS - 301_000)).kind, 'forged');
});
