import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { WrittenAnswer } from '../../app/once.ts';
import { type CheckDeps, checkProof } from '../../app/verify/check.ts';
import { type CreateDeps, type Created, createVerification } from '../../app/verify/create.ts';
import { readEmailMessage } from '../../app/verify/email-message.ts';
import { readVerification } from '../../app/verify/read.ts';
import { removeVerification } from '../../app/verify/remove.ts';
import type { VerificationView } from '../../app/verify/view.ts';
import { givenStepUp } from '../../domain/guard/step-up.ts';
import type { Message } from '../../domain/message.ts';
import { type NewVerification, readNewVerification } from '../../domain/new-verification.ts';
import type { Policy } from '../../domain/policy.ts';
import { readUser } from '../../domain/user.ts';
import { malformed, notFound } from '../../domain/verification.ts';
import { readWhereabouts } from '../../domain/whereabouts.ts';
import { failureOf, isProblem, type Problem, refuse } from '../../kernel/failure.ts';
import { isId } from '../../kernel/ids.ts';
import { onceOf, sendWritten } from '../idempotency.ts';
import { opensTo } from '../key-scopes.ts';
import type { Query } from './params.ts';
import { given, json } from './request.ts';
import * as schema from './schemas.ts';
import { verifyObject } from './verify-object.ts';

export type VerifyDeps = {
  readonly create: CreateDeps;
  readonly check: CheckDeps;
  readonly policy: (projectId: string) => Policy;
  readonly baseUrl: (request: FastifyRequest) => string;
  /** The provider whose messages nobody but the sandbox phone shows. */
  readonly sandbox: string;
};

type Params = { readonly id: string };

const opens = opensTo('verify');

/** The Verify resource (wire contract, section 3). Each handler only translates. */
export function verifyRoutes(app: FastifyInstance, deps: VerifyDeps): void {
  const show = (request: FastifyRequest, { verification, recipient }: VerificationView): string =>
    verifyObject(verification, recipient, deps.baseUrl(request));

  app.post('/verify', { schema: schema.create, ...opens }, async (request, reply) => {
    const { projectId, mode } = request.caller;
    const params = given(request);
    const wanted = readNewVerification(params, deps.policy(projectId));
    if (isProblems(wanted)) throw failureOf(wanted);
    const whereabouts = readWhereabouts(params);
    if (isProblem(whereabouts)) throw failureOf([whereabouts]);
    const name = readUser(params);
    if (isProblem(name)) throw failureOf([name]);
    const user = name === null ? null : { name };
    const asker = { keyId: request.caller.keyId, whereabouts, stepUp: givenStepUp(params), user };
    const base = deps.baseUrl(request);
    const write = (made: Created): WrittenAnswer => ({
      status: 201,
      headers: made.provider === deps.sandbox ? { 'roost-sandbox': 'true' } : {},
      body: verifyObject(made.verification, made.recipient, base, made.token),
    });
    const once = onceOf(request, deps.create.safe, { projectId, mode }, write);
    return sendWritten(
      reply,
      write(await createVerification(deps.create, { projectId, mode }, wanted, asker, once)),
    );
  });

  app.get<{ Params: Params; Querystring: Query }>(
    '/verify/:id',
    { schema: schema.readOrCheck, ...opens },
    async (request, reply) => {
      const key = keyOf(request);
      const token = tokenInQuery(request.query);
      const view =
        token === undefined
          ? await readVerification(deps.create, key)
          : await checkProof(deps.check, key, { typed: token });
      return json(reply, show(request, view));
    },
  );

  app.post<{ Params: Params }>('/verify/:id', { schema: schema.check, ...opens }, async (request, reply) => {
    const typed = tokenInBody(request);
    return json(reply, show(request, await checkProof(deps.check, keyOf(request), { typed })));
  });

  app.delete<{ Params: Params }>(
    '/verify/:id',
    { schema: schema.remove, ...opens },
    async (request, reply) => {
      await removeVerification(deps.create, keyOf(request));
      reply.status(204);
      return reply.send();
    },
  );

  app.get<{ Params: Params }>(
    '/verify/messages/email/:id',
    { schema: schema.emailMessage, ...opens },
    async (request, reply) => {
      if (!isId(request.params.id)) throw refuse('not_found', 'Entity not found');
      const { projectId, mode } = request.caller;
      return json(
        reply,
        emailObject(await readEmailMessage(deps.create, { projectId, mode, id: request.params.id })),
      );
    },
  );
}

function keyOf(request: FastifyRequest<{ Params: Params }>): {
  projectId: string;
  mode: 'live' | 'test';
  id: string;
} {
  const { projectId, mode } = request.caller;
  if (!isId(request.params.id)) throw notFound();
  return { projectId, mode, id: request.params.id };
}

/** The token of a check by query, undefined when there is none. Empty is a token too: a wrong one (R18). */
function tokenInQuery(query: Query): string | undefined {
  const names = Object.keys(query).filter((name) => TOKEN_SOMEHOW.test(name));
  const [name] = names;
  if (name === undefined) return undefined;
  if (names.some((one) => one.toLowerCase() !== 'token')) throw misnamed();
  const value = query[name];
  if (names.length > 1 || typeof value !== 'string') throw twice();
  return value;
}

/** The token of a check by body. Only text is a code: as a number it would lose its leading zeros. */
function tokenInBody(request: FastifyRequest): string {
  if (tokenInQuery(request.query as Query) !== undefined) {
    throw refuse('invalid_parameter', 'send the token in the body alone, not in the query', 'token');
  }
  const token = given(request).get('token');
  if (token === undefined || token === null || token === '') {
    throw refuse('missing_parameter', 'token is required', 'token');
  }
  if (typeof token !== 'string') throw malformed();
  return token;
}

/**
 * `token`, also as frameworks write a list or an object of that name: read as no token at all, a field that a visitor
 * called `code[]` would turn a check into a plain read, whose 200 careless programs take for a success.
 */
const TOKEN_SOMEHOW = /^\s*token\s*(?:\[.*)?$/is;

const misnamed = () =>
  refuse('invalid_parameter', 'send token as one text, under the plain name token', 'token');
const twice = () => refuse('invalid_parameter', 'token is given twice', 'token');

const EMAIL_STATUS = {
  pending: 'queued',
  sent: 'sent',
  delivered: 'sent',
  undelivered: 'failed',
  failed: 'failed',
  canceled: 'failed',
} as const satisfies Record<Message['state'], string>;

/** A Verify e-mail message (wire contract, section 3.6). */
function emailObject(message: Message): string {
  const status = EMAIL_STATUS[message.state];
  if (status !== 'failed') return JSON.stringify({ id: message.id, status });
  const reason = message.state === 'undelivered' ? 'the message was not delivered' : null;
  const told = 'reason' in message ? (message.reason ?? reason) : reason;
  return JSON.stringify({ id: message.id, status, failure_code: 20, failure_description: told });
}

const isProblems = (value: NewVerification | readonly Problem[]): value is readonly Problem[] =>
  Array.isArray(value);
