import { hash } from 'node:crypto';
import type { Outbound, SendOutcome } from '../domain/message.ts';
import { plainSpeech, speechOf } from '../domain/speech.ts';
import { type Call, type Caller, createCaller, type Reply } from './caller.ts';
import type { ProviderDeps } from './deps.ts';
import { type Answer, byStatus, handOver, plainCode, plainReference, refusedBy } from './hand-over.ts';
import { openJwt } from './jwt.ts';
import type { CheckOutcome, Provider, ReceiptReading, ReceiptRequest } from './provider.ts';
import { at, bodyForm, forged, moneyOf, parsedJson, queryOf, receiptsBy, unreadable } from './reading.ts';
import { baseUrl, optional, type SettingsOf, secretText, text } from './settings.ts';

export const messagebirdSettings = {
  accessKey: secretText('a live access key of the account', /^\S{10,200}$/),
  signingKey: optional(secretText('the signing key of the account, to check receipts with')),
  originator: optional(
    text(
      'the sender of every message: a number or up to 11 letters and digits; otherwise the originator of the create',
      /^(\+?\d{3,17}|[A-Za-z0-9 ]{1,11})$/,
      'set a number with its country code, or up to 11 letters, digits and spaces',
    ),
  ),
  baseUrl: baseUrl('https://rest.messagebird.com', 'where the API is'),
};

/** What a network says of a number; `status` stays `sent` until it has said it. */
export type Hlr = {
  readonly id: string;
  readonly status: 'sent' | 'absent' | 'active' | 'unknown' | 'failed';
  /** Mobile country and network code. */
  readonly network: number | null;
  readonly details: Readonly<Record<string, string | number | null>> | null;
};
export type Balance = { readonly payment: string; readonly type: string; readonly amount: number };
export type Told<T> =
  | { readonly kind: 'told'; readonly value: T }
  | { readonly kind: 'failed'; readonly reason: string };

/** What MessageBird can be asked besides carrying messages. */
export interface NumberLookup {
  /** Has the network asked about `number` (E.164). Costs money; the answer comes later, by `readHlr`. */
  hlr(number: string, reference: string, signal: AbortSignal): Promise<Told<Hlr>>;
  readHlr(id: string, signal: AbortSignal): Promise<Told<Hlr>>;
  balance(signal: AbortSignal): Promise<Told<Balance>>;
}
export type MessagebirdProvider = Provider & { readonly lookup: NumberLookup };

/**
 * MessageBird's classic REST API (developers.messagebird.com): SMS, flash SMS, voice messages, HLR and balance.
 * Receipts come as GET to each message's own address, signed by a JWT when the account has a signing key.
 */
export function messagebirdProvider(
  id: string,
  settings: SettingsOf<typeof messagebirdSettings>,
  { nowMs }: ProviderDeps,
): MessagebirdProvider {
  const caller = createCaller();
  const headers = {
    authorization: `AccessKey ${settings.accessKey}`,
    accept: 'application/json',
    'content-type': 'application/json',
  };
  const post = (path: string, body: unknown): Call => ({
    ...{ method: 'POST', url: settings.baseUrl + path, headers, body: JSON.stringify(body) },
  });
  const get = (path: string): Call => ({ method: 'GET', url: settings.baseUrl + path, headers });
  const lookup = lookupBy(caller, post, get);
  return {
    id,
    channels: ['sms', 'flash', 'tts'],
    deduplicates: false,
    keepsCodes: false,
    lookup,
    receipts: receiptsBy((request) => readReceipt(request, settings.signingKey), 'OK'),
    send(message, signal) {
      const originator = settings.originator ?? message.originator;
      const call =
        message.channel === 'tts'
          ? post('/voicemessages', voiceMessage(message, originator))
          : post('/messages', textMessage(message, originator, nowMs()));
      return handOver({ caller, nowMs, message, signal, call, judge: (answer) => judge(answer, nowMs()) });
    },
    async check(signal): Promise<CheckOutcome> {
      const told = await lookup.balance(signal);
      if (told.kind === 'failed') return { kind: 'bad', reason: told.reason };
      const { payment, type, amount } = told.value;
      return { kind: 'good', note: payment === 'prepaid' ? `balance ${amount} ${type}` : payment };
    },
    close: caller.close,
  };
}

