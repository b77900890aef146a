import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { answerHeaders } from './headers.ts';
import { registerReference } from './reference.ts';

const DESCRIPTION = `Roost sends a one-time code to a phone number or a mailbox and checks what comes back. The Verify
resource speaks the MessageBird Verify API, so its client libraries work here.

Every error has one shape: an object with the single key \`errors\`, a list of \`code\`, \`description\` and
\`parameter\`. \`docs/errors.md\` in the repository has the cause and the cure of each. Every answer carries
\`Request-Id\`, which names the request in Roost's log.`;

const TAGS = [
  { name: 'Verify', description: 'One verification: a code that was sent, and the checking of it.' },
  { name: 'Factors', description: 'What a user has enrolled to prove who they are.' },
  { name: 'Challenges', description: 'One request that a user prove who they are, and the answering of it.' },
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

/** Each schema with a title is written once, under `components`, so that generated clients get one type for it. */
function withComponents<Document extends object>(document: Document): Document {
  const schemas: Record<string, unknown> = {};
  const move = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(move);
    if (typeof value !== 'object' || value === null) return value;
    const moved = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, move(part)]));
    const { title } = moved;
    if (typeof title !== 'string' || moved.type !== 'object') return moved;
    schemas[title] = moved;
    return { $ref: `#/components/schemas/${title}` };
  };
  const { components, ...rest } = move(document) as { components?: object };
  return { ...rest, components: { ...components, schemas } } as unknown as Document;
}
