import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, hash, verify } from 'node:crypto';
import { test } from 'node:test';
import { providerContract } from '../../test/providers/contract.ts';
import { type Spoken, startGateway, type Taken } from '../../test/providers/gateway.ts';
import {
  CODE,
  configured,
  DEPS,
  NOW_MS,
  never,
  outbound,
  problemsOf,
  RECEIPT_URL,
  receipt,
} from '../../test/providers/samples.ts';

const APPLICATION = 'aaaaaaaa-bbbb-cccc-dddd-0123456789ab';
const SECRET = 'a signature secret of the account';
const UUID = '63f61863-4a51-4f6b-86e1-46edebcf9356';
const pair = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
const OURS = pair();
const OTHER = pair();

const decoded = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString());
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

function isOurs(authorization = ''): boolean {
  const [header = '', payload = '', signature = ''] = authorization.replace(/^Bearer /, '').split('.');
  const bytes = Buffer.from(signature, 'base64url');
  if (!verify('sha256', Buffer.from(`${header}.${payload}`), OURS.publicKey, bytes)) return false;
  const { application_id, iat, exp, jti } = decoded(payload);
  assert.equal(decoded(header).alg, 'RS256');
  assert.equal(application_id, APPLICATION);
  assert.match(jti, /^[0-9a-f]{32}$/);
  return iat <= NOW_MS / 1_000 && exp > NOW_MS / 1_000;
}

const problem = (status: number, code: string, detail: string): Spoken => ({
  status,
  body: {
    type: `https://developer.vonage.com/api-errors/messages#${code}`,
    title: 'Invalid',
    detail,
    instance: 'x',
  },
});

/** Vonage, as developer.vonage.com describes the Messages API v1 and the Voice API v1. */
function vendor(taken: Taken): Spoken {
  if (!isOurs(taken.headers.authorization)) {
    return { status: 401, body: { type: 'UNAUTHORIZED', error_title: 'Unauthorized' } };
  }
  if (taken.method === 'GET' && taken.path === '/v1/calls') {
    return { status: 200, body: { count: 0, page_size: 1, record_index: 0 } };
  }
  assert.equal(taken.method, 'POST');
  const body = JSON.parse(taken.body);
  if (taken.path === '/v1/calls') {
    const [talk] = body.ncco;
    assert.deepEqual(body.to, [{ type: 'phone', number: '31612345678' }]);
    assert.equal(body.random_from_number, true);
    assert.equal(body.machine_detection, 'hangup');
    assert.equal(talk.action, 'talk');
    assert.equal(talk.language, 'en-GB');
    assert.match(talk.text, /^<speak .*4, 8, 1, 5, 2, 0.*<\/speak>$/);
    return { status: 201, body: { uuid: UUID, status: 'started', direction: 'outbound' } };
  }
  assert.equal(taken.path, '/v1/messages');
  const { webhook_url, webhook_version, ...message } = body;
  assert.ok(webhook_url === undefined || (webhook_url === RECEIPT_URL && webhook_version === 'v1'));
  assert.deepEqual(message, {
    ...{
      message_type: 'text',
      channel: 'sms',
      to: '31612345678',
      from: 'Roost',
      text: `Your code is ${CODE}`,
    },
    ...{ client_ref: outbound('sms').messageId, sms: { encoding_type: 'text' }, ttl: 300 },
  });
  return { status: 202, body: { message_uuid: UUID } };
}

const settings = { applicationId: APPLICATION, privateKey: OURS.privateKey };

providerContract({
  name: 'vonage',
  channels: ['sms', 'tts'],
  make: (baseUrl, credentials, deps) =>
    configured(
      'vonage',
      { ...settings, baseUrl, privateKey: credentials === 'good' ? OURS.privateKey : OTHER.privateKey },
      deps,
    ),
  vendor,
  reference: UUID,
  refusal: (said) => problem(422, '1120', said),
  busy: problem(429, '1030', 'Throttled'),
  hasCheck: true,
  secrets: [OURS.privateKey.slice(60, 120)],
});

test('vonage: an empty balance is a refusal that says so, and a short validity is not told', async (t) => {
  const gateway = await startGateway(t, () => problem(402, '1370', 'Low balance'));
  const provider = configured('vonage', { ...settings, baseUrl: gateway.url, from: '+447700900000' });
  t.after(() => provider.close?.(never()));
  const message = outbound('sms', { expiresAtMs: NOW_MS + 19_000 });
  assert.deepEqual(await provider.send(message, never()), {
    kind: 'refused',
    reason: 'the gateway refused it with 402: not enough balance',
  });
  await provider.send(outbound('tts'), never());
  const [text, call] = gateway.taken.map(({ body }) => JSON.parse(body));
  assert.equal(text.ttl, undefined);
  assert.deepEqual(call.from, { type: 'phone', number: '447700900000' });
  assert.equal(call.random_from_number, undefined);
});

