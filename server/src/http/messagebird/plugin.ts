import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../app/access/keyring.ts';
import { Replayed } from '../../app/once.ts';
import { Failure, refuse } from '../../kernel/failure.ts';
import type { Log } from '../../kernel/log.ts';
import { sendReplayed } from '../idempotency.ts';
import { lackedScope } from '../key-scopes.ts';
import { hasKeyInQuery, isCompressed } from '../refused-requests.ts';
import { plainError, type WireAnswer, wireAnswer } from './errors.ts';
import { type NumberRouteDeps, numberRoutes } from './numbers.ts';
import { unreadable } from './params.ts';
import { type TextRouteDeps, textRoutes } from './texts.ts';
import { type VerifyDeps, verifyRoutes } from './verify.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose access key the request carries. Set before the path or the body is looked at. */
    caller: Caller;
  }
}

export type MessageBirdDeps = {
  readonly verify: VerifyDeps;
  readonly texts: TextRouteDeps;
  readonly numbers: NumberRouteDeps;
  readonly authenticate: (authorization: string | undefined) => Caller | null;
  /** Answers `GET /` for a browser; null for everybody else. */
  readonly home: (request: FastifyRequest, reply: FastifyReply) => FastifyReply | null;
  readonly nowMs: () => number;
  readonly log: Log;
};

/** What other methods a path of this wire knows, for 405. */
const PATHS: readonly { readonly path: RegExp; readonly methods: string }[] = [
  { path: /^\/verify\/?$/, methods: 'POST' },
  { path: /^\/verify\/messages\/email\/[^/]+\/?$/, methods: 'GET' },
  { path: /^\/verify\/[^/]+\/?$/, methods: 'GET, POST, DELETE' },
  { path: /^\/(?:messages|voicemessages|hlr)\/?$/, methods: 'GET, POST' },
  { path: /^\/(?:messages|voicemessages|hlr)\/[^/]+\/?$/, methods: 'GET, DELETE' },
  { path: /^\/lookup\/[^/]+\/?$/, methods: 'GET' },
  { path: /^\/lookup\/[^/]+\/hlr\/?$/, methods: 'GET, POST' },
  { path: /^\/balance\/?$/, methods: 'GET' },
];

/**
 * The MessageBird dialect, at the root of the server: parsers, authentication and error shape of its own. Keys
 * are checked before anything else, so a bad key gets 401 everywhere, and whatever no other door answers is
 * answered here.
 */
export async function messagebirdPlugin(app: FastifyInstance, deps: MessageBirdDeps): Promise<void> {
  app.decorateRequest('caller', null as unknown as Caller);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  // Schemas describe this wire for people and tools; its own readers decide, since they must merge and coerce.
  app.setValidatorCompiler(() => () => true);
  app.addHook('onRequest', (request, reply, done) => {
    if (isRoot(request) && deps.home(request, reply) !== null) return;
    reply.header('cache-control', 'no-store');
    const caller = deps.authenticate(request.headers.authorization);
    if (caller === null || hasKeyInQuery(request)) return done(unauthorized());
    if (isCompressed(request)) return done(unreadable('send the body as it is, without content-encoding'));
    request.caller = caller;
    const lacked = lackedScope(request, caller.scopeMask);
    if (lacked !== null) return done(outOfScope(lacked));
    done();
  });
  app.setErrorHandler((error: FastifyError | Failure | Replayed, request, reply) => {
    if (error instanceof Replayed) return sendReplayed(reply, error.answer);
    // What is wrong with a body matters only where there is somebody to read it.
    if (request.is404 && !(error instanceof Failure)) return answerUnknown(request, reply);
    const said = answerOf(error, request, deps);
    const facts = { request: request.id, method: request.method, status: said.status };
    const why = { reason: reasonOf(error), key: request.caller?.keyId ?? null, ...guardOf(error) };
    deps.log.info('refused', { ...facts, ...why });
    return answer(reply, said);
  });
  app.setNotFoundHandler(answerUnknown);
  verifyRoutes(app, deps.verify);
  textRoutes(app, deps.texts);
  numberRoutes(app, deps.numbers);
}

/** No route has this path, or none with this method. */
function answerUnknown({ method, url }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = url.split('?', 1)[0] ?? '';
  const known = PATHS.find((candidate) => candidate.path.test(path));
  if (known === undefined) return answer(reply, plainError(404, 98, `There is no endpoint ${method} here`));
  reply.header('allow', known.methods);
  const text = `The method ${method} is not allowed here; allowed: ${known.methods}`;
  return answer(reply, plainError(405, 21, text));
}

function answerOf(error: FastifyError | Failure, request: FastifyRequest, deps: MessageBirdDeps): WireAnswer {
  if (error instanceof Failure) return wireAnswer(error, deps.nowMs());
  if (error.name === 'StoreUnavailable') {
    deps.log.error('store.unavailable', { request: request.id }, error);
    return wireAnswer(unavailable(deps.nowMs()), deps.nowMs());
  }
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return wireAnswer(unreadable('the body is larger than 65536 bytes'), deps.nowMs());
  }
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return wireAnswer(unreadable('the body could not be read'), deps.nowMs());
  }
  deps.log.error('request.broken', { request: request.id, method: request.method }, error);
  return plainError(500, 99, `Something went wrong on our side; the request is ${request.id}`);
}

/** What the log says of a refusal: its codes and the parameters they are about, no values. */
function reasonOf(error: FastifyError | Failure): string {
  if (!(error instanceof Failure)) return error.code;
  return error.problems
    .map(({ code, parameter }) => (parameter === null ? code : `${code}:${parameter}`))
    .join(' ');
}

/** Of a refusal by the guard: its rule, and the decision that says more. */
const guardOf = (error: FastifyError | Failure) =>
  error instanceof Failure && error.facts.rule !== undefined
    ? { rule: error.facts.rule, decision: error.facts.decision }
    : {};

function answer(reply: FastifyReply, { status, body, headers }: WireAnswer): FastifyReply {
  return reply.status(status).headers(headers).type('application/json').send(body);
}

const isRoot = ({ method, url }: FastifyRequest): boolean =>
  method === 'GET' && (url === '/' || url.startsWith('/?'));

const RETRY_AFTER_MS = 1_000;

/** It is not known whether the work was kept, or known that it was not; a later read tells the truth. */
const unavailable = (nowMs: number): Failure =>
  refuse('unavailable', 'Service unavailable; try again in a moment', null, {
    retryAtMs: nowMs + RETRY_AFTER_MS,
  });

/** 401, as upstream's clients can read no 403. */
const outOfScope = (scope: string): Failure =>
  refuse('out_of_scope', `Request not allowed (the access_key needs the scope ${scope})`, 'access_key');

const unauthorized = (): Failure =>
  refuse('unauthorized', 'Request not allowed (incorrect access_key)', 'access_key');