function textMessage(message: Outbound, originator: string, nowMs: number) {
  const isFlash = message.channel === 'flash';
  return {
    originator: originator.replace(/^\+/, ''),
    recipients: [digits(message.to)],
    body: message.text,
    // Receipts are sent for messages with a reference only.
    reference: message.messageId,
    type: isFlash ? 'flash' : 'sms',
    mclass: isFlash ? 0 : 1,
    datacoding: message.wording.datacoding,
    // The network drops it then, rather than show a code of no use.
    validity: Math.max(1, Math.floor((message.expiresAtMs - nowMs) / 1_000)),
    ...(message.receiptUrl === null ? {} : { reportUrl: message.receiptUrl }),
  };
}

function voiceMessage(message: Outbound, originator: string) {
  return {
    // A call can show a number only.
    ...(/^\+?\d+$/.test(originator) ? { originator: originator.replace(/^\+/, '') } : {}),
    recipients: [digits(message.to)],
    body: plainSpeech(speechOf(message)),
    reference: message.messageId,
    language: message.wording.language,
    voice: message.wording.voice,
    repeat: 1,
    // A code left in a mailbox is there for whoever gets into it.
    ifMachine: 'hangup',
    ...(message.receiptUrl === null ? {} : { reportUrl: message.receiptUrl }),
  };
}

const digits = (number: string): string => number.replace(/^\+/, '');

const MEANINGS: ReadonlyMap<string, string> = new Map([
  ['2', 'the access key is not taken'],
  ['9', 'a parameter is missing'],
  ['10', 'a parameter is invalid'],
  ['20', 'not found'],
  ['21', 'bad request'],
  ['25', 'not enough balance'],
  ['101', 'duplicate entry'],
]);

function judge(answer: Answer, nowMs: number): SendOutcome | null {
  const body = parsedJson(answer.body);
  if (answer.status === 200 || answer.status === 201) {
    const reference = plainReference(at(body, 'id'));
    if (reference === null) return null;
    const first = at(body, 'recipients', 'items', 0);
    const sent = at(body, 'recipients', 'totalSentCount');
    if (at(first, 'status') === 'delivery_failed' || sent === 0) return refusedBy('no recipient taken');
    const cost = moneyOf(at(first, 'price', 'amount'), at(first, 'price', 'currency'));
    return { kind: 'accepted', reference, ...(cost === null ? {} : { cost }) };
  }
  const said = whatItSays(body);
  return said === null || answer.status >= 500 || answer.status === 429
    ? byStatus(answer, nowMs)
    : refusedBy(said);
}

/** `10: a parameter is invalid (originator)`; null when it says nothing of the kind. */
function whatItSays(body: unknown): string | null {
  const code = plainCode(at(body, 'errors', 0, 'code'));
  if (code === null) return null;
  const parameter = at(body, 'errors', 0, 'parameter');
  const about = typeof parameter === 'string' && /^\w{1,30}$/.test(parameter) ? ` (${parameter})` : '';
  return `${code}: ${MEANINGS.get(code) ?? 'an error of its own'}${about}`;
}

const PROGRESS = ['scheduled', 'sent', 'buffered', 'calling'];
const DELIVERED = ['delivered', 'answered'];
const UNDELIVERED = ['expired', 'delivery_failed', 'failed', 'busy', 'machine'];

function readReceipt(request: ReceiptRequest, signingKey: string | null): ReceiptReading {
  if (signingKey !== null) {
    const wrong = signatureProblem(request, signingKey);
    if (wrong !== null) return forged(wrong);
  }
  const query = queryOf(request);
  const given = query.has('status') ? query : bodyForm(request);
  const status = given.get('status');
  const reference = plainReference(given.get('id'));
  const cost = moneyOf(given.get('price[amount]'), given.get('price[currency]'));
  if (status !== null && PROGRESS.includes(status)) {
    return { kind: 'receipt', reference, status: 'progress', reason: null, cost };
  }
  if (status !== null && DELIVERED.includes(status)) {
    return { kind: 'receipt', reference, status: 'delivered', reason: null, cost };
  }
  if (status === null || !UNDELIVERED.includes(status)) return unreadable('it has no status that is known');
  const code = plainCode(given.get('statusErrorCode'));
  const reason = `${status.replace('_', ' ')}${code === null ? '' : ` (error ${code})`}`;
  return { kind: 'receipt', reference, status: 'undelivered', reason, cost };
}

