import type { FastifyInstance, FastifySchema } from 'fastify';
import { type DecisionDeps, readDecision } from '../../app/verify/decision.ts';
import { notFound } from '../../domain/verification.ts';
import { isId } from '../../kernel/ids.ts';
import { answers } from './described.ts';
import { OfVerification } from './described-proofs.ts';
import { moment } from './shown.ts';

const read = {
  ...{ tags: ['Guard'], operationId: 'readDecision', summary: 'Why a code was sent, or was not' },
  ...{ params: OfVerification, response: answers.decision },
} as FastifySchema;

/** What the guard thought of a sending, for those who ask why. */
export function decisionRoutes(app: FastifyInstance, deps: DecisionDeps): void {
  app.get<{ Params: { id: string } }>('/verifications/:id/decision', { schema: read }, async (request) => {
    const { projectId, mode } = request.caller;
    if (!isId(request.params.id)) throw notFound();
    const { atMs, retryAtMs, ...decision } = await readDecision(deps, {
      projectId,
      mode,
      id: request.params.id,
    });
    return { ...decision, at: moment(atMs), retryAt: retryAtMs === null ? null : moment(retryAtMs) };
  });
}
