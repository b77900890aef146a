import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { startGateway } from '../../test/providers/gateway.ts';
import { configured, NOW_MS, never, problemsOf, RECEIPT_URL, receipt } from '../../test/providers/samples.ts';

const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:roost-events';
const ID = '2bd51e14-a0a5-4e9a-9e5f-0f9b1d2c3a4b';
const CERTIFICATE = `SimpleNotificationService-${'0123456789abcdef'.repeat(2)}.pem`;
const SETTINGS = {
  ...{ region: 'eu-west-1', accessKeyId: 'AKIAIOSFODNN7EXAMPLE', topicArn: TOPIC },
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const of = (name: string) => readFileSync(new URL(`../../test/store/${name}`, import.meta.url), 'utf8');
const KEY = of('localhost.key.pem');
const OTHER = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
});

/** SNS on loopback: it has a certificate, and confirms subscriptions. */
async function start(t: TestContext) {
  const sns = await startGateway(t, (taken) => {
    if (taken.path === `/${CERTIFICATE}`) return { status: 200, body: of('localhost.pem') };
    if (taken.path === '/') return { status: 200, body: '<ConfirmSubscriptionResponse/>' };
    return { status: 404 };
  });
  const provider = configured('aws', { ...SETTINGS, snsEndpoint: sns.url });
  t.after(() => provider.close?.(never()));
  const { collected } = provider;
  assert.ok(collected);
  return { sns, collected };
}

type Fields = Record<string, string>;

const notification = (event: object, more: Fields = {}): Fields => ({
  ...{ Message: JSON.stringify(event), MessageId: ID, Timestamp: new Date(NOW_MS).toISOString() },
  ...{ TopicArn: TOPIC, Type: 'Notification', ...more },
});
const confirmation = (url: string): Fields => ({
  ...{ Message: 'You have chosen to subscribe …', MessageId: ID, SubscribeURL: url, Token: 'abc' },
  ...{ Timestamp: new Date(NOW_MS).toISOString(), TopicArn: TOPIC, Type: 'SubscriptionConfirmation' },
});

function signed(
  url: string,
  fields: Fields,
  { key = KEY as string | Buffer, version = '2', cert = CERTIFICATE } = {},
) {
  const text = Object.keys(fields)
    .sort()
    .map((name) => `${name}\n${fields[name]}\n`)
    .join('');
  const signature = sign(version === '1' ? 'sha1' : 'sha256', Buffer.from(text), key).toString('base64');
  const whole = {
    ...{ ...fields, SignatureVersion: version, Signature: signature },
    SigningCertURL: cert.includes('://') ? cert : `${url}/${cert}`,
  };
  return receipt({ text: JSON.stringify(whole) });
}

const event = (eventType: string) => ({
  ...{ eventType, messageId: ID, isFinal: true, totalMessagePrice: 0.00581 },
  context: { receiptUrl: RECEIPT_URL },
});

test('aws: events that the topic signed are receipts', async (t) => {
  const { sns, collected } = await start(t);
  const cost = { micros: 5_810, currency: 'USD' };
  const about = { kind: 'receipt', reference: ID, cost };
  for (const version of ['1', '2']) {
    assert.deepEqual(
      await collected.read(signed(sns.url, notification(event('TEXT_DELIVERED')), { version })),
      {
        kind: 'receipts',
        receipts: [{ receiptUrl: RECEIPT_URL, reading: { ...about, status: 'delivered', reason: null } }],
      },
    );
  }
  const subject = notification(event('TEXT_UNREACHABLE'), { Subject: 'Event' });
  assert.deepEqual(await collected.read(signed(sns.url, subject)), {
    kind: 'receipts',
    receipts: [
      { receiptUrl: RECEIPT_URL, reading: { ...about, status: 'undelivered', reason: 'TEXT_UNREACHABLE' } },
    ],
  });
  const queued = await collected.read(signed(sns.url, notification(event('TEXT_QUEUED'))));
  assert.equal(queued.kind === 'receipts' && queued.receipts[0]?.reading.status, 'progress');
  assert.equal(sns.taken.length, 1, 'the certificate is asked for once');
});

