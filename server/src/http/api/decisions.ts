import type { FastifyInstance, FastifySchema } from 'fastify';
import type { Safe } from '../../app/safe.ts';
import {
  type Decision,
  type DecisionDeps,
  readDecision,
  readTextDecisions,
} from '../../app/verify/decision.ts';
import { notFound } from '../../domain/verification.ts';
import { refuse } from '../../kernel/failure.ts';
import { isId } from '../../kernel/ids.ts';
import { opensTo } from '../key-scopes.ts';
import { answers } from './described.ts';
import { OfTexts } from './described-decisions.ts';
import { OfVerification } from './described-proofs.ts';
import { moment } from './shown.ts';

const read = {
  ...{ tags: ['Guard'], operationId: 'readDecision', summary: 'Why a code was sent, or was not' },
  ...{ params: OfVerification, response: answers.decision },
} as FastifySchema;

const readTexts = {
  ...{ tags: ['Guard'], operationId: 'readTextDecisions', summary: 'Why texts without a code were sent' },
  ...{ params: OfTexts, response: answers.decisions },
} as FastifySchema;

/** What the guard thought of a sending, for those who ask why. */
export function decisionRoutes(app: FastifyInstance, deps: DecisionDeps & { readonly safe: Safe }): void {
  app.get<{ Params: { id: string } }>(
    '/verifications/:id/decision',
    { schema: read, ...opensTo('verify') },
    async (request) => {
      const { projectId, mode } = request.caller;
      if (!isId(request.params.id)) throw notFound();
      return shown(await readDecision(deps, { projectId, mode, id: request.params.id }));
    },
  );

  app.get<{ Params: { id: string } }>(
    '/messages/:id/decisions',
    { schema: readTexts, ...opensTo('messages') },
    async (request) => {
      const { projectId, mode } = request.caller;
      const { id } = request.params;
      if (!isId(id)) throw refuse('not_found', 'message not found');
      return { decisions: (await readTextDecisions(deps, { projectId, mode, id })).map(shown) };
    },
  );
}

const shown = ({ atMs, retryAtMs, ...decision }: Decision) => ({
  ...decision,
  at: moment(atMs),
  retryAt: retryAtMs === null ? null : moment(retryAtMs),
});
