import type { FastifyInstance } from 'fastify';

export type OpsDeps = {
  /** Whether requests may be sent here: the store answers and the server is not draining. */
  readonly ready: () => Promise<boolean>;
  readonly facts: { readonly version: string; readonly phoneMetadata: string };
};

/** For load balancers and people: is the process alive, and may it be sent requests? */
export async function opsPlugin(app: FastifyInstance, deps: OpsDeps): Promise<void> {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('cache-control', 'no-store');
    done();
  });
  app.get('/health', { schema: { hide: true } }, async () => ({ status: 'alive', ...deps.facts }));
  app.get('/ready', { schema: { hide: true } }, async (_request, reply) => {
    const ready = await deps.ready();
    return reply.status(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready' });
  });
}
