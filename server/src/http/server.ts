import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
} from 'fastify';
import { requestIds } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import type { Random } from '../kernel/random.ts';
import { compileSerializer } from './serializers.ts';

const MOST_BODY_BYTES = 65_536;
const MOST_HEADER_BYTES = 16_384;
const MOST_HEADERS = 100;
const REQUEST_TIMEOUT_MS = 30_000;
const LET_GO_EVERY_MS = 100;

/**
 * A bare server with the bounds and headers that every door shares. With `log-answers` each answer is a line of the
 * log: its route, never its address, which may hold a code.
 */
export function createServer(
  random: Random,
  log: Log,
  answers: 'log-answers' | 'log-failures',
): FastifyInstance {
  const app = fastify({
    bodyLimit: MOST_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: false, // what comes in on open connections while the server stops is answered like any other
    exposeHeadRoutes: false,
    logger: false,
    requestIdHeader: false,
    genReqId: requestIds(random),
    http: { maxHeaderSize: MOST_HEADER_BYTES, requireHostHeader: false },
    // The router's own refusals have another shape and come before the key is checked, so it gets no reason to.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: MOST_HEADER_BYTES },
    rewriteUrl: (request) => decodable(request.url ?? '/'),
    clientErrorHandler: (_error, socket) => answerUnreadable(socket, '400 Bad Request'),
  });
  app.setSerializerCompiler(compileSerializer);
  app.server.maxHeadersCount = MOST_HEADERS;
  app.server.on('connect', (_request, socket) => answerUnreadable(socket, '405 Method Not Allowed'));
  app.server.on('checkExpectation', ({ socket }) => answerUnreadable(socket, '417 Expectation Failed'));
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('request-id', request.id);
    if (hostsOf(request) !== 1 && !(hostsOf(request) === 0 && request.raw.httpVersion === '1.0')) {
      reply.hijack();
      return answerUnreadable(request.raw.socket, '400 Bad Request'); // RFC 9112, section 3.2
    }
    done();
  });
  app.setErrorHandler((error: FastifyError, request, reply) => answerBroken(error, request, reply, log));
  if (answers === 'log-answers') {
    app.addHook('onResponse', (request, reply, done) => {
      const route = request.routeOptions.url ?? 'unknown';
      const facts = { request: request.id, method: request.method, route, status: reply.statusCode };
      log.debug('answered', { ...facts, ms: Math.round(reply.elapsedTime * 10) / 10 });
      done();
    });
  }
  return app;
}

/** From now on every answer asks its client to go elsewhere, so that nobody is cut off when the server closes. */
export function askToLeave(server: Server): void {
  server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
    response.setHeader('connection', 'close');
  });
}

/** How often a request names its host: two names would let a proxy and us read different ones. */
function hostsOf({ raw: { rawHeaders } }: FastifyRequest): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name?.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count;
}

/** What a door did not foresee: the log is told why, the caller only that it failed, in the shape all doors share. */
function answerBroken(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Log,
): FastifyReply {
  const unavailable = error.name === 'StoreUnavailable';
  const ours = unavailable || error.statusCode === undefined || error.statusCode >= 500;
  if (ours) log.error('request.broken', { request: request.id, method: request.method }, error);
  const [status, code, description] = unavailable
    ? ([503, 100, 'Service unavailable; try again in a moment'] as const)
    : ours
      ? ([500, 99, `Something went wrong on our side; the request is ${request.id}`] as const)
      : ([error.statusCode ?? 400, 21, 'The request could not be read'] as const);
  if (unavailable) reply.header('retry-after', '1');
  reply.status(status).header('cache-control', 'no-store');
  return reply.send({ errors: [{ code, description, parameter: null }] });
}

/** Closes connections as soon as nothing is under way on them, and after `withinMs` the others too. */
export function letGo(server: Server, withinMs: number): readonly NodeJS.Timeout[] {
  return [
    setInterval(() => server.closeIdleConnections(), LET_GO_EVERY_MS),
    setTimeout(() => server.closeAllConnections(), withinMs),
  ];
}

/** The base of every `href` when none is configured: the address by which the client reached us. */
export function publicBase(request: FastifyRequest): string {
  const host = request.headers.host ?? '';
  return /^[\w.[\]:-]{1,260}$/.test(host) ? `http://${host}` : 'http://localhost';
}

const UNREADABLE =
  '{"errors":[{"code":21,"description":"Bad request (this is not HTTP that can be read)","parameter":null}]}';

/** What is not HTTP, or HTTP of a kind we do not speak, gets the error shape too: some clients read nothing else (R5). */
function answerUnreadable(socket: Duplex, status: string): void {
  if (!socket.writable) return void socket.destroy();
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nConnection: close\r\n` +
      `Content-Length: ${Buffer.byteLength(UNREADABLE)}\r\n\r\n${UNREADABLE}`,
  );
}

/** A path that cannot be decoded names nothing, but it is looked up like any other: each % stands for itself. */
function decodable(url: string): string {
  if (!url.includes('%')) return url;
  const path = url.split('?', 1)[0] ?? '';
  try {
    decodeURIComponent(path);
    return url;
  } catch {
    return path.replaceAll('%', '%25') + url.slice(path.length);
  }
}
