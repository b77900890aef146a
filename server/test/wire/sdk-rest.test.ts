import assert from 'node:assert/strict';
import { test } from 'node:test';
import messagebird from 'messagebird';
import { type Scope, type StartedRoost, startRoost } from '../support/roost.ts';
import { redirect } from './sdk.ts';
import { until } from './wire.ts';

type SdkError = Error & {
  statusCode: number;
  errors: { code: number; description: string; parameter: string | null }[];
};
type Call = (...given: unknown[]) => void;
type Calls = { readonly [call: string]: Call };
type Sdk = {
  readonly [resource in 'balance' | 'hlr' | 'messages' | 'voice_messages']: Calls;
} & { readonly lookup: Calls & { readonly hlr: Calls } };

const initClient = messagebird.initClient as unknown as (key: string) => Sdk;

async function sdkFor(t: Scope): Promise<{ roost: StartedRoost; sdk: Sdk }> {
  const roost = await startRoost(t);
  redirect(t, roost);
  return { roost, sdk: initClient(roost.liveKey) };
}

/** One call of the SDK that must succeed: what its callback got. */
// biome-ignore lint/suspicious/noExplicitAny: answers of every shape are looked into
function succeed(of: Calls, name: string, ...given: unknown[]): Promise<any> {
  return new Promise((resolve, reject) => {
    of[name]?.(...given, (error: SdkError | null, answer: unknown) =>
      error === null ? resolve(answer) : reject(error),
    );
  });
}

function refused(of: Calls, name: string, ...given: unknown[]): Promise<SdkError> {
  return new Promise((resolve, reject) => {
    of[name]?.(...given, (error: SdkError | null, answer: unknown) => {
      if (error === null) reject(new Error(`it succeeded: ${JSON.stringify(answer)}`));
      else resolve(error);
    });
  });
}

test('the messagebird package reads the balance: play money while there is no provider', async (t) => {
  const { sdk } = await sdkFor(t);
  assert.deepEqual(await succeed(sdk.balance, 'read'), {
    payment: 'prepaid',
    type: 'credits',
    amount: 1_000,
  });
});

test('the messagebird package looks numbers up, as typed abroad and at home', async (t) => {
  const { roost, sdk } = await sdkFor(t);
  const abroad = await succeed(sdk.lookup, 'read', '31612345678');
  assert.deepEqual(abroad, {
    href: `${roost.url}/lookup/31612345678`,
    countryCode: 'NL',
    countryPrefix: 31,
    phoneNumber: 31612345678,
    type: 'mobile',
    formats: {
      e164: '+31612345678',
      international: '+31 6 12345678',
      national: '06 12345678',
      rfc3966: 'tel:+31-6-12345678',
    },
  });
  assert.deepEqual(await succeed(sdk.lookup, 'read', '0612345678', 'NL'), abroad);
  const types = {
    '442079460000': 'fixed line',
    '12025550123': 'fixed line or mobile',
    '18005550199': 'toll free',
  };
  for (const [number, type] of Object.entries(types)) {
    assert.equal((await succeed(sdk.lookup, 'read', number)).type, type, number);
  }
  const error = await refused(sdk.lookup, 'read', '12');
  assert.deepEqual(
    [error.statusCode, error.errors],
    [
      422,
      [
        {
          code: 21,
          description: 'Bad request (phone number has unknown format)',
          parameter: 'phone_number',
        },
      ],
    ],
  );
});

test('the messagebird package has networks asked, and finds every answer that the sandbox has', async (t) => {
  const { sdk } = await sdkFor(t);
  const made = await succeed(sdk.hlr, 'create', 447700900011, 'ref1');
  assert.deepEqual(
    [made.status, made.network, made.details, made.msisdn],
    ['sent', null, null, 447700900011],
  );
  const others = await Promise.all(
    [447700900012, 447700900013, 447700900014, 447700900016].map((msisdn) =>
      succeed(sdk.hlr, 'create', msisdn),
    ),
  );
  const statusOf = async (id: string) => (await succeed(sdk.hlr, 'read', id)).status;
  await until('all are answered', async () => {
    const statuses = await Promise.all([made, ...others].map(({ id }) => statusOf(id)));
    return !statuses.includes('sent');
  });
  assert.deepEqual(await Promise.all([made, ...others].map(({ id }) => statusOf(id))), [
    'active',
    'absent',
    'unknown',
    'failed',
    'active',
  ]);
  const roaming = await succeed(sdk.hlr, 'read', others[3].id);
  assert.deepEqual([roaming.network, roaming.details.roaming, roaming.details.imsi], [99_999, 1, null]);
  const asked = await succeed(sdk.lookup.hlr, 'create', '447700900012', { reference: 'ref2' });
  assert.equal(asked.reference, 'ref2');
  assert.equal((await succeed(sdk.lookup.hlr, 'read', '447700900012')).id, asked.id);
  const error = await refused(sdk.hlr, 'read', 'f'.repeat(32));
  assert.equal(error.message, 'api error(s): hlr not found (code: 20)');
});

