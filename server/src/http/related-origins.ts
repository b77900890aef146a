import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { answer } from './described.ts';
import { answerHeaders } from './headers.ts';

export type RelatedOriginsDeps = { readonly origins: readonly string[] };

const RelatedOrigins = Type.Object(
  { origins: Type.Array(Type.String({ description: 'Such as https://bank.example.' })) },
  { title: 'RelatedOrigins' },
);
const KEEP_SECONDS = 300;

const schema = {
  ...{ tags: ['Factors'], operationId: 'relatedOrigins', security: [] },
  summary: 'Read which origins share the passkeys of the domain',
  response: { 200: answer('The origins (WebAuthn Level 3, section 5.11).', RelatedOrigins) },
};

/** Tells browsers which other origins may use the passkeys of the domain that serves this. */
export async function relatedOriginsPlugin(app: FastifyInstance, deps: RelatedOriginsDeps): Promise<void> {
  app.get('/.well-known/webauthn', { schema, serializerCompiler: () => JSON.stringify }, (request, reply) => {
    reply.headers(answerHeaders(request.protocol === 'https'));
    reply.header('cache-control', `public, max-age=${KEEP_SECONDS}`);
    return reply.type('application/json').send(JSON.stringify({ origins: deps.origins }));
  });
}
