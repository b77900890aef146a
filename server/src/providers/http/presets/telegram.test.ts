import assert from 'node:assert/strict';
import { createHmac, hash } from 'node:crypto';
import { test } from 'node:test';
import { providerContract } from '../../../../test/providers/contract.ts';
import { type Spoken, startGateway, type Taken } from '../../../../test/providers/gateway.ts';
import {
  CODE,
  configured,
  NOW_MS,
  NUMBER,
  never,
  outbound,
  RECEIPT_URL,
  receipt,
} from '../../../../test/providers/samples.ts';

const TOKEN = 'AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw';
const ID = '8e7d6c5b4a392817';

const error = (word: string): Spoken => ({ status: 200, body: { ok: false, error: word } });

/** The Telegram Gateway, as core.telegram.org/gateway/api describes it. */
function vendor(taken: Taken): Spoken {
  if (taken.headers.authorization !== `Bearer ${TOKEN}`) return error('ACCESS_TOKEN_INVALID');
  assert.equal(`${taken.method} ${taken.path}`, 'POST /sendVerificationMessage');
  const { callback_url, ...body } = JSON.parse(taken.body);
  assert.ok(callback_url === RECEIPT_URL || callback_url === undefined);
  assert.deepEqual(body, { phone_number: NUMBER, code: CODE, ttl: 300 });
  return {
    status: 200,
    body: {
      ok: true,
      result: { request_id: ID, phone_number: NUMBER, request_cost: 0.01, remaining_balance: 9 },
    },
  };
}

providerContract({
  name: 'http telegram',
  channels: ['sms'],
  make: (baseUrl, credentials, deps) =>
    configured(
      'http',
      { preset: 'telegram', baseUrl, values: { apiToken: credentials === 'good' ? TOKEN : 'wrong-wrong' } },
      deps,
    ),
  vendor,
  reference: ID,
  refusal: (said) => error(said),
  busy: error('FLOOD_WAIT_17'),
  hasCheck: false,
  secrets: [TOKEN],
});

test('http telegram: a validity that it does not take is not told, and a cost is', async (t) => {
  const result = { request_id: ID, request_cost: 0.01 };
  const gateway = await startGateway(t, () => ({ status: 200, body: { ok: true, result } }));
  const provider = configured('http', {
    preset: 'telegram',
    baseUrl: gateway.url,
    values: { apiToken: TOKEN },
  });
  t.after(() => provider.close?.(never()));
  const ttl = async (seconds: number) => {
    const outcome = await provider.send(outbound('sms', { expiresAtMs: NOW_MS + seconds * 1_000 }), never());
    assert.deepEqual(outcome, {
      ...{ kind: 'accepted', reference: ID, cost: { micros: 10_000, currency: 'USD' } },
    });
    return JSON.parse(gateway.taken.at(-1)?.body ?? '').ttl;
  };
  assert.equal(await ttl(29), undefined);
  assert.equal(await ttl(30), 30);
  assert.equal(await ttl(172_800), 3_600);
});

function signed(report: object, token = TOKEN, atMs = NOW_MS) {
  const text = JSON.stringify(report);
  const timestamp = String(atMs / 1_000);
  const key = hash('sha256', token, 'buffer');
  return receipt({
    text,
    headers: {
      'x-request-timestamp': timestamp,
      'x-request-signature': createHmac('sha256', key).update(`${timestamp}\n${text}`).digest('hex'),
    },
  });
}

test('http telegram: receipts signed with its token are read, others are forged', () => {
  const provider = configured('http', { preset: 'telegram', values: { apiToken: TOKEN } });
  const read = provider.receipts?.read ?? assert.fail();
  const report = (status: string) => ({
    ...{ request_id: ID, phone_number: NUMBER, request_cost: 0.01 },
    delivery_status: { status, updated_at: NOW_MS / 1_000 },
  });
  const cost = { micros: 10_000, currency: 'USD' };
  for (const status of ['delivered', 'read']) {
    assert.deepEqual(read(signed(report(status))), {
      ...{ kind: 'receipt', reference: ID, status: 'delivered', reason: null, cost },
    });
  }
  assert.deepEqual(read(signed(report('expired'))), {
    ...{ kind: 'receipt', reference: ID, status: 'undelivered', reason: 'expired', cost },
  });
  const sent = read(signed(report('sent')));
  assert.equal(sent.kind === 'receipt' && sent.status, 'progress');
  assert.equal(read(signed(report('read'), 'another')).kind, 'forged');
  assert.equal(read(signed(report('read'), TOKEN, NOW_MS - 301_000)).kind, 'forged');
});
