import { createPrivateKey, hash, type KeyObject } from 'node:crypto';
import type { Outbound, SendOutcome } from '../domain/message.ts';
import { languageTag, speechOf, ssmlSpeech } from '../domain/speech.ts';
import { type Call, createCaller } from './caller.ts';
import type { ProviderDeps } from './deps.ts';
import { type Answer, byStatus, handOver, plainCode, plainReference, refusedBy } from './hand-over.ts';
import { openJwt, signJwt } from './jwt.ts';
import type { CheckOutcome, Provider, ReceiptReading, ReceiptRequest } from './provider.ts';
import { at, bodyText, forged, moneyOf, parsedJson, receiptsBy, unreadable } from './reading.ts';
import { baseUrl, optional, type SettingsOf, secretLines, secretText, text } from './settings.ts';

export const vonageSettings = {
  applicationId: text(
    'the id of the application, as it stands in the dashboard',
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  ),
  privateKey: secretLines('the private key of the application (RSA), as PEM', (pem) => rsaKey(pem) !== null),
  signatureSecret: optional(secretText('the signature secret of the account, to check receipts with')),
  from: optional(
    text('the sender of every message, a number or a name; otherwise the originator of the create'),
  ),
  baseUrl: baseUrl('https://api.nexmo.com', 'where the API is'),
};

type Settings = SettingsOf<typeof vonageSettings>;

const CHECK_PATIENCE_MS = 8_000;
const TOKEN_LIFE_S = 300;

/**
 * Vonage (developer.vonage.com): texts by the Messages API, voice by the Voice API, both with a JWT of the
 * application. Receipts come to each message's own address, signed when the account has a signature secret.
 */
export function vonageProvider(id: string, settings: Settings, { nowMs, random }: ProviderDeps): Provider {
  const caller = createCaller();
  const key = rsaKey(settings.privateKey);
  if (key === null) throw new Error('the private key was read before');
  const token = tokensOf(settings.applicationId, key, nowMs, () => random.bytes(16).toString('hex'));
  const headers = () => ({
    authorization: `Bearer ${token()}`,
    accept: 'application/json',
    'content-type': 'application/json',
  });
  const post = (path: string, body: unknown): Call => ({
    ...{ method: 'POST', url: settings.baseUrl + path, headers: headers(), body: JSON.stringify(body) },
  });
  return {
    id,
    channels: ['sms', 'tts'],
    deduplicates: false,
    keepsCodes: false,
    receipts: receiptsBy((request) => readReceipt(request, settings.signatureSecret)),
    send(message, signal) {
      const from = (settings.from ?? message.originator).replace(/^\+/, '');
      const call =
        message.channel === 'tts'
          ? post('/v1/calls', callBody(message, from))
          : post('/v1/messages', textBody(message, from, nowMs()));
      return handOver({ caller, nowMs, message, signal, call, judge: (answer) => judge(answer, nowMs()) });
    },
    async check(signal): Promise<CheckOutcome> {
      const url = `${settings.baseUrl}/v1/calls?page_size=1`;
      const reply = await caller.call({ method: 'GET', url, headers: headers() }, CHECK_PATIENCE_MS, signal);
      if (reply.kind !== 'answer') return { kind: 'bad', reason: reply.reason };
      if (reply.status === 200) return { kind: 'good', note: null };
      return {
        kind: 'bad',
        reason: `Vonage answered ${reply.status}: see that the key belongs to the application`,
      };
    },
    close: caller.close,
  };
}

/** One token serves many calls: signing by RSA costs more than all else of a call. */
function tokensOf(
  applicationId: string,
  key: KeyObject,
  nowMs: () => number,
  jti: () => string,
): () => string {
  let held = { token: '', until: 0 };
  return () => {
    const nowS = Math.floor(nowMs() / 1_000);
    if (nowS >= held.until) {
      const claims = { application_id: applicationId, iat: nowS, exp: nowS + TOKEN_LIFE_S, jti: jti() };
      held = { token: signJwt(claims, key), until: nowS + TOKEN_LIFE_S / 2 };
    }
    return held.token;
  };
}

/** The shortest and the longest validity that the Messages API takes, in seconds. */
const LEAST_TTL_S = 20;
const MOST_TTL_S = 604_800;
const ENCODINGS = { plain: 'text', unicode: 'unicode', auto: 'auto' } as const;

