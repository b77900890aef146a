import { RoostError } from './errors.ts';

/** What Roost tells your server: something happened to a verification, a message, a challenge or a factor. */
export type WebhookEvent = {
  /** The `webhook-id`: the same at every try, so remember it to act on an event once. */
  readonly id: string;
  /** Such as `verification.verified`. */
  readonly type: string;
  readonly mode: 'live' | 'test';
  /** Counts what happened to one thing, from 1: what comes late is known by it. */
  readonly sequence: number;
  readonly happenedAt: Date;
  /** What it happened to, by its name: `verification`, `message`, `challenge`, `factor` or `webhook`. */
  readonly data: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

/** A request as your framework has it. */
export type WebhookRequest = {
  /** The body to the byte as it came: parsed and written again it would be another. */
  readonly body: string;
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
};

export type WebhookOptions = {
  /** `whsec_…`: the secret of the webhook. While you change it, the old and the new one. */
  readonly secret: string | readonly string[];
  /** How old or how early a webhook may be, in milliseconds; 300000 unless given. It keeps old ones from being sent again. */
  readonly toleranceMs?: number;
  readonly now?: () => number;
};

const PREFIX = 'whsec_';

/**
 * Makes sure that a webhook is Roost's and fresh, and reads it (Standard Webhooks). Answer 2xx once you have kept it:
 * otherwise it comes again.
 * @throws RoostError `refused` when it is not to be trusted: answer 400 and do nothing
 */
export async function verifyWebhook(request: WebhookRequest, options: WebhookOptions): Promise<WebhookEvent> {
  const { toleranceMs = 300_000, now = Date.now } = options;
  const id = header(request, 'webhook-id');
  const timestamp = header(request, 'webhook-timestamp');
  const signatures = header(request, 'webhook-signature').split(' ');
  const sentAtMs = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) * 1000 : Number.NaN;
  if (!(Math.abs(now() - sentAtMs) <= toleranceMs)) throw distrust('it is too old, or of the future');
  const secrets = typeof options.secret === 'string' ? [options.secret] : options.secret;
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${request.body}`);
  if (!(await isSignedBy(secrets, signatures, signed))) throw distrust('its signature is not of this secret');
  return readEvent(id, request.body);
}

async function isSignedBy(
  secrets: readonly string[],
  signatures: readonly string[],
  signed: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  for (const secret of secrets) {
    const key = await keyOf(secret);
    for (const signature of signatures) {
      const bytes = signature.startsWith('v1,') ? bytesOf(signature.slice(3)) : null;
      if (bytes !== null && (await crypto.subtle.verify('HMAC', key, bytes, signed))) return true;
    }
  }
  return false;
}

function keyOf(secret: string) {
  const bytes = secret.startsWith(PREFIX) ? bytesOf(secret.slice(PREFIX.length)) : null;
  if (bytes === null || bytes.length < 24) throw new TypeError('a webhook secret is whsec_ and base64');
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

function header({ headers }: WebhookRequest, name: string): string {
  const value = headers instanceof Headers ? headers.get(name) : oneOf(headers, name);
  if (typeof value !== 'string' || value === '') throw distrust(`it has no ${name}, or several`);
  return value;
}

/** Frameworks write the names of headers in small letters or as they came. */
function oneOf(headers: Exclude<WebhookRequest['headers'], Headers>, name: string): unknown {
  return Object.entries(headers).find(([each]) => each.toLowerCase() === name)?.[1];
}

function readEvent(id: string, body: string): WebhookEvent {
  const { type, mode, sequence, timestamp, data } = objectIn(body);
  if (typeof type !== 'string' || typeof data !== 'object' || data === null)
    throw distrust('it tells no event');
  return {
    ...{ id, type, mode: mode === 'live' ? 'live' : 'test', sequence: Number(sequence) },
    happenedAt: new Date(String(timestamp)),
    data: data as WebhookEvent['data'],
  };
}

function objectIn(body: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(body)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

const distrust = (why: string): RoostError =>
  new RoostError('refused', `this webhook is not to be trusted: ${why}`);