// Stops whoever knows the address: SNS tells it to nobody, but it is no secret either.
test('aws: what the topic did not sign, or another certificate would prove, is forged', async (t) => {
  const { sns, collected } = await start(t);
  const elsewhere = await startGateway(t, () => ({ status: 200, body: of('localhost.pem') }));
  const kind = async (request: Parameters<typeof collected.read>[0]) => (await collected.read(request)).kind;
  const good = notification(event('TEXT_DELIVERED'));
  assert.equal(await kind(signed(sns.url, good, { key: OTHER })), 'forged');
  assert.equal(await kind(signed(sns.url, { ...good, TopicArn: `${TOPIC}2` })), 'forged');
  assert.equal(await kind(signed(sns.url, good, { cert: `${elsewhere.url}/${CERTIFICATE}` })), 'forged');
  assert.equal(await kind(signed(sns.url, good, { cert: `${sns.url}@127.0.0.1/${CERTIFICATE}` })), 'forged');
  assert.equal(await kind(signed(sns.url, good, { cert: `../${CERTIFICATE}` })), 'forged');
  assert.equal(await kind(signed(sns.url, good, { version: '3' })), 'forged');
  assert.equal(await kind({ ...signed(sns.url, good), nowMs: NOW_MS + 3_600_001 }), 'forged');
  assert.equal(await kind({ ...signed(sns.url, good), nowMs: NOW_MS - 300_001 }), 'forged');
  const changed = Buffer.from(signed(sns.url, good).body);
  changed.write('X', changed.indexOf('TEXT_DELIVERED'));
  assert.equal(await kind({ ...signed(sns.url, good), body: changed }), 'forged');
  assert.equal(elsewhere.taken.length, 0, 'nobody but SNS is asked for a certificate');
});

test('aws: the subscription is confirmed at SNS, and nowhere else', async (t) => {
  const { sns, collected } = await start(t);
  const elsewhere = await startGateway(t, () => ({ status: 200 }));
  const query = `?Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=abc`;
  assert.deepEqual(await collected.read(signed(sns.url, confirmation(`${sns.url}/${query}`))), {
    ...{ kind: 'receipts', receipts: [] },
  });
  assert.equal(sns.taken.at(-1)?.query.get('Action'), 'ConfirmSubscription');
  const before = sns.taken.length;
  for (const url of [`${elsewhere.url}/${query}`, `${sns.url}@${new URL(elsewhere.url).host}/${query}`, '']) {
    assert.equal((await collected.read(signed(sns.url, confirmation(url)))).kind, 'forged');
  }
  const forged = signed(sns.url, confirmation(`${sns.url}/${query}`), { key: OTHER });
  assert.equal((await collected.read(forged)).kind, 'forged');
  assert.deepEqual([elsewhere.taken.length, sns.taken.length], [0, before]);
});

test('aws: whatever comes is read without a fault, and events of others are passed over', async (t) => {
  const { sns, collected } = await start(t);
  for (const text of ['', '{', '[]', 'null', '{"Type":"UnsubscribeConfirmation"}', '{"Type":"__proto__"}']) {
    assert.equal((await collected.read(receipt({ text }))).kind, 'unreadable', text);
  }
  for (const message of [
    {},
    { ...event('TEXT_DELIVERED'), context: {} },
    { context: { receiptUrl: RECEIPT_URL } },
  ]) {
    assert.deepEqual(await collected.read(signed(sns.url, notification(message))), {
      ...{ kind: 'receipts', receipts: [] },
    });
  }
});

test('aws: without a topic there are no receipts, and what is none is told', () => {
  assert.equal(configured('aws', { ...SETTINGS, topicArn: null }).collected, undefined);
  assert.deepEqual(problemsOf('aws', { ...SETTINGS, topicArn: 'roost-events' }), [
    'providers.gw.topicArn: set the SNS topic that events go to, which sends them on to Roost: an ARN',
  ]);
});