function textBody(message: Outbound, from: string, nowMs: number) {
  const leftS = Math.floor((message.expiresAtMs - nowMs) / 1_000);
  return {
    message_type: 'text',
    channel: 'sms',
    to: message.to.replace(/^\+/, ''),
    from,
    text: message.text,
    client_ref: message.messageId,
    sms: { encoding_type: ENCODINGS[message.wording.datacoding] },
    ...(leftS < LEAST_TTL_S ? {} : { ttl: Math.min(MOST_TTL_S, leftS) }),
    ...(message.receiptUrl === null ? {} : { webhook_url: message.receiptUrl, webhook_version: 'v1' }),
  };
}

/** Chinese as Vonage names it. */
const LANGUAGES: { readonly [language: string]: string } = { 'zh-cn': 'cmn-CN', 'zh-hk': 'yue-CN' };

function callBody(message: Outbound, from: string) {
  const speech = speechOf(message);
  const language = LANGUAGES[speech.language] ?? languageTag(speech.language);
  // A call comes from a number. With a name for a sender, one of the account's is taken.
  const caller = /^\d+$/.test(from)
    ? { from: { type: 'phone', number: from } }
    : { random_from_number: true };
  return {
    to: [{ type: 'phone', number: message.to.replace(/^\+/, '') }],
    ...caller,
    ncco: [{ action: 'talk', text: ssmlSpeech(speech), language }],
    // A code left in a mailbox is there for whoever gets into it.
    machine_detection: 'hangup',
    ...(message.receiptUrl === null ? {} : { event_url: [message.receiptUrl], event_method: 'POST' }),
  };
}

function judge(answer: Answer, nowMs: number): SendOutcome | null {
  const body = parsedJson(answer.body);
  if (answer.status >= 200 && answer.status < 300) {
    const reference = plainReference(at(body, 'message_uuid') ?? at(body, 'uuid'));
    return reference === null ? null : { kind: 'accepted', reference };
  }
  if (answer.status === 402) return refusedBy('402: not enough balance');
  const usual = byStatus(answer, nowMs);
  const code = errorCode(body);
  if (usual.kind !== 'refused' || code === null) return usual;
  return { kind: 'refused', reason: `${usual.reason} (error ${code})` };
}

/** What stands behind the # of a problem's type, such as 1120. */
function errorCode(body: unknown): string | null {
  const type = at(body, 'type');
  return plainCode(typeof type === 'string' ? type.slice(type.lastIndexOf('#') + 1) : null);
}

const PROGRESS = ['submitted', 'started', 'ringing', 'human', 'record', 'transfer'];
const DELIVERED = ['delivered', 'read', 'answered', 'completed'];
const UNDELIVERED = [
  ...['rejected', 'undeliverable', 'busy', 'cancelled', 'unanswered', 'failed', 'timeout'],
  ...['machine', 'disconnected'],
];

function readReceipt(request: ReceiptRequest, secret: string | null): ReceiptReading {
  if (secret !== null) {
    const wrong = signatureProblem(request, secret);
    if (wrong !== null) return forged(wrong);
  }
  const body = parsedJson(bodyText(request));
  const said = at(body, 'status');
  const status = typeof said === 'string' ? said : '';
  const reference = plainReference(at(body, 'message_uuid') ?? at(body, 'uuid'));
  const cost =
    moneyOf(at(body, 'usage', 'price'), at(body, 'usage', 'currency')) ?? moneyOf(at(body, 'price'), 'EUR');
  const about = { kind: 'receipt', reference, cost } as const;
  if (PROGRESS.includes(status)) return { ...about, status: 'progress', reason: null };
  if (DELIVERED.includes(status)) return { ...about, status: 'delivered', reason: null };
  if (!UNDELIVERED.includes(status)) return unreadable('it has no status that is known');
  const code = plainCode(at(body, 'error', 'title')) ?? errorCode(at(body, 'error'));
  return { ...about, status: 'undelivered', reason: code === null ? status : `${status} (error ${code})` };
}

const OLDEST_S = 300;
const LEEWAY_S = 60;

/** Judges the JWT in Authorization (developer.vonage.com, signed webhooks); null when it is right. */
function signatureProblem(request: ReceiptRequest, secret: string): string | null {
  const [, token = ''] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  const claims = openJwt(token, secret);
  if (claims === null || claims.iss !== 'Vonage') return 'its signature is missing or wrong';
  const ageS = request.nowMs / 1_000 - (typeof claims.iat === 'number' ? claims.iat : Number.NaN);
  if (!(ageS <= OLDEST_S && ageS >= -LEEWAY_S)) return 'its signature is of another time';
  return claims.payload_hash === hash('sha256', request.body, 'hex')
    ? null
    : 'it was signed for another body';
}

function rsaKey(pem: string): KeyObject | null {
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyType === 'rsa' ? key : null;
  } catch {
    return null;
  }
}
