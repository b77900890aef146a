import assert from 'node:assert/strict';
import { createHmac, hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
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
import { type MessagebirdProvider, messagebirdProvider } from './messagebird.ts';

const ACCESS_KEY = 'live_kXz81mNq0PuLwErTyUi4';
const SIGNING_KEY = 'sIgNiNgKeY0123456789';
const ID = 'e8077d803532c0b5937c639b60216938';

const error = (status: number, code: number, description: string, parameter: string | null): Spoken => ({
  status,
  body: { errors: [{ code, description, parameter }] },
});

const recipients = (status: string) => ({
  totalCount: 1,
  totalSentCount: 1,
  totalDeliveredCount: 0,
  totalDeliveryFailedCount: 0,
  items: [{ recipient: 31612345678, status, statusDatetime: '2027-01-15T12:00:00+00:00' }],
});

/** MessageBird's REST API, as the wire contract (sections 1 to 8) describes it. */
function vendor(taken: Taken): Spoken {
  if (taken.headers.authorization !== `AccessKey ${ACCESS_KEY}`) {
    return error(401, 2, 'Request not allowed (incorrect access_key)', 'access_key');
  }
  if (taken.method === 'GET' && taken.path === '/balance') {
    return { status: 200, body: { payment: 'prepaid', type: 'euros', amount: 12.5 } };
  }
  assert.equal(taken.method, 'POST');
  assert.equal(taken.headers['content-type'], 'application/json');
  const body = JSON.parse(taken.body);
  assert.deepEqual(body.recipients, ['31612345678']);
  assert.equal(body.reference, outbound('sms').messageId);
  if (taken.path === '/voicemessages') {
    assert.equal(body.language, 'en-gb');
    assert.equal(body.voice, 'female');
    assert.equal(body.ifMachine, 'hangup');
    assert.match(body.body, /4, 8, 1, 5, 2, 0/);
    assert.ok(!body.body.includes(CODE));
    return { status: 201, body: { id: ID, recipients: recipients('calling') } };
  }
  assert.equal(taken.path, '/messages');
  assert.equal(body.originator, 'Roost');
  assert.equal(body.body, `Your code is ${CODE}`);
  assert.equal(body.validity, 300);
  assert.ok(['sms', 'flash'].includes(body.type));
  assert.equal(body.mclass, body.type === 'flash' ? 0 : 1);
  assert.equal(body.datacoding, 'plain');
  return { status: 201, body: { id: ID, reference: body.reference, recipients: recipients('sent') } };
}

providerContract({
  name: 'messagebird',
  channels: ['sms', 'flash', 'tts'],
  make: (baseUrl, credentials, deps) =>
    configured(
      'messagebird',
      {
        baseUrl,
        accessKey: credentials === 'good' ? ACCESS_KEY : 'live_thisIsNotTheKey0000',
        signingKey: SIGNING_KEY,
      },
      deps,
    ),
  vendor,
  reference: ID,
  refusal: (said) => error(422, 10, said, said),
  busy: error(429, 99, 'Too many requests', null),
  hasCheck: true,
  secrets: [ACCESS_KEY, SIGNING_KEY],
});

test('messagebird: asks for receipts at the address of the message', async (t) => {
  const gateway = await startGateway(t, vendor);
  const provider = configured('messagebird', { baseUrl: gateway.url, accessKey: ACCESS_KEY });
  t.after(() => provider.close?.(never()));
  await provider.send(outbound('sms'), never());
  await provider.send(outbound('tts'), never());
  await provider.send(outbound('sms', { receiptUrl: null }), never());
  const urls = gateway.taken.map(({ body }) => JSON.parse(body).reportUrl);
  assert.deepEqual(urls, [RECEIPT_URL, RECEIPT_URL, undefined]);
});

test('messagebird: a configured originator takes the place of the message’s, and a call shows numbers only', async (t) => {
  const gateway = await startGateway(t, vendor);
  const settings = { baseUrl: gateway.url, accessKey: ACCESS_KEY, originator: '+3197010253731' };
  const provider = configured('messagebird', settings);
  t.after(() => provider.close?.(never()));
  gateway.behave(() => ({ status: 201, body: { id: ID } }));
  await provider.send(outbound('sms'), never());
  await provider.send(outbound('tts'), never());
  const plain = configured('messagebird', { baseUrl: gateway.url, accessKey: ACCESS_KEY });
  t.after(() => plain.close?.(never()));
  await plain.send(outbound('tts'), never());
  const shown = gateway.taken.map(({ body }) => JSON.parse(body).originator);
  assert.deepEqual(shown, ['3197010253731', '3197010253731', undefined]);
});

test('messagebird: a message that is taken for nobody is refused, and a price is the cost', async (t) => {
  const gateway = await startGateway(t, vendor);
  const provider = configured('messagebird', { baseUrl: gateway.url, accessKey: ACCESS_KEY });
  t.after(() => provider.close?.(never()));
  gateway.behave(() => ({ status: 201, body: { id: ID, recipients: recipients('delivery_failed') } }));
  assert.equal((await provider.send(outbound('sms'), never())).kind, 'refused');
  gateway.behave(() => ({ status: 201, body: { id: ID, recipients: { totalSentCount: 0, items: [] } } }));
  assert.equal((await provider.send(outbound('sms'), never())).kind, 'refused');
  const priced = { ...recipients('sent').items[0], price: { amount: 0.0725, currency: 'EUR' } };
  gateway.behave(() => ({
    status: 201,
    body: { id: ID, recipients: { totalSentCount: 1, items: [priced] } },
  }));
  assert.deepEqual(await provider.send(outbound('sms'), never()), {
    kind: 'accepted',
    reference: ID,
    cost: { micros: 72_500, currency: 'EUR' },
  });
});

test('messagebird: an empty balance is a refusal that says so', async (t) => {
  const gateway = await startGateway(t, () => error(422, 25, 'Not enough balance', null));
  const provider = configured('messagebird', { baseUrl: gateway.url, accessKey: ACCESS_KEY });
  t.after(() => provider.close?.(never()));
  const outcome = await provider.send(outbound('sms'), never());
  assert.deepEqual(outcome, {
    kind: 'refused',
    reason: 'the gateway refused it with 25: not enough balance',
  });
});

const signer = (signingKey: string | null) => {
  const provider = configured('messagebird', {
    accessKey: ACCESS_KEY,
    ...(signingKey === null ? {} : { signingKey }),
  });
  assert.ok(provider.receipts);
  return provider.receipts;
};

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

type Forgery = {
  readonly key?: string;
  readonly claims?: object;
  readonly alg?: string;
  readonly body?: string;
};

function signed(query: string, { key = SIGNING_KEY, claims = {}, alg = 'HS256', body = '' }: Forgery = {}) {
  const url = `${RECEIPT_URL}?${query}`;
  const all = {
    ...{ iss: 'MessageBird', nbf: NOW_MS / 1_000, exp: NOW_MS / 1_000 + 60, jti: 'a-b-c' },
    url_hash: hash('sha256', url, 'hex'),
    ...(body === '' ? {} : { payload_hash: hash('sha256', body, 'hex') }),
    ...claims,
  };
  const text = `${encoded({ alg, typ: 'JWT' })}.${encoded(all)}`;
  const mac = createHmac(alg.replace('HS', 'sha'), key).update(text).digest('base64url');
  return receipt({
    method: 'GET',
    url,
    text: body,
    headers: { 'messagebird-signature-jwt': `${text}.${mac}` },
  });
}

const DELIVERED = `id=${ID}&reference=r&recipient=31612345678&status=delivered&statusDatetime=2027-01-15T12:00:01%2B00:00`;

test('messagebird: receipts that its signing key signed are read', () => {
  const { read, answer } = signer(SIGNING_KEY);
  assert.deepEqual(answer, { status: 200, type: 'text/plain; charset=utf-8', body: 'OK' });
  const delivered = { kind: 'receipt', reference: ID, status: 'delivered', reason: null, cost: null };
  assert.deepEqual(read(signed(DELIVERED)), delivered);
  for (const alg of ['HS384', 'HS512']) assert.deepEqual(read(signed(DELIVERED, { alg })), delivered);
  assert.deepEqual(read(signed(`id=${ID}&status=answered`)), delivered);
  assert.deepEqual(
    read(signed(`id=${ID}&status=delivery_failed&statusErrorCode=1&price[amount]=0.07&price[currency]=EUR`)),
    {
      kind: 'receipt',
      reference: ID,
      status: 'undelivered',
      reason: 'delivery failed (error 1)',
      cost: { micros: 70_000, currency: 'EUR' },
    },
  );
  for (const status of ['scheduled', 'sent', 'buffered', 'calling']) {
    const reading = read(signed(`id=${ID}&status=${status}`));
    assert.equal(reading.kind === 'receipt' && reading.status, 'progress');
  }
});

// Stops whoever knows a receipt's address, say from a proxy's log, from writing receipts.
test('messagebird: receipts that somebody else made, changed or kept are forged', () => {
  const { read } = signer(SIGNING_KEY);
  const kind = (request: Parameters<typeof read>[0]) => read(request).kind;
  assert.equal(kind(signed(DELIVERED, { key: 'another key of somebody' })), 'forged');
  assert.equal(kind({ ...signed(DELIVERED), url: `${RECEIPT_URL}?id=${ID}&status=expired` }), 'forged');
  assert.equal(kind({ ...signed(DELIVERED), headers: {} }), 'forged');
  assert.equal(kind({ ...signed(DELIVERED), body: Buffer.from('more') }), 'forged');
  assert.equal(kind({ ...signed(DELIVERED, { body: '{}' }), body: Buffer.from('') }), 'forged');
  assert.equal(kind({ ...signed(DELIVERED), nowMs: NOW_MS + 66_000 }), 'forged');
  assert.equal(kind({ ...signed(DELIVERED), nowMs: NOW_MS - 6_000 }), 'forged');
  assert.equal(kind(signed(DELIVERED, { claims: { iss: 'Somebody' } })), 'forged');
  assert.equal(kind(signed(DELIVERED, { claims: { exp: undefined } })), 'forged');
  assert.equal(kind(signed(DELIVERED, { claims: { url_hash: undefined } })), 'forged');
  const unsigned = `${encoded({ alg: 'none' })}.${encoded({ iss: 'MessageBird' })}.`;
  assert.equal(kind({ ...signed(DELIVERED), headers: { 'messagebird-signature-jwt': unsigned } }), 'forged');
});

test('messagebird: without a signing key receipts are read unsigned, since their address is secret', () => {
  const { read } = signer(null);
  const url = `${RECEIPT_URL}?${DELIVERED}`;
  assert.equal(read(receipt({ method: 'GET', url })).kind, 'receipt');
  assert.equal(read(receipt({ method: 'GET', url: `${RECEIPT_URL}?status=eaten` })).kind, 'unreadable');
});

test('messagebird: asks for HLR and balance', async (t) => {
  const details = { status_desc: null, imsi: '204080010948431', country_iso: 'NLD', ported: 0, roaming: 0 };
  const hlr = {
    ...{ id: ID, href: '', msisdn: 31612345678, network: 20408, reference: 'ref', status: 'active', details },
  };
  const gateway = await startGateway(t, (taken) => {
    if (taken.path === '/balance') {
      return { status: 200, body: { payment: 'postpaid', type: 'credits', amount: 0 } };
    }
    if (taken.path === `/hlr/${ID}`) return { status: 200, body: hlr };
    if (taken.path.startsWith('/hlr/')) return error(404, 20, 'hlr not found', null);
    assert.equal(taken.path, '/hlr');
    assert.deepEqual(JSON.parse(taken.body), { msisdn: '31612345678', reference: 'ref' });
    return { status: 201, body: { ...hlr, network: null, status: 'sent', details: null } };
  });
  const settings = { accessKey: ACCESS_KEY, signingKey: null, originator: null, baseUrl: gateway.url };
  const { lookup, close }: MessagebirdProvider = messagebirdProvider('gw', settings, DEPS);
  t.after(() => close?.(never()));
  assert.deepEqual(await lookup.hlr('+31612345678', 'ref', never()), {
    kind: 'told',
    value: { id: ID, status: 'sent', network: null, details: null },
  });
  assert.deepEqual(await lookup.readHlr(ID, never()), {
    kind: 'told',
    value: { id: ID, status: 'active', network: 20408, details },
  });
  assert.deepEqual(await lookup.readHlr('f'.repeat(32), never()), {
    kind: 'failed',
    reason: 'MessageBird answered 20: not found',
  });
  assert.deepEqual(await lookup.balance(never()), {
    kind: 'told',
    value: { payment: 'postpaid', type: 'credits', amount: 0 },
  });
  gateway.behave(() => ({ status: 200, body: 'no' }));
  assert.equal((await lookup.balance(never())).kind, 'failed');
});

test('messagebird: a wrong configuration is told in clear sentences, without its secrets', () => {
  assert.deepEqual(problemsOf('messagebird', { accesKey: 'x', originator: 'much too long a name' }), [
    'providers.gw.accesKey: there is no such setting; did you mean providers.gw.accessKey?',
    'providers.gw.accessKey: set it: a live access key of the account',
    'providers.gw.originator: set a number with its country code, or up to 11 letters, digits and spaces',
  ]);
  const told = problemsOf('messagebird', { accessKey: 'short one', baseUrl: 'ftp://user:pass@host' }).join();
  assert.ok(!told.includes('short') && !told.includes('pass'));
});

type Reference = {
  readonly name: string;
  readonly url: string;
  readonly method: string;
  readonly payload?: string;
  readonly secret?: string;
  readonly token: string;
  readonly timestamp: string;
  readonly valid: boolean;
};

test('messagebird: signatures are judged as its own reference vectors say', () => {
  const file = createRequire(import.meta.url).resolve(
    'messagebird/lib/testdata/webhook-signature-jwt-reference.json',
  );
  const references: readonly Reference[] = JSON.parse(readFileSync(file, 'utf8'));
  assert.ok(references.length > 40);
  for (const { name, url, method, payload = '', secret = 'none', token, timestamp, valid } of references) {
    const request = receipt({
      ...{ url, method, text: payload, headers: { 'messagebird-signature-jwt': token } },
      nowMs: Date.parse(timestamp),
    });
    const { receipts } = messagebirdProvider(
      'gw',
      { accessKey: ACCESS_KEY, signingKey: secret, originator: null, baseUrl: '' },
      DEPS,
    );
    // None of them bears a status, which is found out only after the signature was taken.
    assert.equal(receipts?.read(request).kind, valid ? 'unreadable' : 'forged', name);
  }
});
