import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { providerContract } from '../../test/providers/contract.ts';
import { type Spoken, startGateway, type Taken } from '../../test/providers/gateway.ts';
import {
  CODE,
  configured,
  DEPS,
  NUMBER,
  never,
  outbound,
  problemsOf,
  RECEIPT_URL,
  receipt,
} from '../../test/providers/samples.ts';
import { twilioProvider } from './twilio.ts';

const ACCOUNT = `AC${'0123456789abcdef'.repeat(2)}`;
const AUTH_TOKEN = '9c0ffee0123456789abcdef012345678';
const SID = `SM${'fedcba9876543210'.repeat(2)}`;

const error = (status: number, code: number, message: string): Spoken => ({
  status,
  body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status },
});
const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** Twilio, as twilio.com/docs describes Messages, Calls and Balance. */
function vendor(taken: Taken): Spoken {
  if (taken.headers.authorization !== basic(ACCOUNT, AUTH_TOKEN)) return error(401, 20003, 'Authenticate');
  if (taken.path === `/2010-04-01/Accounts/${ACCOUNT}/Balance.json`) {
    assert.equal(taken.method, 'GET');
    return { status: 200, body: { currency: 'USD', balance: '12.5', account_sid: ACCOUNT } };
  }
  assert.equal(taken.method, 'POST');
  assert.equal(taken.headers['content-type'], 'application/x-www-form-urlencoded');
  const form = Object.fromEntries(new URLSearchParams(taken.body));
  const { StatusCallback, ...fields } = form;
  assert.ok(StatusCallback === RECEIPT_URL || StatusCallback === undefined);
  if (taken.path.endsWith('/Calls.json')) {
    assert.match(
      fields.Twiml ?? '',
      /^<Response><Pause length="1"\/><Say voice="Polly.Amy">.*4, 8, 1, 5, 2, 0/,
    );
    return { status: 201, body: { sid: SID, status: 'queued' } };
  }
  assert.equal(taken.path, `/2010-04-01/Accounts/${ACCOUNT}/Messages.json`);
  assert.deepEqual(fields, {
    ...{ To: NUMBER, From: 'Roost', Body: `Your code is ${CODE}`, ValidityPeriod: '300' },
  });
  return {
    status: 201,
    body: { sid: SID, status: 'queued', price: null, price_unit: 'USD', error_code: null },
  };
}

providerContract({
  name: 'twilio',
  channels: ['sms', 'tts'],
  make: (baseUrl, credentials, deps) =>
    configured(
      'twilio',
      {
        baseUrl,
        accountSid: ACCOUNT,
        authToken: credentials === 'good' ? AUTH_TOKEN : 'wrong-wrong-wrong-wrong',
      },
      deps,
    ),
  vendor,
  reference: SID,
  refusal: (said) => error(400, 21211, said),
  busy: error(429, 20429, 'Too Many Requests'),
  hasCheck: true,
  secrets: [AUTH_TOKEN],
});

const settings = { accountSid: ACCOUNT, authToken: AUTH_TOKEN };

test('twilio: a full queue is busy, an opted-out recipient refused', async (t) => {
  const gateway = await startGateway(t, () => error(400, 21611, 'queue is full'));
  const provider = configured('twilio', { ...settings, baseUrl: gateway.url });
  t.after(() => provider.close?.(never()));
  assert.deepEqual(await provider.send(outbound('sms'), never()), { kind: 'busy', retryAfterMs: null });
  gateway.behave(() => error(400, 21610, 'Attempt to send to unsubscribed recipient'));
  assert.deepEqual(await provider.send(outbound('sms'), never()), {
    kind: 'refused',
    reason: 'the gateway refused it with error 21610: the recipient has opted out',
  });
});

test('twilio: an API key sends, and a Messaging Service or a configured sender chooses who it comes from', async (t) => {
  const gateway = await startGateway(t, () => ({ status: 201, body: { sid: SID, status: 'accepted' } }));
  const key = { apiKeySid: `SK${'0'.repeat(32)}`, apiKeySecret: 'the secret of the key' };
  const service = `MG${'a'.repeat(32)}`;
  const senders = [{ messagingServiceSid: service }, { from: '+15005550006' }];
  for (const sender of senders) {
    const provider = configured('twilio', { ...settings, ...key, ...sender, baseUrl: gateway.url });
    t.after(() => provider.close?.(never()));
    await provider.send(outbound('sms'), never());
  }
  const [first, second] = gateway.taken.map(({ body }) => new URLSearchParams(body));
  assert.equal(gateway.taken[0]?.headers.authorization, basic(key.apiKeySid, key.apiKeySecret));
  assert.equal(first?.get('MessagingServiceSid'), service);
  assert.equal(first?.get('From'), null);
  assert.equal(second?.get('From'), '+15005550006');
});