test('vonage: one token serves many calls, and a new one is made in time', async (t) => {
  const gateway = await startGateway(t, () => ({ status: 202, body: { message_uuid: UUID } }));
  let nowMs = NOW_MS;
  const provider = configured(
    'vonage',
    { ...settings, baseUrl: gateway.url },
    { ...DEPS, nowMs: () => nowMs },
  );
  t.after(() => provider.close?.(never()));
  const tokenAt = async (atMs: number) => {
    nowMs = atMs;
    await provider.send(outbound('sms', { expiresAtMs: atMs + 60_000 }), never());
    return gateway.taken.at(-1)?.headers.authorization;
  };
  const first = await tokenAt(NOW_MS);
  assert.equal(await tokenAt(NOW_MS + 149_000), first);
  assert.notEqual(await tokenAt(NOW_MS + 151_000), first);
});

function signed(body: object, secret = SECRET, claims: object = {}) {
  const text = JSON.stringify(body);
  const all = {
    ...{ iss: 'Vonage', iat: NOW_MS / 1_000, jti: 'x', application_id: APPLICATION },
    ...{ payload_hash: hash('sha256', text, 'hex'), ...claims },
  };
  const unsigned = `${encoded({ alg: 'HS256', typ: 'JWT' })}.${encoded(all)}`;
  const mac = createHmac('sha256', secret).update(unsigned).digest('base64url');
  return receipt({ text, headers: { authorization: `Bearer ${unsigned}.${mac}` } });
}

const read = configured('vonage', { ...settings, signatureSecret: SECRET }).receipts?.read ?? assert.fail();
const STATUS = {
  ...{ message_uuid: UUID, to: '31612345678', from: 'Roost', status: 'delivered', channel: 'sms' },
  usage: { currency: 'EUR', price: '0.0333' },
};

test('vonage: receipts signed with the secret are read', () => {
  const delivered = {
    ...{ kind: 'receipt', reference: UUID, status: 'delivered', reason: null },
    cost: { micros: 33_300, currency: 'EUR' },
  };
  assert.deepEqual(read(signed(STATUS)), delivered);
  const error = { type: 'https://developer.vonage.com/api-errors/messages#1260', title: 1260 };
  assert.deepEqual(read(signed({ ...STATUS, status: 'rejected', error })), {
    ...delivered,
    ...{ status: 'undelivered', reason: 'rejected (error 1260)' },
  });
  const answered = read(signed({ uuid: UUID, status: 'completed', price: '0.0139', rate: '0.02' }));
  assert.deepEqual(answered, { ...delivered, cost: { micros: 13_900, currency: 'EUR' } });
  for (const status of ['busy', 'timeout', 'unanswered', 'machine']) {
    const reading = read(signed({ uuid: UUID, status }));
    assert.equal(reading.kind === 'receipt' && reading.status, 'undelivered');
  }
  for (const status of ['submitted', 'started', 'ringing']) {
    const reading = read(signed({ uuid: UUID, status }));
    assert.equal(reading.kind === 'receipt' && reading.status, 'progress');
  }
});

// Stops whoever knows a receipt's address from writing receipts.
test('vonage: receipts that somebody else made, changed or kept are forged', () => {
  assert.equal(read(signed(STATUS, 'another secret')).kind, 'forged');
  assert.equal(read(signed(STATUS, SECRET, { iss: 'Somebody' })).kind, 'forged');
  assert.equal(read(signed(STATUS, SECRET, { iat: NOW_MS / 1_000 - 301 })).kind, 'forged');
  assert.equal(read(signed(STATUS, SECRET, { iat: NOW_MS / 1_000 + 61 })).kind, 'forged');
  assert.equal(read(signed(STATUS, SECRET, { iat: undefined })).kind, 'forged');
  assert.equal(read(signed(STATUS, SECRET, { payload_hash: undefined })).kind, 'forged');
  assert.equal(read({ ...signed(STATUS), body: Buffer.from('{"status":"rejected"}') }).kind, 'forged');
  assert.equal(read({ ...signed(STATUS), headers: {} }).kind, 'forged');
});

test('vonage: a key that is none is told without showing it', () => {
  const problems = problemsOf('vonage', { applicationId: APPLICATION, privateKey: 'not a key at all' });
  assert.deepEqual(problems, [
    'providers.gw.privateKey: set the private key of the application (RSA), as PEM',
  ]);
});
