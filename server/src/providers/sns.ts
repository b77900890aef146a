import { type KeyObject, verify, X509Certificate } from 'node:crypto';
import type { Caller } from './caller.ts';
import { plainCode, plainReference } from './hand-over.ts';
import type { CollectedReading, CollectedReceipt, CollectedReceipts, ReceiptReading } from './provider.ts';
import { at, bodyText, moneyOf, parsedJson } from './reading.ts';

type Fields = Readonly<Record<string, string>>;

const PATIENCE_MS = 4_000;
const OLDEST_MS = 3_600_000;
const LEEWAY_MS = 300_000;
const MOST_CERTIFICATES = 8;
/** The longest message of SNS, and room for what it is wrapped in. */
const MOST_BYTES = 600_000;

/**
 * Events of AWS End User Messaging by way of an SNS topic (docs.aws.amazon.com/sns, "Verifying the signatures of
 * messages"). Only what that topic signed is taken, with a certificate that lies at SNS itself; its
 * request to confirm the subscription is granted.
 */
export function snsReceipts(topicArn: string, snsUrl: string, caller: Caller): CollectedReceipts {
  const keys = new Map<string, Promise<KeyObject | null>>();
  const ask = async (url: string): Promise<string | null> => {
    const call = { method: 'GET', url, headers: {} } as const;
    const reply = await caller.call(call, PATIENCE_MS, new AbortController().signal);
    return reply.kind === 'answer' && reply.status === 200 ? reply.body : null;
  };
  const keyAt = async (url: string): Promise<KeyObject | null> => {
    if (!isCertificate(url, snsUrl)) return null;
    const known = keys.get(url) ?? ask(url).then(keyOf);
    if (keys.size >= MOST_CERTIFICATES) keys.clear();
    keys.set(url, known);
    const key = await known;
    if (key === null) keys.delete(url);
    return key;
  };
  return {
    greet: () => null,
    async read(request) {
      const isLong = request.body.byteLength > MOST_BYTES;
      const fields = isLong ? null : fieldsOf(parsedJson(bodyText(request)));
      if (fields === null) return { kind: 'unreadable', reason: 'it is no message of SNS' };
      if (fields.TopicArn !== topicArn) return forged('it comes from another topic');
      const ageMs = request.nowMs - Date.parse(fields.Timestamp ?? '');
      if (!(ageMs <= OLDEST_MS && ageMs >= -LEEWAY_MS)) return forged('it is of another time');
      const key = await keyAt(fields.SigningCertURL ?? '');
      if (key === null) return forged('its certificate is not one of SNS, or cannot be had');
      if (!isSigned(fields, key)) return forged('its signature is wrong');
      if (fields.Type === 'Notification')
        return { kind: 'receipts', receipts: receiptsIn(fields.Message ?? '') };
      return confirm(fields, snsUrl, ask);
    },
  };
}

const forged = (reason: string): CollectedReading => ({ kind: 'forged', reason });

/** Whoever can name the certificate can sign: it is taken from SNS alone, and only under the name that SNS gives it. */
const isCertificate = (url: string, snsUrl: string): boolean =>
  url.startsWith(`${snsUrl}/SimpleNotificationService-`) &&
  /^[0-9a-f]{16,64}\.pem$/.test(url.slice(`${snsUrl}/SimpleNotificationService-`.length));

function keyOf(pem: string | null): KeyObject | null {
  try {
    return pem === null ? null : new X509Certificate(pem).publicKey;
  } catch {
    return null;
  }
}

const SIGNED: Readonly<Record<string, readonly string[]>> = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: [
    'Message',
    'MessageId',
    'SubscribeURL',
    'Timestamp',
    'Token',
    'TopicArn',
    'Type',
  ],
};
const DIGESTS: Readonly<Record<string, string>> = { '1': 'sha1', '2': 'sha256' };

/** The texts of a message of a type that is read; null for anything else. */
function fieldsOf(body: unknown): Fields | null {
  const type = at(body, 'Type');
  if (typeof type !== 'string' || !Object.hasOwn(SIGNED, type)) return null;
  const names = [...(SIGNED[type] ?? []), 'Signature', 'SignatureVersion', 'SigningCertURL'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = at(body, name);
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}

function isSigned(fields: Fields, key: KeyObject): boolean {
  const digest = DIGESTS[fields.SignatureVersion ?? ''];
  if (digest === undefined) return false;
  const text = (SIGNED[fields.Type ?? ''] ?? [])
    .filter((name) => fields[name] !== undefined)
    .map((name) => `${name}\n${fields[name]}\n`)
    .join('');
  return verify(digest, Buffer.from(text), key, Buffer.from(fields.Signature ?? '', 'base64'));
}

async function confirm(
  { SubscribeURL = '' }: Fields,
  snsUrl: string,
  ask: (url: string) => Promise<string | null>,
): Promise<CollectedReading> {
  if (!SubscribeURL.startsWith(`${snsUrl}/?`)) return forged('it would be confirmed elsewhere than at SNS');
  if ((await ask(SubscribeURL)) === null) return { kind: 'unreadable', reason: 'it could not be confirmed' };
  return { kind: 'receipts', receipts: [] };
}

/** One event of a message; those of messages that others sent from the account bear no address of ours. */
function receiptsIn(message: string): CollectedReceipt[] {
  const event = parsedJson(message);
  const receiptUrl = at(event, 'context', 'receiptUrl');
  const reading = readEvent(event);
  if (typeof receiptUrl !== 'string' || receiptUrl.length > 800 || reading === null) return [];
  return [{ receiptUrl, reading }];
}

const DELIVERED = ['TEXT_DELIVERED', 'TEXT_SUCCESSFUL', 'VOICE_ANSWERED', 'VOICE_COMPLETED'];
const UNDELIVERED = [
  ...[
    'TEXT_BLOCKED',
    'TEXT_CARRIER_BLOCKED',
    'TEXT_CARRIER_UNREACHABLE',
    'TEXT_INVALID',
    'TEXT_INVALID_MESSAGE',
  ],
  ...['TEXT_PROTECT_BLOCKED', 'TEXT_SPAM', 'TEXT_TTL_EXPIRED', 'TEXT_UNKNOWN', 'TEXT_UNREACHABLE'],
  ...['VOICE_BUSY', 'VOICE_FAILED', 'VOICE_NO_ANSWER', 'VOICE_TTL_EXPIRED'],
];

function readEvent(event: unknown): Extract<ReceiptReading, { kind: 'receipt' }> | null {
  const type = at(event, 'eventType');
  if (typeof type !== 'string') return null;
  const reference = plainReference(at(event, 'messageId'));
  const cost = moneyOf(at(event, 'totalMessagePrice'), 'USD');
  const about = { kind: 'receipt', reference, cost } as const;
  if (DELIVERED.includes(type)) return { ...about, status: 'delivered', reason: null };
  if (UNDELIVERED.includes(type)) return { ...about, status: 'undelivered', reason: plainCode(type) };
  return { ...about, status: 'progress', reason: null };
}