// Stops a template from adding verbs to a call: <Dial> to a number that costs.
test('twilio: what is said cannot be an element of TwiML', async (t) => {
  const gateway = await startGateway(t, () => ({ status: 201, body: { sid: SID } }));
  const provider = configured('twilio', { ...settings, baseUrl: gateway.url });
  t.after(() => provider.close?.(never()));
  const text = `</Say><Dial>+1900555</Dial> & ${CODE} \u0000`;
  const wording = { ...outbound('tts').wording, language: 'th-th' };
  await provider.send(outbound('tts', { text, wording }), never());
  const twiml = new URLSearchParams(gateway.taken[0]?.body).get('Twiml') ?? '';
  assert.match(twiml, /<Say language="th-TH">&lt;\/Say&gt;&lt;Dial&gt;/);
  assert.ok(!twiml.includes('<Dial>') && !twiml.includes('\u0000'));
});

test('twilio: the signature of the example in its documents is right', () => {
  // twilio.com/docs/usage/security, "Validating signatures from Twilio": token, address, fields and result.
  const fields = { CallSid: 'CA1234567890ABCDE', Caller: '+12349013030', Digits: '1234' };
  const request = receipt({
    url: 'https://mycompany.com/myapp.php?foo=1&bar=2',
    text: new URLSearchParams({ ...fields, From: '+12349013030', To: '+18005551212' }).toString(),
    headers: { 'x-twilio-signature': '0/KCTR6DLpKmkAf8muzZqo1nDgQ=' },
  });
  const none = { apiKeySid: null, apiKeySecret: null, from: null, messagingServiceSid: null };
  const readBy = (authToken: string) =>
    twilioProvider('gw', { ...none, accountSid: ACCOUNT, authToken, baseUrl: '' }, DEPS).receipts?.read(
      request,
    ).kind;
  // It bears no status of a message, which is found out only after the signature was taken.
  assert.equal(readBy('12345'), 'unreadable');
  assert.equal(readBy('12346'), 'forged');
});

function signed(fields: Record<string, string>, token = AUTH_TOKEN, url = RECEIPT_URL) {
  const text = new URLSearchParams(fields).toString();
  const sorted = Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
  const over = url + sorted.map(([name, value]) => name + value).join('');
  const signature = createHmac('sha1', token).update(over).digest('base64');
  return receipt({ text, headers: { 'x-twilio-signature': signature } });
}

const read = configured('twilio', settings).receipts?.read ?? assert.fail();
const FIELDS = { AccountSid: ACCOUNT, To: NUMBER, MessageSid: SID, MessageStatus: 'delivered' };

test('twilio: receipts that it signed are read', () => {
  const delivered = { kind: 'receipt', reference: SID, status: 'delivered', reason: null, cost: null };
  assert.deepEqual(read(signed(FIELDS)), delivered);
  assert.deepEqual(read(signed({ CallSid: SID, CallStatus: 'completed' })), delivered);
  assert.deepEqual(read(signed({ ...FIELDS, MessageStatus: 'undelivered', ErrorCode: '30003' })), {
    ...delivered,
    ...{ status: 'undelivered', reason: 'undelivered (error 30003)' },
  });
  for (const status of ['queued', 'sending', 'sent', 'accepted']) {
    const reading = read(signed({ ...FIELDS, MessageStatus: status }));
    assert.equal(reading.kind === 'receipt' && reading.status, 'progress');
  }
  const withPort = RECEIPT_URL.replace('example.com', 'example.com:443');
  assert.deepEqual(read(signed(FIELDS, AUTH_TOKEN, withPort)), delivered);
  assert.equal(read(signed({ ...FIELDS, MessageStatus: 'eaten' })).kind, 'unreadable');
});

// Stops whoever knows a receipt's address from writing receipts.
test('twilio: receipts that somebody else made or changed are forged', () => {
  assert.equal(read(signed(FIELDS, 'another token of somebody')).kind, 'forged');
  assert.equal(read(signed(FIELDS, AUTH_TOKEN, `${RECEIPT_URL}x`)).kind, 'forged');
  assert.equal(read({ ...signed(FIELDS), headers: {} }).kind, 'forged');
  const changed = Buffer.from(new URLSearchParams({ ...FIELDS, MessageStatus: 'failed' }).toString());
  assert.equal(read({ ...signed(FIELDS), body: changed }).kind, 'forged');
});

test('twilio: a wrong configuration is told in clear sentences', () => {
  assert.deepEqual(problemsOf('twilio', { accountSid: 'AC12', authTokn: 'x' }), [
    'providers.gw.authTokn: there is no such setting; did you mean providers.gw.authToken?',
    'providers.gw.accountSid: set the Account SID, AC and 32 hexadecimal digits',
    'providers.gw.authToken: set it: the Auth Token of the account; receipts are checked with it',
  ]);
});
