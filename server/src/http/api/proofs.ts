import type { FastifyInstance, FastifySchema } from 'fastify';
import { type RedeemDeps, redeemProof } from '../../app/proofs/redeem.ts';
import { digestTransaction, type TransactionRequest } from '../../domain/transaction.ts';
import { transactionIn } from './challenges.ts';
import { answers, Redeeming } from './described.ts';
import { moment } from './shown.ts';

export type ProofRouteDeps = RedeemDeps;

type Body = TransactionRequest & {
  readonly proof: string;
  readonly purpose: string;
  readonly audience?: string;
};

const schema = {
  ...{ tags: ['Proofs'], operationId: 'redeemProof', summary: 'Redeem a proof, once' },
  ...{ body: Redeeming, response: answers.redeemed },
} as FastifySchema;

/** `/v1/proofs`. Each handler only translates. */
export function proofRoutes(app: FastifyInstance, deps: ProofRouteDeps): void {
  app.post<{ Body: Body }>('/proofs/redeem', { schema }, async (request) => {
    const { projectId, mode } = request.caller;
    const { proof, purpose, audience = projectId } = request.body;
    const asked = transactionIn(request.body);
    const transaction = asked === null ? null : digestTransaction(asked);
    const expected = { proof, purpose, audience, transaction };
    const { claims, redeemedAtMs } = await redeemProof(deps, { projectId, mode }, expected);
    const { jti, sub, factor, amr, level, auth_time } = claims;
    return {
      ...{ challenge: jti, user: sub, purpose, audience, factor, amr, level },
      ...{ provedAt: moment(auth_time * 1000), redeemedAt: moment(redeemedAtMs) },
    };
  });
}
