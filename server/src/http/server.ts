import type { Socket } from 'node:net';
import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify';
import { requestIds } from '../kernel/ids.ts';
import type { Random } from '../kernel/random.ts';

const MOST_BODY_BYTES = 65_536;
const MOST_HEADER_BYTES = 16_384;
const MOST_HEADERS = 100;
const REQUEST_TIMEOUT_MS = 30_000;

/** A bare server with the bounds and headers that every door shares. */
export function createServer(random: Random): FastifyInstance {
  const app = fastify({
    bodyLimit: MOST_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    logger: false,
    requestIdHeader: false,
    genReqId: requestIds(random),
    http: { maxHeaderSize: MOST_HEADER_BYTES },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    clientErrorHandler: (_error, socket) => answerUnreadable(socket),
  });
  app.server.maxHeadersCount = MOST_HEADERS;
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('request-id', request.id);
    done();
  });
  return app;
}

/** The base of every `href` when none is configured: the address by which the client reached us. */
export function publicBase(request: FastifyRequest): string {
  const host = request.headers.host ?? '';
  return /^[\w.[\]:-]{1,260}$/.test(host) ? `http://${host}` : 'http://localhost';
}

const UNREADABLE =
  '{"errors":[{"code":21,"description":"Bad request (this is not HTTP that can be read)","parameter":null}]}';

/** What is not even HTTP gets the error shape too, since some clients read nothing else (R5). */
function answerUnreadable(socket: Socket): void {
  if (!socket.writable) return void socket.destroy();
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nConnection: close\r\n` +
      `Content-Length: ${Buffer.byteLength(UNREADABLE)}\r\n\r\n${UNREADABLE}`,
  );
}