test('the messagebird package sends, reads, lists and deletes a message; the sandbox phone shows it', async (t) => {
  const { roost, sdk } = await sdkFor(t);
  const params = {
    originator: 'MyBrand',
    recipients: ['31612345678', '447700900002'],
    body: 'Your parcel is here',
  };
  const made = await succeed(sdk.messages, 'create', params);
  assert.equal(made.recipients.totalCount, 2);
  assert.equal(made.recipients.totalSentCount, 2);
  const read = () => succeed(sdk.messages, 'read', made.id);
  await until('both have an end', async () => (await read()).recipients.totalSentCount === 0);
  const { recipients } = await read();
  assert.deepEqual(
    recipients.items.map(({ recipient, status }: { recipient: number; status: string }) => [
      recipient,
      status,
    ]),
    [
      [31612345678, 'delivered'],
      [447700900002, 'delivery_failed'],
    ],
  );
  const { body } = await roost.call('GET', '/sandbox/messages', { key: roost.liveKey });
  assert.deepEqual(
    body.messages.map(({ text, recipient, token }: Record<string, unknown>) => [text, recipient, token]),
    [['Your parcel is here', '+31612345678', '']],
  );
  const listed = await succeed(sdk.messages, 'list', { limit: 10 });
  assert.deepEqual([listed.count, listed.totalCount, listed.items[0].id], [1, 1, made.id]);
  assert.equal(await succeed(sdk.messages, 'delete', made.id), true);
  assert.equal(
    (await refused(sdk.messages, 'read', made.id)).message,
    'api error(s): message not found (code: 20)',
  );
  assert.equal((await succeed(sdk.messages, 'list', { limit: 10 })).totalCount, 0);
});

test('the messagebird package hears what a message lacks, in the words of upstream', async (t) => {
  const { sdk } = await sdkFor(t);
  const error = await refused(sdk.messages, 'create', {});
  assert.equal(
    error.message,
    'api error(s): no (correct) recipients found (code: 9, parameter: recipients), originator is required (code: 9, parameter: originator)',
  );
  const many = Array.from({ length: 51 }, (_, i) => `3161234${5000 + i}`);
  for (const [params, expected] of [
    [{ recipients: many }, /recipients must be at most 50 numbers/],
    [{ body: 'See https://phish.example/login' }, /body holds a link/],
    [{ body: '' }, /body is required/],
    [{ type: 'binary' }, /type must be sms or flash/],
    [{ body: 'x'.repeat(1_601) }, /body must be at most 1600 characters/],
    [{ scheduledDatetime: 'tomorrow' }, /scheduledDatetime must be a time within 30 days/],
  ] as const) {
    const sent = { originator: 'MyBrand', recipients: ['31612345678'], body: 'Hi', ...params };
    assert.match((await refused(sdk.messages, 'create', sent)).message, expected);
  }
});

test('the messagebird package sends, reads, lists and deletes a voice message', async (t) => {
  const { sdk } = await sdkFor(t);
  const made = await succeed(sdk.voice_messages, 'create', {
    recipients: ['31612345678'],
    body: 'Hello',
    language: 'nl-nl',
    repeat: 2,
  });
  assert.deepEqual([made.language, made.repeat, made.recipients.items[0].status], ['nl-nl', 2, 'calling']);
  const read = () => succeed(sdk.voice_messages, 'read', made.id);
  await until('it was answered', async () => (await read()).recipients.items[0].status === 'answered');
  const listed = await succeed(sdk.voice_messages, 'list', 100, 0);
  assert.deepEqual([listed.offset, listed.limit, listed.items[0].id], [0, 100, made.id]);
  assert.equal(await succeed(sdk.voice_messages, 'delete', made.id), true);
  assert.equal(
    (await refused(sdk.voice_messages, 'read', made.id)).message,
    'api error(s): message not found (code: 20)',
  );
});

test('a message that is scheduled leaves at its time, and never when it was deleted before', async (t) => {
  const roost = await startRoost(t);
  const scheduledDatetime = new Date(roost.clock() + 3_600_000).toISOString();
  const json = { originator: 'Roost', recipients: '31612345678', body: 'Good morning', scheduledDatetime };
  const [kept, dropped] = [
    (await roost.call('POST', '/messages', { json })).body,
    (await roost.call('POST', '/messages', { json: { ...json, recipients: '31612345679' } })).body,
  ];
  assert.deepEqual(
    [kept.recipients.items[0].status, kept.recipients.items[0].statusDatetime],
    ['scheduled', null],
  );
  assert.equal((await roost.call('DELETE', `/messages/${dropped.id}`)).status, 204);
  const arrived = async () => (await roost.call('GET', '/sandbox/messages')).body.messages;
  await new Promise((resolve) => setTimeout(resolve, 400));
  assert.deepEqual(await arrived(), []);
  roost.clock.advance(3_601_000);
  await until('it has left', async () => (await arrived()).length > 0);
  await new Promise((resolve) => setTimeout(resolve, 400));
  assert.deepEqual(
    (await arrived()).map(({ recipient }: { recipient: string }) => recipient),
    ['+31612345678'],
  );
});
