import type { FastifyInstance, FastifyRequest } from 'fastify';

export type MetricsDeps = {
  readonly read: () => Promise<string>;
  /** `ask`: with the token. `hidden`: as if there were nothing here. */
  readonly access: (request: FastifyRequest, bearer: string | null) => 'open' | 'ask' | 'hidden';
};

/** For Prometheus. */
export async function metricsPlugin(app: FastifyInstance, { read, access }: MetricsDeps): Promise<void> {
  app.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const [, bearer = null] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? [];
    const may = access(request, bearer);
    if (may === 'open') return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await read());
    if (may === 'hidden') return reply.status(404).send(errors(20, 'There is nothing here'));
    reply.header('www-authenticate', 'Bearer realm="metrics"');
    return reply.status(401).send(errors(2, 'Request not allowed (incorrect metrics token)'));
  });
}

const errors = (code: number, description: string) => ({ errors: [{ code, description, parameter: null }] });
