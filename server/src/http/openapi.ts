import swagger from '@fastify/swagger';
import scalar from '@scalar/fastify-api-reference';
import type { FastifyInstance } from 'fastify';

/**
 * The OpenAPI document at /openapi.json and the reference at /docs/api, both made from the schemas of the
 * routes. Must be registered before them.
 */
export async function registerOpenapi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Roost',
        version,
        description: 'Verification by one-time codes. The Verify resource speaks the MessageBird Verify API.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          accessKey: {
            type: 'apiKey',
            in: 'header',
            name: 'Authorization',
            description: 'AccessKey followed by a space and your key',
          },
        },
      },
      security: [{ accessKey: [] }],
    },
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  await app.register(scalar, { routePrefix: '/docs/api', configuration: { withDefaultFonts: false } });
}
