import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { lackedScope } from '../key-scopes.ts';
import { hasKeyInQuery } from '../refused-requests.ts';
import type { Reader, SandboxDeps } from './inbox.ts';
import { LACKS_SCOPE, NOT_SERVED, REFUSED_KEY, sendErrors } from './messages.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose access key opened a route of the sandbox that wants one. */
    reader: Reader | null;
  }
}

/** Makes the hook of routes that want an access key: it is looked at before anything else of a request is. */
export function keyed(app: FastifyInstance, deps: SandboxDeps) {
  app.decorateRequest('reader', null);
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    if (!deps.allowed(request)) return sendErrors(request, reply, 404, [NOT_SERVED]);
    // Keys do not belong in URLs: there they end up in histories and logs.
    const inUrl = hasKeyInQuery(request);
    const reader = inUrl ? null : await deps.authenticate(request.headers.authorization);
    if (reader === null) return sendErrors(request, reply, 401, [REFUSED_KEY]);
    if (lackedScope(request, reader.scopeMask) !== null)
      return sendErrors(request, reply, 401, [LACKS_SCOPE]);
    request.reader = reader;
    return undefined;
  };
}

/** @throws Error where the route has not the hook */
export function readerOf({ reader }: FastifyRequest): Reader {
  if (reader === null) throw new Error('this route lets anybody in');
  return reader;
}
