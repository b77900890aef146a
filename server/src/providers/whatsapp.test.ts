import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { providerContract } from '../../test/providers/contract.ts';
import { type Spoken, startGateway, type Taken } from '../../test/providers/gateway.ts';
import {
  CODE,
  configured,
  never,
  outbound,
  problemsOf,
  RECEIPT_URL,
  receipt,
} from '../../test/providers/samples.ts';

const TOKEN = 'EAAJBtHiSiSnOtAtOkEn0123456789';
const APP_SECRET = 'a9b8c7d6e5f4a9b8c7d6e5f4a9b8c7d6';
const VERIFY_TOKEN = 'chosen by the operator';
const ID = 'wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI3N0EyQUJDMjFEQzZCQUMzODMA';
const settings = { phoneNumberId: '106540352242922', accessToken: TOKEN, template: 'roost_code' };

const error = (status: number, code: number, message: string): Spoken => ({
  status,
  body: { error: { message, type: 'OAuthException', code, fbtrace_id: 'Az8or2yhqkZfEZ-_4Qn_Bam' } },
});

/** The Cloud API, as developers.facebook.com/docs/whatsapp/cloud-api describes it. */
function vendor(taken: Taken): Spoken {
  if (taken.headers.authorization !== `Bearer ${TOKEN}`) {
    return error(401, 190, 'Invalid OAuth access token');
  }
  if (taken.method === 'GET') {
    assert.equal(taken.path, '/v23.0/106540352242922');
    return {
      status: 200,
      body: { verified_name: 'Bird Bank', quality_rating: 'GREEN', id: '106540352242922' },
    };
  }
  assert.equal(taken.path, '/v23.0/106540352242922/messages');
  const { biz_opaque_callback_data, ...body } = JSON.parse(taken.body);
  assert.ok(biz_opaque_callback_data === undefined || biz_opaque_callback_data === RECEIPT_URL);
  const parameters = [{ type: 'text', text: CODE }];
  assert.deepEqual(body, {
    ...{ messaging_product: 'whatsapp', recipient_type: 'individual', to: '31612345678', type: 'template' },
    template: {
      name: 'roost_code',
      language: { code: 'en_US' },
      components: [
        { type: 'body', parameters },
        { type: 'button', sub_type: 'url', index: '0', parameters },
      ],
    },
  });
  return {
    status: 200,
    body: { messaging_product: 'whatsapp', messages: [{ id: ID, message_status: 'accepted' }] },
  };
}

providerContract({
  name: 'whatsapp',
  channels: ['whatsapp', 'sms'],
  make: (baseUrl, credentials, deps) =>
    configured(
      'whatsapp',
      { ...settings, baseUrl, accessToken: credentials === 'good' ? TOKEN : 'EAAJwrongwrongwrong' },
      deps,
    ),
  vendor,
  reference: ID,
  refusal: (said) => error(400, 132001, said),
  busy: error(400, 130429, 'Rate limit hit'),
  hasCheck: true,
  secrets: [TOKEN],
});

test('whatsapp: the template is sent in the language nearest to the message’s', async (t) => {
  const gateway = await startGateway(t, () => ({ status: 200, body: { messages: [{ id: ID }] } }));
  const provider = configured('whatsapp', {
    ...settings,
    baseUrl: gateway.url,
    languages: 'en_US pt_BR pt_PT nl',
  });
  t.after(() => provider.close?.(never()));
  const sent: string[] = [];
  for (const language of ['pt-pt', 'nl-nl', 'en-gb', 'ja-jp']) {
    await provider.send(outbound('sms', { wording: { ...outbound('sms').wording, language } }), never());
    sent.push(JSON.parse(gateway.taken.at(-1)?.body ?? '').template.language.code);
  }
  assert.deepEqual(sent, ['pt_PT', 'nl', 'en_US', 'en_US']);
});

const collected =
  configured('whatsapp', { ...settings, appSecret: APP_SECRET, verifyToken: VERIFY_TOKEN }).collected ??
  assert.fail();

