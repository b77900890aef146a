import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Once, WrittenAnswer } from '../app/once.ts';
import type { Safe } from '../app/safe.ts';
import type { Scope } from '../domain/scope.ts';
import { refuse } from '../kernel/failure.ts';

const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * What makes a create happen once, when the request carries an `Idempotency-Key`; null otherwise. The path, the query
 * and the body are what the key is bound to.
 * @throws Failure `invalid_parameter` when the key cannot be one
 */
export function onceOf<T>(
  request: FastifyRequest,
  safe: Safe,
  { projectId, mode }: Scope,
  write: (made: T) => WrittenAnswer,
): Once<T> | null {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key !== 'string' || !KEY.test(key)) {
    const text = 'an Idempotency-Key is 1 to 255 visible ASCII characters, such as a UUID';
    throw refuse('invalid_parameter', text, 'Idempotency-Key');
  }
  const scope = { projectId, mode };
  const { method, url, body } = request;
  const type = request.headers['content-type'] ?? '';
  return {
    ...{ scope, write },
    keyHash: safe.requestHash('key', scope, [key]),
    requestDigest: safe.requestHash('request', scope, [method, url, type, textOf(body)]),
  };
}

const textOf = (body: unknown): string => {
  if (body === undefined) return '';
  return Buffer.isBuffer(body) ? body.toString('latin1') : JSON.stringify(body);
};

/** Sends an answer as it was written. */
export function sendWritten(reply: FastifyReply, { status, headers, body }: WrittenAnswer): FastifyReply {
  return reply.status(status).headers(headers).type('application/json').serializer(String).send(body);
}

/** The answer to a create that was done before. */
export const sendReplayed = (reply: FastifyReply, answer: WrittenAnswer): FastifyReply =>
  sendWritten(reply.header('idempotent-replayed', 'true'), answer);