const LEEWAY_S = 5;

/** Judges the header MessageBird-Signature-JWT; null when it is right. */
function signatureProblem(request: ReceiptRequest, signingKey: string): string | null {
  const token = request.headers['messagebird-signature-jwt'];
  if (token === undefined) return 'it has no MessageBird-Signature-JWT';
  const claims = openJwt(token, signingKey);
  if (claims === null || claims.iss !== 'MessageBird') return 'its signature is wrong';
  const nowS = request.nowMs / 1_000;
  const { nbf, exp } = claims;
  if (typeof nbf !== 'number' || typeof exp !== 'number') return 'its signature bears no time';
  if (nowS < nbf - LEEWAY_S || nowS > exp + LEEWAY_S) return 'its signature is of another time';
  if (claims.url_hash !== hash('sha256', request.url, 'hex')) return 'it was signed for another address';
  const isEmpty = request.body.byteLength === 0;
  const payload = isEmpty ? undefined : hash('sha256', request.body, 'hex');
  return claims.payload_hash === payload ? null : 'it was signed for another body';
}

const PATIENCE_MS = 8_000;
const HLR_STATES = ['sent', 'absent', 'active', 'unknown', 'failed'] as const;

function lookupBy(
  caller: Caller,
  post: (path: string, body: unknown) => Call,
  get: (path: string) => Call,
): NumberLookup {
  const ask = async <T>(call: Call, signal: AbortSignal, read: (body: unknown) => T | null) =>
    told(await caller.call(call, PATIENCE_MS, signal), read);
  return {
    hlr: (number, reference, signal) =>
      ask(post('/hlr', { msisdn: digits(number), reference }), signal, readHlr),
    readHlr: (id, signal) => ask(get(`/hlr/${encodeURIComponent(id)}`), signal, readHlr),
    balance: (signal) => ask(get('/balance'), signal, readBalance),
  };
}

function told<T>(reply: Reply, read: (body: unknown) => T | null): Told<T> {
  if (reply.kind !== 'answer') return { kind: 'failed', reason: reply.reason };
  const body = parsedJson(reply.body);
  if (reply.status >= 300) {
    const said = whatItSays(body) ?? `status ${reply.status}`;
    return { kind: 'failed', reason: `MessageBird answered ${said}` };
  }
  const value = read(body);
  if (value === null) return { kind: 'failed', reason: 'MessageBird answered with what cannot be read' };
  return { kind: 'told', value };
}

function readHlr(body: unknown): Hlr | null {
  const id = plainReference(at(body, 'id'));
  const status = HLR_STATES.find((state) => state === at(body, 'status'));
  if (id === null || status === undefined) return null;
  const network = Number(at(body, 'network') ?? Number.NaN);
  return {
    ...{ id, status, details: detailsOf(at(body, 'details')) },
    network: Number.isSafeInteger(network) && network > 0 ? network : null,
  };
}

function detailsOf(given: unknown): Hlr['details'] {
  const names = 'status_desc imsi country_iso country_name location_msc location_iso ported roaming'.split(
    ' ',
  );
  const known = names.flatMap((name) => {
    const value = at(given, name);
    return value === null || typeof value === 'string' || typeof value === 'number' ? [[name, value]] : [];
  });
  return known.length === 0 ? null : Object.fromEntries(known);
}

function readBalance(body: unknown): Balance | null {
  const [payment, type, amount] = [at(body, 'payment'), at(body, 'type'), at(body, 'amount')];
  if (payment !== 'prepaid' && payment !== 'postpaid') return null;
  if (typeof type !== 'string' || !/^\w{1,20}$/.test(type)) return null;
  return typeof amount === 'number' ? { payment, type, amount } : null;
}
