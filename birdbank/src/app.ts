import type { DatabaseSync } from 'node:sqlite';
import cookie from '@fastify/cookie';
import formBody from '@fastify/formbody';
import helmet from '@fastify/helmet';
import { type FastifyError, type FastifyInstance, fastify } from 'fastify';
import { serveAssets } from './assets.ts';
import type { Bank } from './bank.ts';
import { framed } from './frame.ts';
import { checkCode, enterCodePage, resendCode } from './pages/enter-code.ts';
import { phoneNumberPage, submitNumber } from './pages/phone-number.ts';
import { broken, notFound, unreadable } from './pages/problem.ts';
import { successPage } from './pages/success.ts';
import { createSessions } from './sessions.ts';
import { createVisits, type Send, type Visits } from './visits.ts';

export type BankDeps = Bank & {
  readonly database: DatabaseSync;
  /** Where Roost's own pages are, for people. */
  readonly roostUrl: string;
  /** Whether nothing is sent whatever Roost is set to do: the key is a test key. */
  readonly isTest: boolean;
  readonly nowMs: () => number;
  readonly randomBytes: (size: number) => Buffer;
};

const MOST_BODY_BYTES = 16_384;
const REQUEST_TIMEOUT_MS = 30_000;

/** BirdBank, ready to listen. */
export async function createBank(deps: BankDeps): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: MOST_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    trustProxy: 'loopback', // what ends TLS in front of us tells so in a header
    logger: false,
    routerOptions: { ignoreTrailingSlash: true },
  });
  app.removeAllContentTypeParsers(); // forms alone, below: a page of another site cannot send anything else unasked
  await app.register(formBody, { bodyLimit: MOST_BODY_BYTES });
  await app.register(cookie);
  await secureHeaders(app);
  const asset = await serveAssets(app);
  const send: Send = (reply, answer, session) => {
    reply.header('cache-control', 'no-store');
    if ('redirectTo' in answer) return reply.redirect(answer.redirectTo, 303);
    const isSandbox = deps.isTest || session?.pending?.sandbox === true;
    const sandboxPhone = isSandbox ? `${deps.roostUrl}/sandbox` : null;
    const page = framed(answer, { asset, sandboxPhone, nowMs: deps.nowMs() });
    return reply
      .code(answer.status ?? 200)
      .type('text/html; charset=utf-8')
      .send(String(page));
  };
  const sessions = createSessions(deps.database, deps.nowMs, deps.randomBytes);
  addPages(app, deps, createVisits(sessions, deps.nowMs, send));
  addProblemPages(app, deps, send);
  return app;
}

// #region routes
function addPages(app: FastifyInstance, bank: Bank, { look, submit }: Visits): void {
  const takeNumber = submit((visit) => submitNumber(bank, visit));
  const takeCode = submit((visit) => checkCode(bank, visit));
  const sendAgain = submit((visit) => resendCode(bank, visit));

  app.get('/', look(phoneNumberPage));
  app.post('/', takeNumber);
  app.get('/EnterCode/:id', look(enterCodePage));
  app.post('/EnterCode/:id', takeCode);
  app.post('/EnterCode/:id/resend', sendAgain);
  app.get('/success', look(successPage));
}
// #endregion

function addProblemPages(app: FastifyInstance, bank: Bank, send: Send): void {
  app.setNotFoundHandler((_request, reply) => send(reply, notFound(), null));
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 400 && status < 500) return send(reply, unreadable(status), null);
    bank.tellStaff(`${request.method} ${request.routeOptions.url ?? 'unknown'}: ${error.stack ?? error}`);
    return send(reply, broken(), null);
  });
}

// #region headers
/** Nothing is loaded from elsewhere, nothing inline runs, nobody frames us, and forms go nowhere else. */
const POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  formAction: ["'self'"],
  baseUri: ["'none'"],
  objectSrc: ["'none'"],
  frameAncestors: ["'none'"],
};
// #endregion

async function secureHeaders(app: FastifyInstance): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: POLICY },
    referrerPolicy: { policy: 'no-referrer' },
    frameguard: { action: 'deny' },
    hsts: false, // over TLS alone, below
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()');
    if (request.protocol === 'https') reply.header('strict-transport-security', 'max-age=31536000');
  });
}
