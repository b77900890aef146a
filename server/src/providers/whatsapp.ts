import { createHmac } from 'node:crypto';
import type { Outbound, SendOutcome } from '../domain/message.ts';
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
import type {
  CheckOutcome,
  CollectedReceipt,
  CollectedReceipts,
  Provider,
  ReceiptReading,
  ReceiptRequest,
} from './provider.ts';
import { at, bodyText, parsedJson, queryOf } from './reading.ts';
import { baseUrl, optional, type SettingsOf, secretText, text, usually } from './settings.ts';

export const whatsappSettings = {
  phoneNumberId: text('the id of the sending number, as it stands in the app', /^\d{5,20}$/),
  accessToken: secretText('a lasting access token of a system user'),
  template: text('the name of the approved authentication template', /^[a-z0-9_]{1,512}$/),
  languages: usually(
    text(
      'the languages in which the template is approved, the usual one first, such as en_US nl',
      /^[a-z]{2,3}(_[A-Z]{2})?( [a-z]{2,3}(_[A-Z]{2})?)*$/,
    ),
    'en_US',
  ),
  appSecret: optional(secretText('the app secret, to check receipts with')),
  verifyToken: optional(secretText('the verify token of the webhook, which you choose')),
  version: usually(text('the version of the Graph API', /^v\d{2}\.0$/), 'v23.0'),
  baseUrl: baseUrl('https://graph.facebook.com', 'where the API is'),
};

type Settings = SettingsOf<typeof whatsappSettings>;

const CHECK_PATIENCE_MS = 8_000;

/**
 * WhatsApp by Meta's Cloud API (developers.facebook.com/docs/whatsapp): the code in an authentication template, whose
 * words are WhatsApp's. Receipts come to one address for the whole app, signed with its secret.
 */
export function whatsappProvider(id: string, settings: Settings, { nowMs }: ProviderDeps): Provider {
  const caller = createCaller();
  const number = `${settings.baseUrl}/${settings.version}/${settings.phoneNumberId}`;
  const headers = { authorization: `Bearer ${settings.accessToken}`, 'content-type': 'application/json' };
  const languages = settings.languages.split(' ');
  return {
    id,
    // Codes that are asked for as texts reach the same numbers, so a route of texts may name it too.
    channels: ['whatsapp', 'sms'],
    deduplicates: false,
    keepsCodes: false,
    ...(settings.appSecret === null
      ? {}
      : { collected: collectedBy(settings.appSecret, settings.verifyToken) }),
    send(message, signal) {
      if (message.code === '') return Promise.resolve(NO_CODE);
      const body = JSON.stringify(templateBody(message, settings.template, languages));
      const call: Call = { method: 'POST', url: `${number}/messages`, headers, body };
      return handOver({ caller, nowMs, message, signal, call, judge: (answer) => judge(answer, nowMs()) });
    },
    async check(signal): Promise<CheckOutcome> {
      const url = `${number}?fields=verified_name,quality_rating`;
      const reply = await caller.call({ method: 'GET', url, headers }, CHECK_PATIENCE_MS, signal);
      if (reply.kind !== 'answer') return { kind: 'bad', reason: reply.reason };
      const body = parsedJson(reply.body);
      if (reply.status !== 200)
        return { kind: 'bad', reason: `WhatsApp answered ${whatItSays(body, reply.status)}` };
      const quality = plainCode(at(body, 'quality_rating'));
      return { kind: 'good', note: quality === null ? null : `quality ${quality}` };
    },
    close: caller.close,
  };
}

function templateBody(message: Outbound, name: string, languages: readonly string[]) {
  const code = [{ type: 'text', text: message.code }];
  return {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to: message.to.replace(/^\+/, ''),
    type: 'template',
    template: {
      name,
      language: { code: languageFor(message.wording.language, languages) },
      components: [
        { type: 'body', parameters: code },
        { type: 'button', sub_type: 'url', index: '0', parameters: code },
      ],
    },
    // Comes back with each receipt, and says whose it is.
    ...(message.receiptUrl === null ? {} : { biz_opaque_callback_data: message.receiptUrl }),
  };
}

/** The approved language nearest to that of the message: the same, the same but for the country, or the first. */
function languageFor(wanted: string, approved: readonly string[]): string {
  const [base = '', region = ''] = wanted.split('-');
  const exact = approved.find((one) => one === `${base}_${region.toUpperCase()}`);
  return exact ?? approved.find((one) => one.split('_')[0] === base) ?? approved[0] ?? 'en_US';
}

