import type { FastifyReply, FastifyRequest } from 'fastify';

const NAME = 'roost_console';

// `__Host-` needs TLS, which plain http on localhost does not have.
const nameFor = (isTls: boolean): string => (isTls ? `__Host-${NAME}` : NAME);

/** The id of the session that the browser holds; null when it holds none. */
export function sessionIdOf(request: FastifyRequest): string | null {
  const name = nameFor(request.protocol === 'https');
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=');
    if (part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}

/** Has the browser hold this session id, or, with null, forget what it holds. */
export function setSessionId(request: FastifyRequest, reply: FastifyReply, id: string | null): void {
  const isTls = request.protocol === 'https';
  const life = id === null ? '; Max-Age=0' : '';
  reply.header(
    'set-cookie',
    `${nameFor(isTls)}=${id ?? ''}; Path=/; HttpOnly; SameSite=Strict${isTls ? '; Secure' : ''}${life}`,
  );
}
