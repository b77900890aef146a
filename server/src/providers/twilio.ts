import { createHmac } from 'node:crypto';
import type { Outbound, SendOutcome } from '../domain/message.ts';
import { escapeXml, languageTag, speechOf } from '../domain/speech.ts';
import { equalSecret } from '../kernel/hmac.ts';
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
import type { CheckOutcome, Provider, ReceiptReading, ReceiptRequest } from './provider.ts';
import { at, bodyForm, forged, moneyOf, parsedJson, receiptsBy, unreadable } from './reading.ts';
import { baseUrl, optional, type SettingsOf, secretText, text } from './settings.ts';
import { pollyVoice } from './voices.ts';

export const twilioSettings = {
  accountSid: text('the Account SID, AC and 32 hexadecimal digits', /^AC[0-9a-f]{32}$/i),
  authToken: secretText('the Auth Token of the account; receipts are checked with it', /^\S{16,200}$/),
  apiKeySid: optional(
    text('an API key to send with in place of the Auth Token, SK and 32 digits', /^SK[0-9a-f]{32}$/i),
  ),
  apiKeySecret: optional(secretText('the secret of the API key')),
  from: optional(
    text(
      'the sender of every message: a number, a short code or a name; otherwise the originator of the create',
    ),
  ),
  messagingServiceSid: optional(
    text('a Messaging Service that chooses the sender of texts, MG and 32 digits', /^MG[0-9a-f]{32}$/i),
  ),
  baseUrl: baseUrl('https://api.twilio.com', 'where the API is'),
};

type Settings = SettingsOf<typeof twilioSettings>;

const CHECK_PATIENCE_MS = 8_000;

/**
 * Twilio (twilio.com/docs): texts by Messages, voice by Calls with the words as TwiML. Receipts are status callbacks,
 * signed with the Auth Token.
 */
export function twilioProvider(id: string, settings: Settings, { nowMs }: ProviderDeps): Provider {
  const caller = createCaller();
  const account = `${settings.baseUrl}/2010-04-01/Accounts/${settings.accountSid}`;
  const user = settings.apiKeySid ?? settings.accountSid;
  const password = settings.apiKeySecret ?? settings.authToken;
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const post = (resource: string, form: URLSearchParams): Call => ({
    method: 'POST',
    url: `${account}/${resource}.json`,
    headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  });
  return {
    id,
    channels: ['sms', 'tts'],
    deduplicates: false,
    keepsCodes: false,
    receipts: receiptsBy((request) => readReceipt(request, settings.authToken)),
    send(message, signal) {
      const call =
        message.channel === 'tts'
          ? post('Calls', callForm(message, settings))
          : post('Messages', textForm(message, settings, nowMs()));
      return handOver({ caller, nowMs, message, signal, call, judge: (answer) => judge(answer, nowMs()) });
    },
    async check(signal): Promise<CheckOutcome> {
      const call: Call = { method: 'GET', url: `${account}/Balance.json`, headers: { authorization } };
      const reply = await caller.call(call, CHECK_PATIENCE_MS, signal);
      if (reply.kind !== 'answer') return { kind: 'bad', reason: reply.reason };
      const body = parsedJson(reply.body);
      if (reply.status !== 200)
        return { kind: 'bad', reason: `Twilio answered ${whatItSays(body, reply.status)}` };
      const [balance, currency] = [plainCode(at(body, 'balance')), plainCode(at(body, 'currency'))];
      return { kind: 'good', note: balance === null ? null : `balance ${balance} ${currency ?? ''}`.trim() };
    },
    close: caller.close,
  };
}

const LONGEST_VALIDITY_S = 36_000;

function textForm(message: Outbound, settings: Settings, nowMs: number): URLSearchParams {
  const form = new URLSearchParams({ To: message.to, Body: message.text });
  if (settings.messagingServiceSid !== null) form.set('MessagingServiceSid', settings.messagingServiceSid);
  if (settings.messagingServiceSid === null || settings.from !== null) {
    form.set('From', settings.from ?? message.originator);
  }
  // How long it may wait in Twilio's queue: a code of no use is not sent.
  const leftS = Math.floor((message.expiresAtMs - nowMs) / 1_000);
  form.set('ValidityPeriod', String(Math.min(LONGEST_VALIDITY_S, Math.max(1, leftS))));
  if (message.receiptUrl !== null) form.set('StatusCallback', message.receiptUrl);
  return form;
}

function callForm(message: Outbound, settings: Settings): URLSearchParams {
  const form = new URLSearchParams({
    To: message.to,
    From: settings.from ?? message.originator,
    Twiml: twiml(message),
  });
  if (message.receiptUrl !== null) {
    form.set('StatusCallback', message.receiptUrl);
    form.set('StatusCallbackMethod', 'POST');
  }
  return form;
}

