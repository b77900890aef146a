import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
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
  problemsOf,
  RECEIPT_URL,
  receipt,
} from '../../../../test/providers/samples.ts';

const API_KEY = 'KEY0123456789ABCDEF_aBcDeFgHiJkLmNoPqRsTuV';
const ID = '40385f64-5717-4562-b3fc-2c963f66afa6';

const error = (status: number, code: string, detail: string): Spoken => ({
  status,
  body: { errors: [{ code, title: detail, detail }] },
});

/** Telnyx, as developers.telnyx.com/api-reference/messages describes it. */
function vendor(taken: Taken): Spoken {
  if (taken.headers.authorization !== `Bearer ${API_KEY}`) {
    return error(401, '10009', 'Authentication failed');
  }
  if (taken.method === 'GET' && taken.path === '/v2/balance') {
    return { status: 200, body: { data: { record_type: 'balance', balance: '300.00', currency: 'USD' } } };
  }
  assert.equal(`${taken.method} ${taken.path}`, 'POST /v2/messages');
  const { webhook_url, ...body } = JSON.parse(taken.body);
  assert.ok(webhook_url === RECEIPT_URL || webhook_url === undefined);
  assert.deepEqual(body, {
    ...{ from: 'Roost', to: NUMBER, text: `Your code is ${CODE}`, type: 'SMS', use_profile_webhooks: false },
  });
  return {
    status: 200,
    body: { data: { record_type: 'message', id: ID, to: [{ status: 'queued' }], cost: null } },
  };
}

providerContract({
  name: 'http telnyx',
  channels: ['sms'],
  make: (baseUrl, credentials, deps) =>
    configured(
      'http',
      {
        preset: 'telnyx',
        baseUrl,
        values: { apiKey: credentials === 'good' ? API_KEY : 'KEY_wrong_wrong_wrong' },
      },
      deps,
    ),
  vendor,
  reference: ID,
  refusal: (said) => error(422, '40310', said),
  busy: error(429, '10011', 'Too many requests'),
  hasCheck: true,
  secrets: [API_KEY],
});

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const PUBLIC = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');

const event = (status: string, errors: object[] = []) =>
  JSON.stringify({
    data: {
      event_type: 'message.finalized',
      payload: {
        id: ID,
        to: [{ phone_number: NUMBER, status }],
        errors,
        cost: { amount: '0.0051', currency: 'USD' },
      },
    },
  });

function signed(text: string, atMs = NOW_MS) {
  const timestamp = String(atMs / 1_000);
  const signature = sign(null, Buffer.from(`${timestamp}|${text}`), privateKey).toString('base64');
  return receipt({
    text,
    headers: { 'telnyx-signature-ed25519': signature, 'telnyx-timestamp': timestamp },
  });
}

test('http telnyx: receipts signed with its Ed25519 key are read, others are forged', () => {
  const provider = configured('http', { preset: 'telnyx', values: { apiKey: API_KEY, publicKey: PUBLIC } });
  const read = provider.receipts?.read ?? assert.fail();
  const cost = { micros: 5_100, currency: 'USD' };
  assert.deepEqual(read(signed(event('delivered'))), {
    ...{ kind: 'receipt', reference: ID, status: 'delivered', reason: null, cost },
  });
  assert.deepEqual(read(signed(event('delivery_failed', [{ code: '40008' }]))), {
    ...{ kind: 'receipt', reference: ID, status: 'undelivered', cost },
    reason: 'delivery_failed (error 40008)',
  });
  for (const status of ['queued', 'sent', 'delivery_unconfirmed']) {
    const reading = read(signed(event(status)));
    assert.equal(reading.kind === 'receipt' && reading.status, 'progress');
  }
  assert.equal(read({ ...signed(event('delivered')), body: Buffer.from(event('sent')) }).kind, 'forged');
  assert.equal(read({ ...signed(event('delivered')), headers: {} }).kind, 'forged');
  assert.equal(read(signed(event('delivered'), NOW_MS - 301_000)).kind, 'forged');
  assert.equal(read(signed(event('delivered'), NOW_MS + 61_000)).kind, 'forged');
  const garbled = signed(event('delivered'));
  assert.equal(
    read({ ...garbled, headers: { ...garbled.headers, 'telnyx-signature-ed25519': 'AAAA' } }).kind,
    'forged',
  );
});

test('http telnyx: a messaging profile is named where there is one', async (t) => {
  const gateway = await startGateway(t, () => ({ status: 200, body: { data: { id: ID } } }));
  const values = { apiKey: API_KEY, messagingProfileId: 'abc85f64-5717-4562-b3fc-2c9600000000' };
  const provider = configured('http', { preset: 'telnyx', baseUrl: gateway.url, values });
  t.after(() => provider.close?.(never()));
  await provider.send(outbound('sms'), never());
  const [taken] = gateway.taken;
  assert.equal(JSON.parse(taken?.body ?? '').messaging_profile_id, values.messagingProfileId);
});

test('http telnyx: what is missing or wrong is told with what would be right', () => {
  assert.deepEqual(problemsOf('http', { preset: 'telnyx', values: { apikey: 'x' }, channels: ['tts'] }), [
    'providers.gw.values.apikey: there is no such value; did you mean providers.gw.values.apiKey?',
    'providers.gw.values.apiKey: set it: an API key (v2) of the account',
  ]);
  assert.deepEqual(problemsOf('http', { preset: 'telnyx', values: { apiKey: 'x' }, channels: ['tts'] }), [
    'providers.gw.channels: telnyx does not carry tts',
  ]);
  assert.deepEqual(problemsOf('http', { preset: 'telnyx', values: { apiKey: 'x', publicKey: 'short' } }), [
    'providers.gw.receipt.signature.key: {publicKey} must be an Ed25519 public key, 32 bytes in base64',
  ]);
});
