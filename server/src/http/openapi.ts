import { isDeepStrictEqual } from 'node:util';
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { answerHeaders } from './headers.ts';
import { registerReference } from './reference.ts';

const DESCRIPTION = `Roost sends a one-time code to a phone number or a mailbox and checks what comes back. The Verify
resource speaks the MessageBird Verify API, so its client libraries work here.

Every error of Verify has one shape: an object with the single key \`errors\`, a list of \`code\`, \`description\` and
\`parameter\`. Below \`/v1\` errors are problem details (RFC 9457). \`docs/errors.md\` in the repository has the cause and the
cure of each. Every answer carries \`Request-Id\`, which names the request in Roost's log.`;

const TAGS = [
  { name: 'Verify', description: 'One verification: a code that was sent, and the checking of it.' },
  { name: 'Factors', description: 'What a user has enrolled to prove who they are.' },
  { name: 'Tokens', description: 'Hardware tokens: in the stock, in the hands of users, or lost.' },
  { name: 'Challenges', description: 'One request that a user prove who they are, and the answering of it.' },
  { name: 'Proofs', description: 'Signed answers to challenges, redeemable once.' },
  { name: 'Privacy', description: 'Everything about a recipient: told, or erased.' },
  { name: 'Sandbox', description: 'What was not sent, for tests. Served on loopback unless switched on.' },
  { name: 'Operations', description: 'For load balancers. No access key.' },
];

/**
 * The OpenAPI document at /openapi.json and the reference at /docs/api, both made from the schemas of the
 * routes. Must be registered before them.
 */
export async function registerOpenapi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        ...{ title: 'Roost', version, description: DESCRIPTION },
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/', description: 'This server' }],
      tags: TAGS,
      components: {
        securitySchemes: {
          accessKey: {
            ...{ type: 'apiKey', in: 'header', name: 'Authorization' },
            description: '`AccessKey`, a space, and the key: `AccessKey test_…`',
          },
        },
      },
      security: [{ accessKey: [] }],
    },
    transformObject: (made) =>
      'openapiObject' in made ? withComponents(made.openapiObject) : made.swaggerObject,
  });
  let text: string | null = null;
  app.get('/openapi.json', { schema: { hide: true } }, async (request, reply) => {
    text ??= JSON.stringify(app.swagger());
    reply.headers(answerHeaders(request.protocol === 'https')).header('cache-control', 'no-cache');
    return reply.type('application/json').send(text);
  });
  await registerReference(app, '/docs/api', '/openapi.json');
}

const REQUEST_ID = { description: "Names this request in Roost's log.", schema: { type: 'string' } };

/**
 * Each schema with a title is written once, under `components`, so that generated clients get one type for it. And
 * what every answer carries is told of every answer.
 */
function withComponents<Document extends object>(document: Document): Document {
  const schemas: Record<string, unknown> = {};
  const move = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(move);
    if (typeof value !== 'object' || value === null) return value;
    const moved = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, move(part)]));
    if ('responses' in moved) moved.responses = withRequestId(moved.responses as Responses);
    const { title } = moved;
    if (typeof title !== 'string' || moved.type !== 'object') return moved;
    if (title in schemas && !isDeepStrictEqual(schemas[title], moved)) {
      throw new Error(`two schemas have the title ${title}`);
    }
    schemas[title] = moved;
    return { $ref: `#/components/schemas/${title}` };
  };
  const { components, ...rest } = move(document) as { components?: object };
  return { ...rest, components: { ...components, schemas } } as unknown as Document;
}

type Responses = { readonly [status: string]: { readonly headers?: object } };

function withRequestId(responses: Responses): Responses {
  const told = Object.entries(responses).map(([status, response]) => [
    status,
    { ...response, headers: { 'Request-Id': REQUEST_ID, ...response.headers } },
  ]);
  return Object.fromEntries(told);
}
