import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { deviceLabel } from './device-label.ts';
import { type Html, html } from './html.ts';
import type { Place } from './visit.ts';

const LONGEST_FIELD = 128;
const DEVICE_DAYS = 400;

// #region cookie
/** Over TLS the name binds the cookie to this very host; a browser would refuse it over plain http. */
const nameOf = ({ protocol }: FastifyRequest, name: string): string =>
  protocol === 'https' ? `__Host-${name}` : name;

function setCookie(request: FastifyRequest, reply: FastifyReply, name: string, value: string, more = {}) {
  const secure = request.protocol === 'https';
  reply.setCookie(nameOf(request, name), value, {
    ...{ path: '/', httpOnly: true, sameSite: 'lax', secure, ...more },
  });
}
// #endregion

export type CookieName = 'birdbank' | 'birdbank-customer' | 'birdbank-device';

export const cookieOf = (request: FastifyRequest, name: CookieName): string =>
  request.cookies[nameOf(request, name)] ?? '';

/** The id of a session, until the browser is closed. */
export const giveCookie = (
  request: FastifyRequest,
  reply: FastifyReply,
  name: CookieName,
  id: string,
): void => {
  setCookie(request, reply, name, id, name === 'birdbank-device' ? { maxAge: DEVICE_DAYS * 86_400 } : {});
};

export const takeCookie = (request: FastifyRequest, reply: FastifyReply, name: CookieName): void => {
  if (cookieOf(request, name) !== '') setCookie(request, reply, name, '', { maxAge: 0 });
};

/** Made from the session's id, which no page contains, so it fits one session and ends with it. */
const csrfToken = (id: string): string =>
  createHmac('sha256', id).update('birdbank csrf').digest('base64url');

export const csrfInput = (id: string): Html =>
  html`<input type="hidden" name="csrf_token" value="${csrfToken(id)}">`;

/** Whether a form holds the token of this session. */
export function hasCsrfToken(request: FastifyRequest, id: string): boolean {
  const [right, given] = [Buffer.from(csrfToken(id)), Buffer.from(fieldOf(request, 'csrf_token'))];
  return right.length === given.length && timingSafeEqual(right, given);
}

/** A field of a form, without spaces around it; at most 128 characters. */
export const fieldOf = (request: FastifyRequest, name: string): string =>
  rawField(request, name).slice(0, LONGEST_FIELD).trim();

/** A field of a form, to the letter. What is too long is for its reader to refuse. */
export function rawField({ body }: FastifyRequest, name: string): string {
  const value = (body as { [name: string]: unknown } | undefined)?.[name];
  return typeof value === 'string' ? value : '';
}

const DEVICE = /^[A-Za-z0-9_-]{43}$/;

/** From where a request came. The browser's own name for itself is kept by its keyed digest alone. */
export function placeOf(request: FastifyRequest, key: Buffer): Place {
  const cookie = cookieOf(request, 'birdbank-device');
  const device = DEVICE.test(cookie) ? deviceDigest(key, cookie) : null;
  const label = deviceLabel(request.headers['user-agent'] ?? '');
  const isForwarded = request.headers['x-forwarded-for'] !== undefined;
  const isBelieved = request.ip !== request.socket.remoteAddress;
  return { clientIp: request.ip, isOfProxy: isForwarded && !isBelieved, device, label };
}

export const deviceDigest = (key: Buffer, cookie: string): Buffer =>
  createHmac('sha256', key).update(`device ${cookie}`).digest();

/** Runs the works of one name one after another, those of different names side by side. */
export function createQueues() {
  const last = new Map<string, Promise<unknown>>();
  return async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const mine = (last.get(name) ?? Promise.resolve()).then(work, work);
    last.set(name, mine);
    try {
      return await mine;
    } finally {
      if (last.get(name) === mine) last.delete(name);
    }
  };
}
