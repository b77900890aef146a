import type { FastifyInstance, FastifySchema } from 'fastify';
import { Type } from 'typebox';
import { answer } from './described.ts';

export type OpsDeps = {
  /** Whether requests may be sent here: the store answers and the server is not draining. */
  readonly ready: () => Promise<boolean>;
  /** What somebody should see to, although requests may be sent here. */
  readonly notes: () => readonly string[];
  readonly facts: { readonly version: string; readonly phoneMetadata: string };
};

/** For load balancers and people: is the process alive, and may it be sent requests? */
export async function opsPlugin(app: FastifyInstance, deps: OpsDeps): Promise<void> {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('cache-control', 'no-store');
    done();
  });
  app.get('/health', { schema: health }, async () => ({ status: 'alive', ...deps.facts }));
  app.get('/ready', { schema: ready }, async (_request, reply) => {
    const ready = await deps.ready();
    const notes = deps.notes();
    const body = { status: ready ? 'ready' : 'not ready', ...(notes.length === 0 ? {} : { notes }) };
    return reply.status(ready ? 200 : 503).send(body);
  });
}

const describedAs = (operationId: string, summary: string) => ({
  ...{ tags: ['Operations'], security: [], operationId, summary },
});

const health: FastifySchema = {
  ...describedAs('readHealth', 'Whether the process is alive'),
  response: {
    200: answer(
      'It is.',
      Type.Object(
        {
          status: Type.Literal('alive'),
          version: Type.String({ description: 'Of Roost.' }),
          phoneMetadata: Type.String({ description: 'Of the tables that phone numbers are read by.' }),
        },
        { title: 'Health' },
      ),
      { Alive: { status: 'alive', version: '0.1.0', phoneMetadata: '1.13.14' } },
    ),
  },
} as FastifySchema;

const Readiness = Type.Object(
  {
    status: Type.Enum(['ready', 'not ready']),
    notes: Type.Optional(
      Type.Array(Type.String(), { description: 'What somebody should see to all the same.' }),
    ),
  },
  { title: 'Readiness' },
);

const ready: FastifySchema = {
  ...describedAs('readReadiness', 'Whether requests may be sent here'),
  response: {
    200: answer('They may.', Readiness, { Ready: { status: 'ready' } }),
    503: answer('The database does not answer, or the server is stopping.', Readiness, {
      'Not ready': { status: 'not ready' },
    }),
  },
} as FastifySchema;
