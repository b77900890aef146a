import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { answer } from './described.ts';
import { answerHeaders } from './headers.ts';

export type JwksDeps = { readonly published: () => { readonly keys: readonly object[] } };

const KeySet = Type.Object(
  {
    keys: Type.Array(
      Type.Object({ kty: Type.String(), crv: Type.String(), kid: Type.String(), x: Type.String() }),
    ),
  },
  { title: 'JsonWebKeySet' },
);
/** A key is published an hour before it signs, so nobody who keeps the list this long meets one he does not know. */
const KEEP_SECONDS = 300;

const schema = {
  ...{ tags: ['Proofs'], operationId: 'publicKeys', summary: 'Read the keys that sign proofs', security: [] },
  response: { 200: answer('The public keys (RFC 7517).', KeySet) },
};

/** The public keys by which anybody can verify a proof. */
export async function jwksPlugin(app: FastifyInstance, deps: JwksDeps): Promise<void> {
  app.get(
    '/.well-known/jwks.json',
    { schema, serializerCompiler: () => JSON.stringify },
    (request, reply) => {
      reply.headers(answerHeaders(request.protocol === 'https'));
      reply
        .header('cache-control', `public, max-age=${KEEP_SECONDS}`)
        .header('access-control-allow-origin', '*');
      return reply.type('application/jwk-set+json').send(JSON.stringify(deps.published()));
    },
  );
}