function twiml(message: Outbound): string {
  const { language, voice, utterances } = speechOf(message);
  const named = pollyVoice(language, voice);
  // Where no voice is named Twilio takes its own for the language.
  const how = named === null ? `language="${languageTag(language)}"` : `voice="Polly.${named}"`;
  const verbs = utterances.map((each) =>
    each.kind === 'say'
      ? `<Say ${how}>${escapeXml(each.text)}</Say>`
      : `<Pause length="${Math.ceil(each.ms / 1_000)}"/>`,
  );
  return `<Response>${verbs.join('')}</Response>`;
}

/** Codes that mean "later" (twilio.com/docs/api/errors); Twilio answers 400 with some of them. */
const BUSY = ['20429', '14107', '21611', '30001'];
const MEANINGS: ReadonlyMap<string, string> = new Map([
  ['20003', 'it does not take the credentials'],
  ['21211', 'the number is not valid'],
  ['21212', 'the sender is not valid'],
  ['21408', 'the account may not send to this country'],
  ['21606', 'the sender is not one of the account'],
  ['21608', 'a trial account sends to verified numbers only'],
  ['21610', 'the recipient has opted out'],
  ['21612', 'there is no way from this sender to this number'],
  ['21614', 'the number is not a mobile number'],
  ['21659', 'the sender is not one of the account'],
]);

function judge(answer: Answer, nowMs: number): SendOutcome | null {
  const body = parsedJson(answer.body);
  if (answer.status === 200 || answer.status === 201) {
    const reference = plainReference(at(body, 'sid'));
    if (reference === null) return null;
    if (at(body, 'status') === 'failed') return refusedBy(plainCode(at(body, 'error_code')) ?? 'no reason');
    const cost = moneyOf(at(body, 'price'), at(body, 'price_unit'));
    return { kind: 'accepted', reference, ...(cost === null ? {} : { cost }) };
  }
  const code = plainCode(at(body, 'code'));
  if (code !== null && BUSY.includes(code)) return busyBy(answer, nowMs);
  const usual = byStatus(answer, nowMs);
  return usual.kind === 'refused' && code !== null ? refusedBy(whatItSays(body, answer.status)) : usual;
}

function whatItSays(body: unknown, status: number): string {
  const code = plainCode(at(body, 'code'));
  if (code === null) return String(status);
  const meaning = MEANINGS.get(code);
  return meaning === undefined ? `error ${code}` : `error ${code}: ${meaning}`;
}

const PROGRESS = [
  ...['accepted', 'scheduled', 'queued', 'sending', 'sent'],
  ...['initiated', 'ringing', 'in-progress', 'answered'],
];
const DELIVERED = ['delivered', 'read', 'completed'];
const UNDELIVERED = ['undelivered', 'failed', 'canceled', 'busy', 'no-answer'];

function readReceipt(request: ReceiptRequest, authToken: string): ReceiptReading {
  const form = bodyForm(request);
  if (!isSigned(request, form, authToken)) return forged('its X-Twilio-Signature is missing or wrong');
  const status = form.get('MessageStatus') ?? form.get('CallStatus') ?? '';
  const reference = plainReference(form.get('MessageSid') ?? form.get('CallSid'));
  const about = { kind: 'receipt', reference, cost: null } as const;
  if (PROGRESS.includes(status)) return { ...about, status: 'progress', reason: null };
  if (DELIVERED.includes(status)) return { ...about, status: 'delivered', reason: null };
  if (!UNDELIVERED.includes(status)) return unreadable('it has no status that is known');
  const code = plainCode(form.get('ErrorCode') ?? form.get('SipResponseCode'));
  return { ...about, status: 'undelivered', reason: code === null ? status : `${status} (error ${code})` };
}

/**
 * Whether Twilio signed it (twilio.com/docs/usage/security): HMAC-SHA-1 over the address and the sorted parameters.
 * Twilio leaves the port of the address out or in, so both are tried.
 */
function isSigned(request: ReceiptRequest, form: URLSearchParams, authToken: string): boolean {
  const given = Buffer.from(request.headers['x-twilio-signature'] ?? '', 'base64');
  if (given.length !== 20) return false;
  const names = [...new Set(form.keys())].sort();
  const fields = names.map((name) =>
    [...new Set(form.getAll(name))]
      .sort()
      .map((value) => name + value)
      .join(''),
  );
  return addresses(request.url).some((address) =>
    equalSecret(
      createHmac('sha1', authToken)
        .update(address + fields.join(''))
        .digest(),
      given,
    ),
  );
}

function addresses(url: string): string[] {
  if (!URL.canParse(url)) return [];
  const { protocol, hostname, port } = new URL(url);
  const rest = url.replace(/^https?:\/\/[^/?#]+/, '');
  const explicit = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
  return [url, `${protocol}//${hostname}:${explicit}${rest}`, `${protocol}//${hostname}${rest}`];
}
