import assert from 'node:assert/strict';
import { test } from 'node:test';
import { providerContract } from '../../../../test/providers/contract.ts';
import { type Spoken, startGateway, type Taken } from '../../../../test/providers/gateway.ts';
import {
  CODE,
  configured,
  never,
  outbound,
  problemsOf,
  RECEIPT_URL,
  receipt,
} from '../../../../test/providers/samples.ts';

const API_KEY = 'cdf3c0ffee5d4b5c8c1b2a3f-9b9d8c7a';
const ID = '2033247207850523791';

const answered = (groupName: string, name: string, description = ''): Spoken => ({
  status: 200,
  body: { messages: [{ messageId: ID, status: { groupId: 1, groupName, id: 26, name, description } }] },
});

/** Infobip, as infobip.com/docs/api/channels/sms describes its version 3. */
function vendor(taken: Taken): Spoken {
  if (taken.headers.authorization !== `App ${API_KEY}`) {
    return {
      status: 401,
      body: {
        requestError: { serviceException: { messageId: 'UNAUTHORIZED', text: 'Invalid login details' } },
      },
    };
  }
  if (taken.method === 'GET' && taken.path === '/account/1/balance') {
    return { status: 200, body: { balance: 47.79, currency: 'EUR' } };
  }
  assert.equal(`${taken.method} ${taken.path}`, 'POST /sms/3/messages');
  const { messages } = JSON.parse(taken.body);
  assert.equal(messages.length, 1);
  const [{ webhooks, ...message }] = messages;
  assert.ok(webhooks === undefined || webhooks.delivery.url === RECEIPT_URL);
  assert.deepEqual(message, {
    sender: 'Roost',
    destinations: [{ to: '31612345678' }],
    content: { text: `Your code is ${CODE}` },
    options: { validityPeriod: { amount: 300, timeUnit: 'SECONDS' }, flash: message.options.flash },
  });
  assert.equal(typeof message.options.flash, 'boolean');
  return answered('PENDING', 'PENDING_ACCEPTED', 'Message accepted');
}

providerContract({
  name: 'http infobip',
  channels: ['sms', 'flash'],
  make: (baseUrl, credentials, deps) =>
    configured(
      'http',
      { preset: 'infobip', baseUrl, values: { apiKey: credentials === 'good' ? API_KEY : 'wrong-wrong' } },
      deps,
    ),
  vendor,
  reference: ID,
  refusal: (said) => answered('REJECTED', 'REJECTED_NOT_ENOUGH_CREDITS', said),
  busy: { status: 429, body: { requestError: { serviceException: { messageId: 'TOO_MANY_REQUESTS' } } } },
  hasCheck: true,
  secrets: [API_KEY],
});

test('http infobip: flash is flash, and a refusal names its code', async (t) => {
  const gateway = await startGateway(t, () => answered('REJECTED', 'REJECTED_DESTINATION_NOT_REGISTERED'));
  const provider = configured('http', {
    preset: 'infobip',
    baseUrl: gateway.url,
    values: { apiKey: API_KEY },
  });
  t.after(() => provider.close?.(never()));
  assert.deepEqual(await provider.send(outbound('flash'), never()), {
    kind: 'refused',
    reason: 'the gateway refused it with REJECTED_DESTINATION_NOT_REGISTERED',
  });
  const [taken] = gateway.taken;
  assert.equal(JSON.parse(taken?.body ?? '').messages[0].options.flash, true);
});

test('http infobip: receipts are read', () => {
  const values = { apiKey: API_KEY };
  const provider = configured('http', { preset: 'infobip', baseUrl: 'https://xyz.api.infobip.com', values });
  const read = provider.receipts?.read ?? assert.fail();
  const report = (groupName: string, error: string) =>
    receipt({
      text: JSON.stringify({
        results: [
          {
            messageId: ID,
            to: '31612345678',
            price: { pricePerMessage: 0.01, currency: 'EUR' },
            status: { groupName },
            error: { name: error },
          },
        ],
      }),
    });
  const cost = { micros: 10_000, currency: 'EUR' };
  assert.deepEqual(read(report('DELIVERED', 'NO_ERROR')), {
    ...{ kind: 'receipt', reference: ID, status: 'delivered', reason: null, cost },
  });
  assert.deepEqual(read(report('UNDELIVERABLE', 'EC_ABSENT_SUBSCRIBER')), {
    ...{ kind: 'receipt', reference: ID, status: 'undelivered', cost },
    reason: 'UNDELIVERABLE (error EC_ABSENT_SUBSCRIBER)',
  });
  const pending = read(report('PENDING', 'NO_ERROR'));
  assert.equal(pending.kind === 'receipt' && pending.status, 'progress');
});

test('http infobip: asks for the address that each account has of its own', () => {
  assert.deepEqual(problemsOf('http', { preset: 'infobip', values: { apiKey: 'x' } }), [
    "providers.gw.baseUrl: set the address of your account's API",
  ]);
});
