import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { WrittenAnswer } from '../../app/once.ts';
import {
  type BatchView,
  listTexts,
  readTexts,
  removeTexts,
  sendTexts,
  type TextDeps,
} from '../../app/texts.ts';
import { type CodeMessage, readCodeMessage } from '../../app/verify/code-message.ts';
import type { Given } from '../../domain/given.ts';
import type { Channel } from '../../domain/message.ts';
import { type NewTexts, readNewMessage, readNewVoiceMessage } from '../../domain/new-text.ts';
import type { Key } from '../../domain/scope.ts';
import type { Text } from '../../domain/text.ts';
import { Failure, failureOf, type Problem, refuse } from '../../kernel/failure.ts';
import { isId } from '../../kernel/ids.ts';
import { onceOf, sendWritten } from '../idempotency.ts';
import { opensTo } from '../key-scopes.ts';
import { given, json, listObject, pageOf, scopeOf } from './request.ts';
import * as schema from './rest-schemas.ts';
import {
  codeMessageObject,
  codeVoiceMessageObject,
  messageObject,
  voiceMessageObject,
} from './text-object.ts';

export type TextRouteDeps = {
  readonly texts: TextDeps;
  readonly baseUrl: (request: FastifyRequest) => string;
  /** The provider whose messages nobody but the sandbox phone shows. */
  readonly sandbox: string;
};

type Of = { Params: { readonly id: string } };

type Resource = {
  readonly path: '/messages' | '/voicemessages';
  readonly kind: Text['kind'];
  readonly read: (given: Given, nowMs: number) => NewTexts | readonly Problem[];
  readonly show: (view: BatchView, base: string) => object;
  /** Channels of codes whose verifications link here, and how their messages are shown. */
  readonly channels: readonly Channel[];
  readonly showCode: (message: CodeMessage, base: string) => object;
  readonly schemas: schema.TextSchemas;
};

const RESOURCES: readonly Resource[] = [
  {
    ...{ path: '/messages', kind: 'message', read: readNewMessage, show: messageObject },
    ...{ channels: ['sms', 'flash', 'whatsapp'], showCode: codeMessageObject, schemas: schema.messages },
  },
  {
    ...{ path: '/voicemessages', kind: 'voicemessage', read: readNewVoiceMessage, show: voiceMessageObject },
    ...{ channels: ['tts'], showCode: codeVoiceMessageObject, schemas: schema.voiceMessages },
  },
];

const opens = opensTo('messages');

/** Messages and voice messages (wire contract, sections 7 and 8). Each handler only translates. */
export function textRoutes(app: FastifyInstance, deps: TextRouteDeps): void {
  for (const resource of RESOURCES) routesOf(app, deps, resource);
}

function routesOf(app: FastifyInstance, deps: TextRouteDeps, resource: Resource): void {
  const { path, kind, channels, read, show, showCode, schemas } = resource;
  const { store, safe } = deps.texts;

  app.post(path, { schema: schemas.create, ...opens }, async (request, reply) => {
    const scope = scopeOf(request);
    const wanted = read(given(request), store.nowMs());
    if (isProblems(wanted)) throw failureOf(wanted);
    const base = deps.baseUrl(request);
    const write = (made: BatchView): WrittenAnswer => ({
      status: 201,
      headers: made.provider === deps.sandbox ? { 'roost-sandbox': 'true' } : {},
      body: JSON.stringify(show(made, base)),
    });
    const { keyId } = request.caller;
    const made = await sendTexts(deps.texts, scope, wanted, keyId, onceOf(request, safe, scope, write));
    return sendWritten(reply, write(made));
  });

  app.get(path, { schema: schemas.list, ...opens }, async (request, reply) => {
    const params = given(request);
    const page = pageOf(params);
    const originator = params.get('originator');
    const query = { ...page, originator: typeof originator === 'string' ? originator : null };
    const { items, total } = await listTexts(deps.texts, scopeOf(request), kind, query);
    const base = deps.baseUrl(request);
    const shown = items.map((view) => show(view, base));
    return json(reply, listObject(shown, total, page, base + path));
  });

  app.get<Of>(`${path}/:id`, { schema: schemas.read, ...opens }, async (request, reply) => {
    const key = keyOf(request);
    const base = deps.baseUrl(request);
    const view = await orNone(readTexts(deps.texts, key, kind));
    if (view !== null) return json(reply, JSON.stringify(show(view, base)));
    const message = await readCodeMessage(deps.texts, key, channels);
    return json(reply, JSON.stringify(showCode(message, base)));
  });

  app.delete<Of>(`${path}/:id`, { schema: schemas.remove, ...opens }, async (request, reply) => {
    await removeTexts(deps.texts, keyOf(request), kind);
    return reply.status(204).send();
  });
}

function keyOf(request: FastifyRequest<Of>): Key {
  if (!isId(request.params.id)) throw refuse('not_found', 'message not found');
  return { ...scopeOf(request), id: request.params.id };
}

const isProblems = (value: NewTexts | readonly Problem[]): value is readonly Problem[] =>
  Array.isArray(value);

/** What was found, or null where there is no such thing. */
async function orNone<T>(found: Promise<T>): Promise<T | null> {
  return found.catch((error: unknown) => {
    if (error instanceof Failure && error.code === 'not_found') return null;
    throw error;
  });
}
