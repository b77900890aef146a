import assert from 'node:assert/strict';
import { test } from 'node:test';
import { providerContract } from '../../test/providers/contract.ts';
import { type Spoken, startGateway, type Taken } from '../../test/providers/gateway.ts';
import {
  CODE,
  configured,
  NOW_MS,
  NUMBER,
  never,
  outbound,
  problemsOf,
  RECEIPT_URL,
} from '../../test/providers/samples.ts';
import { signAws } from './sigv4.ts';

const ACCESS_KEY_ID = 'AKIAIOSFODNN7EXAMPLE';
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const ID = '2bd51e14-a0a5-4e9a-9e5f-0f9b1d2c3a4b';
const SETTINGS = { region: 'eu-west-1', accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET };

const error = (status: number, name: string, more: object = {}): Spoken => ({
  status,
  body: { __type: `com.amazonaws.pinpointsmsvoicev2#${name}`, ...more },
});

/** AWS, as docs.aws.amazon.com/sms-voice describes it: it signs the request anew and compares. */
function vendor(taken: Taken): Spoken {
  const { host = '', authorization } = taken.headers;
  const credentials = { accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET, sessionToken: null };
  const headers = {
    'content-type': taken.headers['content-type'] ?? '',
    'x-amz-target': taken.headers['x-amz-target'] ?? '',
  };
  const request = { method: 'POST', url: `http://${host}${taken.path}`, headers, body: taken.body };
  const right = signAws(request, credentials, { region: 'eu-west-1', service: 'sms-voice' }, NOW_MS);
  if (authorization !== right.authorization) return error(400, 'InvalidSignatureException');
  assert.equal(taken.headers['content-type'], 'application/x-amz-json-1.0');
  const { Context, ...body } = JSON.parse(taken.body);
  assert.ok(Context === undefined || Context.receiptUrl === RECEIPT_URL);
  switch (headers['x-amz-target']) {
    case 'PinpointSMSVoiceV2.DescribeAccountAttributes':
      return { status: 200, body: { AccountAttributes: [{ Name: 'ACCOUNT_TIER', Value: 'PRODUCTION' }] } };
    case 'PinpointSMSVoiceV2.SendTextMessage':
      assert.deepEqual(body, {
        ...{ DestinationPhoneNumber: NUMBER, MessageBody: `Your code is ${CODE}`, TimeToLive: 300 },
        ...{ MessageType: 'TRANSACTIONAL', OriginationIdentity: '+3197010253731' },
      });
      return { status: 200, body: { MessageId: ID } };
    case 'PinpointSMSVoiceV2.SendVoiceMessage':
      assert.equal(body.VoiceId, 'AMY');
      assert.equal(body.MessageBodyTextType, 'SSML');
      assert.match(body.MessageBody, /^<speak .*4, 8, 1, 5, 2, 0.*<\/speak>$/);
      return { status: 200, body: { MessageId: ID } };
    default:
      assert.fail(`no such action ${headers['x-amz-target']}`);
  }
}

providerContract({
  name: 'aws',
  channels: ['sms', 'tts'],
  make: (endpoint, credentials, deps) =>
    configured(
      'aws',
      {
        ...{ ...SETTINGS, endpoint, originationIdentity: '+3197010253731' },
        secretAccessKey: credentials === 'good' ? SECRET : 'wrong/wrong/wrong/wrong',
      },
      deps,
    ),
  vendor,
  reference: ID,
  refusal: (said) =>
    error(400, 'ConflictException', { Message: said, Reason: 'DESTINATION_PHONE_NUMBER_OPTED_OUT' }),
  busy: error(400, 'ThrottlingException'),
  hasCheck: true,
  secrets: [SECRET],
});

test('aws: a refusal names the error and its reason', async (t) => {
  const gateway = await startGateway(t, () =>
    error(402, 'ServiceQuotaExceededException', { Reason: 'MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT' }),
  );
  const provider = configured('aws', { ...SETTINGS, endpoint: gateway.url });
  t.after(() => provider.close?.(never()));
  assert.deepEqual(await provider.send(outbound('sms'), never()), {
    kind: 'refused',
    reason:
      'the gateway refused it with ServiceQuotaExceededException (MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT)',
  });
});

test('aws: without a sender it carries texts alone, and a language without a voice is refused unsent', async (t) => {
  const gateway = await startGateway(t, vendor);
  const plain = configured('aws', { ...SETTINGS, endpoint: gateway.url });
  t.after(() => plain.close?.(never()));
  assert.deepEqual(plain.channels, ['sms']);
  const speaking = configured('aws', {
    ...SETTINGS,
    endpoint: gateway.url,
    originationIdentity: '+31612345678',
  });
  t.after(() => speaking.close?.(never()));
  const wording = { ...outbound('tts').wording, language: 'el-gr' };
  assert.equal((await speaking.send(outbound('tts', { wording }), never())).kind, 'refused');
  assert.equal(gateway.taken.length, 0);
});

test('aws: a wrong configuration is told without its secrets', () => {
  const problems = problemsOf('aws', {
    region: 'Ireland',
    accessKeyId: 'x',
    secretAccessKey: ' padded secret ',
  });
  assert.deepEqual(problems, [
    'providers.gw.region: set a region, such as eu-west-1',
    'providers.gw.accessKeyId: set the access key id of a user that may send',
    'providers.gw.secretAccessKey: set the secret access key',
  ]);
});
