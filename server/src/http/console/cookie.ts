import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Begun } from '../../app/operators/sessions.ts';

const DAY_SECONDS = 86_400;
const COOKIES = {
  /** The id of the session; gone when the browser is closed. */
  session: { name: 'roost_console', lifeSeconds: null },
  /** By what a browser is known in which somebody has signed in. */
  device: { name: 'roost_console_device', lifeSeconds: 30 * DAY_SECONDS },
  /** What a passkey is asked for before anybody is signed in: its answer is worth nothing in another browser. */
  door: { name: 'roost_console_door', lifeSeconds: 300 },
} as const;
export type CookieKind = keyof typeof COOKIES;

// `__Host-` needs TLS, which plain http on localhost does not have. A proxy that ends it is known by our public address.
const nameFor = (kind: CookieKind, isTls: boolean): string =>
  `${isTls ? '__Host-' : ''}${COOKIES[kind].name}`;

/** How people reach the console: what `ROOST_PUBLIC_URL` says, null where nothing does. */
export type Reached = { readonly publicUrl: string | null };

const isTls = ({ publicUrl }: Reached): boolean => publicUrl?.startsWith('https:') === true;

/** What the browser holds; null when it holds nothing. */
export function cookieOf(request: FastifyRequest, reached: Reached, kind: CookieKind): string | null {
  const name = nameFor(kind, isTls(reached));
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=');
    if (part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}

/** Has the browser hold this, or, with null, forget what it holds. */
export function setCookie(
  reply: FastifyReply,
  reached: Reached,
  kind: CookieKind,
  value: string | null,
): void {
  const isSecure = isTls(reached);
  const lifeSeconds = value === null ? 0 : COOKIES[kind].lifeSeconds;
  const life = lifeSeconds === null ? '' : `; Max-Age=${lifeSeconds}`;
  reply.header(
    'set-cookie',
    `${nameFor(kind, isSecure)}=${value ?? ''}; Path=/; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}${life}`,
  );
}

/** Has the browser hold a session that has begun, and what makes it known. */
export function hold(reply: FastifyReply, reached: Reached, { id, device }: Begun): void {
  setCookie(reply, reached, 'session', id);
  if (device !== null) setCookie(reply, reached, 'device', device);
}
