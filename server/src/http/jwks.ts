import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { answer } from './described.ts';
import { answerHeaders } from './headers.ts';

type Published = { readonly keys: readonly object[] };
export type JwksDeps = { readonly published: () => Published; readonly everPublished: () => Published };

const KeySet = Type.Object(
  {
    keys: Type.Array(
      Type.Object({
        ...{ kty: Type.String(), crv: Type.String(), kid: Type.String(), x: Type.String() },
        nbf: Type.Optional(Type.Integer({ description: 'From when it signed, in seconds.' })),
        exp: Type.Optional(Type.Integer({ description: 'Until when it signed, in seconds.' })),
      }),
    ),
  },
  { title: 'JsonWebKeySet' },
);
/** A key is published an hour before it signs, so nobody who keeps the list this long meets one he does not know. */
const KEEP_SECONDS = 300;

const schemaOf = (operationId: string, summary: string) => ({
  ...{ tags: ['Proofs'], operationId, summary, security: [] },
  response: { 200: answer('The public keys (RFC 7517).', KeySet) },
});

/**
 * The public keys by which anybody can verify a proof, and those by which evidence can be verified years later.
 * They are apart, so that an old key that was stolen makes no new proof.
 */
export async function jwksPlugin(app: FastifyInstance, deps: JwksDeps): Promise<void> {
  const serve = (path: string, schema: object, keys: () => Published) =>
    app.get(path, { schema, serializerCompiler: () => JSON.stringify }, (request, reply) => {
      reply.headers(answerHeaders(request.protocol === 'https'));
      reply
        .header('cache-control', `public, max-age=${KEEP_SECONDS}`)
        .header('access-control-allow-origin', '*');
      return reply.type('application/jwk-set+json').send(JSON.stringify(keys()));
    });
  serve('/.well-known/jwks.json', schemaOf('publicKeys', 'Read the keys that sign proofs'), deps.published);
  const evidence = schemaOf('evidenceKeys', 'Read every key that ever signed, to verify evidence by');
  serve('/.well-known/evidence-keys.json', evidence, deps.everPublished);
}
