import type { FastifyReply, FastifyRequest } from 'fastify';

const NAME = 'roost_console';

// `__Host-` needs TLS, which plain http on localhost does not have. A proxy that ends it is known by our public address.
const nameFor = (isTls: boolean): string => (isTls ? `__Host-${NAME}` : NAME);

/** How people reach the console: what `ROOST_PUBLIC_URL` says, null where nothing does. */
export type Reached = { readonly publicUrl: string | null };

const isTls = ({ publicUrl }: Reached): boolean => publicUrl?.startsWith('https:') === true;

/** The id of the session that the browser holds; null when it holds none. */
export function sessionIdOf(request: FastifyRequest, reached: Reached): string | null {
  const name = nameFor(isTls(reached));
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=');
    if (part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}

/** Has the browser hold this session id, or, with null, forget what it holds. */
export function setSessionId(reply: FastifyReply, reached: Reached, id: string | null): void {
  const isSecure = isTls(reached);
  const life = id === null ? '; Max-Age=0' : '';
  reply.header(
    'set-cookie',
    `${nameFor(isSecure)}=${id ?? ''}; Path=/; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}${life}`,
  );
}