function signed(body: unknown, secret = APP_SECRET) {
  const text = JSON.stringify(body);
  const signature = createHmac('sha256', secret).update(text).digest('hex');
  return receipt({ text, headers: { 'x-hub-signature-256': `sha256=${signature}` } });
}
const notification = (statuses: unknown) => ({
  object: 'whatsapp_business_account',
  entry: [{ id: '1', changes: [{ field: 'messages', value: { messaging_product: 'whatsapp', statuses } }] }],
});
const status = (word: string, more: object = {}) => ({
  ...{ id: ID, status: word, timestamp: '1', recipient_id: '31612345678' },
  ...{ biz_opaque_callback_data: RECEIPT_URL, ...more },
});

test('whatsapp: receipts of several messages in one request are told apart', async () => {
  const failed = status('failed', { errors: [{ code: 131026, title: 'Message undeliverable' }] });
  const foreign = { ...status('delivered'), biz_opaque_callback_data: undefined };
  const reading = await collected.read(
    signed(notification([status('sent'), status('read'), failed, foreign])),
  );
  const about = { kind: 'receipt', reference: ID, cost: null };
  assert.deepEqual(reading, {
    kind: 'receipts',
    receipts: [
      { receiptUrl: RECEIPT_URL, reading: { ...about, status: 'progress', reason: null } },
      { receiptUrl: RECEIPT_URL, reading: { ...about, status: 'delivered', reason: null } },
      {
        receiptUrl: RECEIPT_URL,
        reading: {
          ...about,
          ...{ status: 'undelivered', reason: 'failed (error 131026): the number is not on WhatsApp' },
        },
      },
    ],
  });
});

test('whatsapp: a request with a thousand receipts is read whole', async () => {
  const many = Array.from({ length: 1_000 }, (_, i) => status('delivered', { id: `wamid.${i}` }));
  const reading = await collected.read(signed(notification(many)));
  assert.equal(reading.kind === 'receipts' && reading.receipts.at(-1)?.reading.reference, 'wamid.999');
});

// The address of an app's webhook is no secret: only the signature is.
test('whatsapp: receipts that somebody else made or changed are forged', async () => {
  const good = signed(notification([status('delivered')]));
  assert.equal((await collected.read(signed(notification([]), 'another secret'))).kind, 'forged');
  assert.equal((await collected.read({ ...good, headers: {} })).kind, 'forged');
  assert.equal(
    (await collected.read({ ...good, body: Buffer.concat([good.body, Buffer.from(' ')]) })).kind,
    'forged',
  );
});

test('whatsapp: whatever was signed is read without a fault', async () => {
  for (const body of [
    null,
    [],
    1,
    { entry: 1 },
    { entry: [null] },
    notification('x'),
    notification([null, 1, {}]),
  ]) {
    assert.deepEqual(await collected.read(signed(body)), { kind: 'receipts', receipts: [] });
  }
});

test('whatsapp: greets whoever knows the verify token, and nobody else', () => {
  const greet = (query: string) =>
    collected.greet(receipt({ method: 'GET', url: `https://verify.example.com/receipts/wa?${query}` }));
  const token = encodeURIComponent(VERIFY_TOKEN);
  assert.equal(greet(`hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${token}`), '1158201444');
  assert.equal(greet('hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=guess'), null);
  assert.equal(greet('hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token='), null);
  assert.equal(greet(`hub.mode=subscribe&hub.challenge=%3Cscript%3E&hub.verify_token=${token}`), null);
  const silent = configured('whatsapp', { ...settings, appSecret: APP_SECRET }).collected ?? assert.fail();
  const url = 'https://verify.example.com/receipts/wa?hub.mode=subscribe&hub.challenge=1&hub.verify_token=';
  assert.equal(silent.greet(receipt({ method: 'GET', url })), null);
  assert.equal(configured('whatsapp', settings).collected, undefined);
});

test('whatsapp: a wrong configuration is told in clear sentences', () => {
  assert.deepEqual(problemsOf('whatsapp', { ...settings, template: 'My template', languages: 'english' }), [
    'providers.gw.template: set the name of the approved authentication template',
    'providers.gw.languages: set the languages in which the template is approved, the usual one first, such as en_US nl',
  ]);
});
