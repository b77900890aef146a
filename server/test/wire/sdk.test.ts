import assert from 'node:assert/strict';
import { test } from 'node:test';
import messagebird from 'messagebird';
import { type Scope, startRoost } from '../support/roost.ts';
import { redirect } from './sdk.ts';
import { codeOf, wrong } from './wire.ts';

type SdkError = Error & {
  statusCode: number;
  errors: { code: number; description: string; parameter: string | null }[];
};
type Call = (...given: unknown[]) => void;
type Sdk = { readonly verify: { readonly [call: string]: Call } };

// Its own types know neither `maxAttempts` nor the calls for e-mail.
const initClient = messagebird.initClient as unknown as (key: string) => Sdk;

async function sdkFor(t: Scope, key: 'liveKey' | 'testKey' = 'liveKey') {
  const roost = await startRoost(t);
  redirect(t, roost);
  const { verify } = initClient(roost[key]);
  /** One call of the SDK: what its callback got. */
  const call = (name: string, ...given: unknown[]): Promise<{ error: SdkError | null; answer: unknown }> =>
    new Promise((resolve) => {
      verify[name]?.(...given, (error: SdkError | null, answer: unknown) => resolve({ error, answer }));
    });
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape are looked into
  const succeed = async (name: string, ...given: unknown[]): Promise<any> => {
    const { error, answer } = await call(name, ...given);
    assert.equal(error, null);
    return answer;
  };
  const refused = async (name: string, ...given: unknown[]): Promise<SdkError> => {
    const { error, answer } = await call(name, ...given);
    assert.equal(answer, null);
    assert.ok(error instanceof Error);
    return error;
  };
  return { roost, succeed, refused };
}

const INVALID = { code: 10, description: 'The token is invalid.', parameter: 'token' };

test('the messagebird package creates a verification and gets the object of the contract', async (t) => {
  const { roost, succeed } = await sdkFor(t);
  const made = await succeed('create', '+31 6 1234 5678', {
    originator: 'MyBrand',
    reference: null,
    timeout: 60,
  });
  assert.deepEqual(made, {
    id: made.id,
    href: `${roost.url}/verify/${made.id}`,
    recipient: 31612345678,
    originator: 'MyBrand',
    type: 'sms',
    reference: null,
    messages: { id: made.messages.id, href: `${roost.url}/messages/${made.messages.id}` },
    status: 'sent',
    createdDatetime: made.createdDatetime,
    validUntilDatetime: made.validUntilDatetime,
  });
  assert.equal(Date.parse(made.validUntilDatetime) - Date.parse(made.createdDatetime), 60_000);
});

test('the messagebird package is told that a token is wrong, by the fields its programs read', async (t) => {
  const { roost, succeed, refused } = await sdkFor(t);
  const { id } = await succeed('create', '31612345678', {});
  const error = await refused('verify', id, wrong(await codeOf(roost, id, 'live')));
  assert.equal(error.message, 'api error(s): The token is invalid. (code: 10, parameter: token)');
  assert.equal(error.statusCode, 422);
  assert.deepEqual(error.errors, [INVALID]);
});

test('the messagebird package verifies with the right token after a wrong one, and only once', async (t) => {
  const { roost, succeed, refused } = await sdkFor(t);
  const { id } = await succeed('create', '31612345678', {});
  const code = await codeOf(roost, id, 'live');
  await refused('verify', id, wrong(code));
  assert.equal((await succeed('verify', id, code)).status, 'verified');
  assert.equal((await succeed('read', id)).status, 'verified');
  const again = await refused('verify', id, code);
  assert.deepEqual(again.errors, [{ ...INVALID, description: 'The token has already been processed.' }]);
});

test('the messagebird package cannot verify with an empty field', async (t) => {
  const { succeed, refused } = await sdkFor(t);
  const { id } = await succeed('create', '31612345678', {});
  assert.deepEqual((await refused('verify', id, '')).errors, [INVALID]);
  assert.equal((await succeed('read', id)).status, 'sent');
});

test('the messagebird package reads and deletes, and finds nothing afterwards', async (t) => {
  const { succeed, refused } = await sdkFor(t);
  const made = await succeed('create', '31612345678', {});
  assert.deepEqual(await succeed('read', made.id), made);
  assert.equal(await succeed('delete', made.id), true);
  for (const name of ['read', 'delete']) {
    const error = await refused(name, made.id);
    assert.equal(error.statusCode, 404);
    assert.equal(error.message, 'api error(s): Verify object could not be found (code: 20)');
    assert.deepEqual(error.errors, [
      { code: 20, description: 'Verify object could not be found', parameter: null },
    ]);
  }
});

test('the messagebird package verifies an e-mail address and reads what became of the e-mail', async (t) => {
  const { roost, succeed, refused } = await sdkFor(t);
  const made = await succeed('createWithEmail', 'verify@example.org', 'user@example.com', {
    subject: 'Code',
  });
  assert.equal(made.recipient, 'user@example.com');
  assert.equal(made.originator, 'verify@example.org');
  // As the package's own test does it: the id is what follows the path in the link.
  const messageId = made.messages.href.split('verify/messages/email/')[1];
  assert.equal(messageId, made.messages.id);
  const message = await succeed('getVerifyEmailMessage', messageId);
  assert.equal(message.id, messageId);
  assert.ok(['queued', 'sent'].includes(message.status));
  const code = await codeOf(roost, made.id, 'live');
  assert.equal((await succeed('verify', made.id, code)).status, 'verified');
  const error = await refused('getVerifyEmailMessage', 'f'.repeat(32));
  assert.deepEqual(error.errors, [{ code: 20, description: 'Entity not found', parameter: null }]);
});

test('the messagebird package hears of every problem at once, and of a wrong key', async (t) => {
  const { refused } = await sdkFor(t);
  const error = await refused('create', 'ajf8932', { originator: 'waytoolongname', timeout: 5 });
  assert.deepEqual(
    error.errors.map(({ code, parameter }) => [code, parameter]),
    [
      [9, 'recipient'],
      [10, 'originator'],
      [10, 'timeout'],
    ],
  );
  const stranger = initClient('live_WRONGWRONGWRONGWRONGWRONG');
  const denied = await new Promise<SdkError>((resolve) => {
    stranger.verify.read?.('x', (error: SdkError) => resolve(error));
  });
  assert.equal(denied.statusCode, 401);
  assert.equal(
    denied.message,
    'api error(s): Request not allowed (incorrect access_key) (code: 2, parameter: access_key)',
  );
});

test('the messagebird package with a test key is given the code when it asks', async (t) => {
  const { succeed } = await sdkFor(t, 'testKey');
  const made = await succeed('create', '31612345678', { returnToken: true, tokenLength: 8 });
  assert.match(made.token, /^\d{8}$/);
  assert.equal((await succeed('verify', made.id, made.token)).status, 'verified');
});