/** Its template has a place for a code and for nothing else; another provider may carry the text. */
const NO_CODE: SendOutcome = { kind: 'refused', reason: 'WhatsApp carries codes, not other texts' };
/** Codes that mean "later" (Cloud API, error codes). */
const BUSY = ['4', '80007', '130429', '131048', '131056', '131057', '133004'];
const MEANINGS: ReadonlyMap<string, string> = new Map([
  ['10', 'the token may not send'],
  ['190', 'it does not take the access token'],
  ['131026', 'the number is not on WhatsApp'],
  ['131030', 'the number is not among those allowed for testing'],
  ['131042', 'there is a problem with the payment'],
  ['131049', 'the recipient has had too many messages'],
  ['132000', 'the template has other parameters'],
  ['132001', 'there is no such template in this language'],
  ['132015', 'the template is paused'],
]);

function judge(answer: Answer, nowMs: number): SendOutcome | null {
  const body = parsedJson(answer.body);
  if (answer.status === 200) {
    const reference = plainReference(at(body, 'messages', 0, 'id'));
    return reference === null ? null : { kind: 'accepted', reference };
  }
  const code = plainCode(at(body, 'error', 'code'));
  if (code !== null && BUSY.includes(code)) return busyBy(answer, nowMs);
  const usual = byStatus(answer, nowMs);
  return usual.kind === 'refused' && code !== null ? refusedBy(whatItSays(body, answer.status)) : usual;
}

function whatItSays(body: unknown, status: number): string {
  const code = plainCode(at(body, 'error', 'code'));
  if (code === null) return String(status);
  const meaning = MEANINGS.get(code);
  return meaning === undefined ? `error ${code}` : `error ${code}: ${meaning}`;
}

const MOST_BYTES = 3_145_728;

function collectedBy(appSecret: string, verifyToken: string | null): CollectedReceipts {
  return {
    greet(request) {
      const query = queryOf(request);
      const given = query.get('hub.verify_token') ?? '';
      const isOurs = verifyToken !== null && equalSecret(Buffer.from(given), Buffer.from(verifyToken));
      const challenge = query.get('hub.challenge') ?? '';
      const isPlain = query.get('hub.mode') === 'subscribe' && /^\w{1,200}$/.test(challenge);
      return isOurs && isPlain ? challenge : null;
    },
    async read(request) {
      if (request.body.byteLength > MOST_BYTES)
        return { kind: 'unreadable', reason: 'it is longer than 3 MiB' };
      if (!isSigned(request, appSecret)) {
        return { kind: 'forged', reason: 'its X-Hub-Signature-256 is missing or wrong' };
      }
      return { kind: 'receipts', receipts: statusesIn(parsedJson(bodyText(request))).flatMap(receiptOf) };
    },
  };
}

function isSigned({ headers, body }: ReceiptRequest, appSecret: string): boolean {
  const [, hex = ''] = /^sha256=([0-9a-f]{64})$/.exec(headers['x-hub-signature-256'] ?? '') ?? [];
  return equalSecret(createHmac('sha256', appSecret).update(body).digest(), Buffer.from(hex, 'hex'));
}

function statusesIn(body: unknown): unknown[] {
  const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
  return list(at(body, 'entry'))
    .flatMap((entry) => list(at(entry, 'changes')))
    .flatMap((change) => list(at(change, 'value', 'statuses')));
}

/** One of the statuses; those of messages that others sent by the same number bear no address of ours. */
function receiptOf(status: unknown): CollectedReceipt[] {
  const address = at(status, 'biz_opaque_callback_data');
  const reading = readStatus(status);
  return typeof address === 'string' && address.length <= 512 && reading !== null
    ? [{ receiptUrl: address, reading }]
    : [];
}

function readStatus(status: unknown): Extract<ReceiptReading, { kind: 'receipt' }> | null {
  const about = { kind: 'receipt', reference: plainReference(at(status, 'id')), cost: null } as const;
  switch (at(status, 'status')) {
    case 'sent':
      return { ...about, status: 'progress', reason: null };
    case 'delivered':
    case 'read':
      return { ...about, status: 'delivered', reason: null };
    case 'failed': {
      const code = plainCode(at(status, 'errors', 0, 'code'));
      const meaning = code === null ? undefined : MEANINGS.get(code);
      const why = [code === null ? 'failed' : `failed (error ${code})`, meaning].filter(Boolean).join(': ');
      return { ...about, status: 'undelivered', reason: why };
    }
    default:
      return null;
  }
}
