import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../app/access/keyring.ts';
import type { ReadAllocation } from '../../app/numbers/allocation.ts';
import { Replayed } from '../../app/once.ts';
import type { EndpointDeps } from '../../app/webhooks/endpoints.ts';
import { Failure, refuse } from '../../kernel/failure.ts';
import type { Log } from '../../kernel/log.ts';
import { sendReplayed } from '../idempotency.ts';
import { readJson } from '../json.ts';
import { lackedScope } from '../key-scopes.ts';
import { hasKeyInQuery, isCompressed } from '../refused-requests.ts';
import { type ChallengeRouteDeps, challengeRoutes } from './challenges.ts';
import { decisionRoutes } from './decisions.ts';
import { type FactorRouteDeps, factorRoutes } from './factors.ts';
import { lookupRoutes } from './lookup.ts';
import { type MessageRouteDeps, messageRoutes } from './messages.ts';
import { type ProblemAnswer, plainProblem, problemOf } from './problem.ts';
import { type ProofRouteDeps, proofRoutes } from './proofs.ts';
import { type SubjectRouteDeps, subjectRoutes } from './subjects.ts';
import { tokenRoutes } from './tokens.ts';
import { Unfit, validatorCompiler } from './validation.ts';
import { webhookRoutes } from './webhooks.ts';

export type ApiDeps = {
  readonly factors: FactorRouteDeps;
  readonly challenges: ChallengeRouteDeps;
  readonly proofs: ProofRouteDeps;
  readonly webhooks: EndpointDeps;
  readonly allocation: ReadAllocation;
  readonly messages: MessageRouteDeps;
  readonly subjects: SubjectRouteDeps;
  readonly authenticate: (authorization: string | undefined) => Caller | null;
  readonly nowMs: () => number;
  readonly log: Log;
};

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose access key the request carries. Set before the path or the body is looked at. */
    caller: Caller;
  }
}

// A byte order mark is kept, for the reader to refuse: where one may stand, readers disagree.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const RETRY_AFTER_MS = 1_000;

/**
 * Roost's own API, at `/v1`: JSON in and out, problems as RFC 9457 has them. Keys are checked before anything else,
 * so a bad key gets 401 everywhere.
 */
export async function apiPlugin(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  app.decorateRequest('caller', null as unknown as Caller);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, readBody(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  app.setValidatorCompiler(validatorCompiler as never);
  // Answers are made of our own views; a second opinion on them would only cost time.
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('cache-control', 'no-store');
    const caller = deps.authenticate(request.headers.authorization);
    if (caller === null || hasKeyInQuery(request)) return done(unauthorized());
    if (isCompressed(request)) return done(unreadable('send the body as it is, without content-encoding'));
    request.caller = caller;
    const lacked = lackedScope(request, caller.scopeMask);
    if (lacked !== null) return done(outOfScope(lacked));
    done();
  });
  app.setErrorHandler((thrown: FastifyError | Failure | Unfit | Replayed, request, reply) => {
    if (thrown instanceof Replayed) return sendReplayed(reply, thrown.answer);
    const error = thrown instanceof Unfit ? thrown.failure : thrown;
    if (request.is404 && !(error instanceof Failure)) return answerUnknown(request, reply);
    const said = answerOf(error, request, deps);
    const reason = error instanceof Failure ? error.problems.map(({ code }) => code).join(' ') : error.code;
    const facts = { request: request.id, method: request.method, status: said.status };
    deps.log.info('refused', { ...facts, reason, key: request.caller?.keyId ?? null });
    return answer(reply, said);
  });
  app.setNotFoundHandler(answerUnknown);
  factorRoutes(app, deps.factors);
  challengeRoutes(app, deps.challenges);
  proofRoutes(app, deps.proofs);
  tokenRoutes(app, { ...deps.factors.consume, safe: deps.factors.enrol.safe });
  decisionRoutes(app, { ...deps.proofs, safe: deps.factors.enrol.safe });
  webhookRoutes(app, deps.webhooks);
  lookupRoutes(app, deps.allocation);
  messageRoutes(app, deps.messages);
  subjectRoutes(app, deps.subjects);
}

function readBody(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  let text: string;
  try {
    text = decoder.decode(body);
  } catch {
    throw unreadable('the body is not valid UTF-8');
  }
  const json = readJson(text);
  if ('problem' in json) throw unreadable(json.problem);
  return json.value;
}

function answerUnknown({ method }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const text = `there is no endpoint ${method} here; /docs/api lists all of them`;
  return answer(reply, plainProblem(404, 'no_endpoint', 'There is no such endpoint', text));
}

function answerOf(error: FastifyError | Failure, request: FastifyRequest, deps: ApiDeps): ProblemAnswer {
  const nowMs = deps.nowMs();
  if (error instanceof Failure) return problemOf(error, nowMs);
  if (error.name === 'StoreUnavailable') {
    deps.log.error('store.unavailable', { request: request.id }, error);
    const retryAtMs = nowMs + RETRY_AFTER_MS;
    const text = 'it is not known whether this was kept; read it, or try again in a moment';
    return problemOf(refuse('unavailable', text, null, { retryAtMs }), nowMs);
  }
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return problemOf(unreadable('the body is larger than 65536 bytes'), nowMs);
  }
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return plainProblem(415, 'not_json', 'The body is not JSON', 'send content-type: application/json');
  }
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return problemOf(unreadable('the body could not be read'), nowMs);
  }
  deps.log.error('request.broken', { request: request.id, method: request.method }, error);
  const text = `something went wrong on our side; the request is ${request.id}`;
  return plainProblem(500, 'internal', 'Something went wrong', text);
}

function answer(reply: FastifyReply, { status, body, headers }: ProblemAnswer): FastifyReply {
  return reply.status(status).headers(headers).type('application/problem+json').serializer(String).send(body);
}

const unreadable = (message: string): Failure => refuse('invalid_parameter', message);

const outOfScope = (scope: string): Failure =>
  refuse('out_of_scope', `the access key needs the scope ${scope} for this`, 'access_key');

const unauthorized = (): Failure =>
  refuse('unauthorized', 'send Authorization: AccessKey and a key that is in force', 'access_key');
