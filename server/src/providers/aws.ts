import type { Outbound, SendOutcome } from '../domain/message.ts';
import { speechOf, ssmlSpeech } from '../domain/speech.ts';
import { type Call, createCaller } from './caller.ts';
import type { ProviderDeps } from './deps.ts';
import {
  type Answer,
  busyBy,
  byStatus,
  handOver,
  plainCode,
  plainReference,
  refusedBy,
} from './hand-over.ts';
import type { CheckOutcome, Provider } from './provider.ts';
import { at, parsedJson } from './reading.ts';
import {
  baseUrl,
  choice,
  choices,
  optional,
  type SettingsOf,
  secretText,
  text,
  usually,
} from './settings.ts';
import { type AwsCredentials, signAws } from './sigv4.ts';
import { snsReceipts } from './sns.ts';
import { pollyVoice } from './voices.ts';

export const awsSettings = {
  region: text('the region, such as eu-west-1', /^[a-z]{2}(-[a-z]+)+-\d$/, 'set a region, such as eu-west-1'),
  accessKeyId: text('the access key id of a user that may send', /^[A-Z0-9]{16,128}$/),
  secretAccessKey: secretText('the secret access key'),
  sessionToken: optional(secretText('the session token, where the credentials are temporary')),
  originationIdentity: optional(
    text('the sender: a phone number, sender id, pool, or the ARN of one; voice needs a number'),
  ),
  configurationSet: optional(
    text('a configuration set, for events and spending', /^[A-Za-z0-9_:/-]{1,256}$/),
  ),
  messageType: usually(
    choice('what texts are: TRANSACTIONAL or PROMOTIONAL', ['TRANSACTIONAL', 'PROMOTIONAL']),
    'TRANSACTIONAL',
  ),
  channels: optional(
    choices('what it carries; sms, and with an originationIdentity tts, unless given', ['sms', 'tts']),
  ),
  topicArn: optional(
    text(
      'the SNS topic that events go to, which sends them on to Roost: an ARN',
      /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/,
    ),
  ),
  snsEndpoint: optional(baseUrl('https://sns.eu-west-1.amazonaws.com', 'where SNS is, if not the region’s')),
  endpoint: optional(
    baseUrl('https://sms-voice.eu-west-1.amazonaws.com', 'where the API is, if not the region’s'),
  ),
};

type Settings = SettingsOf<typeof awsSettings>;

const TARGET = 'PinpointSMSVoiceV2';
const CHECK_PATIENCE_MS = 8_000;
/** The shortest and the longest life of a message that the API takes, in seconds. */
const LEAST_TTL_S = 5;
const MOST_TTL_S = 259_200;

/**
 * AWS End User Messaging, SMS and voice v2 (docs.aws.amazon.com/sms-voice): SendTextMessage and SendVoiceMessage,
 * signed by Signature Version 4. What becomes of a message AWS tells to its own services; by way of an SNS topic it
 * comes back here.
 */
export function awsProvider(id: string, settings: Settings, { nowMs }: ProviderDeps): Provider {
  const caller = createCaller();
  const { region, accessKeyId, secretAccessKey, sessionToken } = settings;
  const credentials: AwsCredentials = { accessKeyId, secretAccessKey, sessionToken };
  const url = `${settings.endpoint ?? `https://sms-voice.${region}.amazonaws.com`}/`;
  const snsUrl = settings.snsEndpoint ?? `https://sns.${region}.amazonaws.com`;
  const callOf = (action: string, input: unknown): Call => {
    const body = JSON.stringify(input);
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `${TARGET}.${action}` };
    const request = { method: 'POST' as const, url, headers, body };
    return { ...request, headers: signAws(request, credentials, { region, service: 'sms-voice' }, nowMs()) };
  };
  const judgeNow = (answer: Answer) => judge(answer, nowMs());
  return {
    id,
    channels: settings.channels ?? (settings.originationIdentity === null ? ['sms'] : ['sms', 'tts']),
    deduplicates: false,
    keepsCodes: false,
    ...(settings.topicArn === null ? {} : { collected: snsReceipts(settings.topicArn, snsUrl, caller) }),
    async send(message, signal): Promise<SendOutcome> {
      if (message.channel !== 'tts') {
        const call = callOf('SendTextMessage', textInput(message, settings, nowMs()));
        return handOver({ caller, nowMs, message, signal, call, judge: judgeNow });
      }
      const voice = pollyVoice(message.wording.language, message.wording.voice);
      if (voice === null) return refusedBy('no voice for the language');
      const call = callOf('SendVoiceMessage', voiceInput(message, voice, settings, nowMs()));
      return handOver({ caller, nowMs, message, signal, call, judge: judgeNow });
    },
    async check(signal): Promise<CheckOutcome> {
      const reply = await caller.call(callOf('DescribeAccountAttributes', {}), CHECK_PATIENCE_MS, signal);
      if (reply.kind !== 'answer') return { kind: 'bad', reason: reply.reason };
      const body = parsedJson(reply.body);
      if (reply.status !== 200) {
        return { kind: 'bad', reason: `AWS answered ${errorName(body) ?? reply.status}` };
      }
      const tier = plainCode(at(body, 'AccountAttributes', 0, 'Value'));
      return { kind: 'good', note: tier === null ? null : `account tier ${tier}` };
    },
    close: caller.close,
  };
}

const common = (message: Outbound, settings: Settings, nowMs: number) => ({
  DestinationPhoneNumber: message.to,
  TimeToLive: Math.min(MOST_TTL_S, Math.max(LEAST_TTL_S, Math.floor((message.expiresAtMs - nowMs) / 1_000))),
  ...(settings.originationIdentity === null ? {} : { OriginationIdentity: settings.originationIdentity }),
  // Comes back with each event, and says whose it is.
  ...(message.receiptUrl === null ? {} : { Context: { receiptUrl: message.receiptUrl } }),
  ...(settings.configurationSet === null ? {} : { ConfigurationSetName: settings.configurationSet }),
});

const textInput = (message: Outbound, settings: Settings, nowMs: number) => ({
  ...common(message, settings, nowMs),
  MessageBody: message.text,
  MessageType: settings.messageType,
});

const voiceInput = (message: Outbound, voice: string, settings: Settings, nowMs: number) => ({
  ...common(message, settings, nowMs),
  MessageBody: ssmlSpeech(speechOf(message)),
  MessageBodyTextType: 'SSML',
  VoiceId: voice.toUpperCase(),
});

const BUSY = ['ThrottlingException', 'Throttling', 'TooManyRequestsException', 'RequestLimitExceeded'];

function judge(answer: Answer, nowMs: number): SendOutcome | null {
  const body = parsedJson(answer.body);
  if (answer.status === 200) {
    const reference = plainReference(at(body, 'MessageId'));
    return reference === null ? null : { kind: 'accepted', reference };
  }
  const name = errorName(body);
  if (name !== null && BUSY.includes(name)) return busyBy(answer, nowMs);
  const usual = byStatus(answer, nowMs);
  if (usual.kind !== 'refused' || name === null) return usual;
  const reason = plainCode(at(body, 'Reason'));
  return refusedBy(reason === null ? name : `${name} (${reason})`);
}

/** `com.amazonaws.pinpointsmsvoicev2#ThrottlingException` is ThrottlingException. */
function errorName(body: unknown): string | null {
  const type = at(body, '__type');
  return plainCode(typeof type === 'string' ? type.slice(type.lastIndexOf('#') + 1) : null);
}
