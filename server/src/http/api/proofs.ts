import type { FastifyInstance, FastifyRequest, FastifySchema } from 'fastify';
import { proveVerification, type VerificationProofDeps } from '../../app/proofs/of-verification.ts';
import { type RedeemDeps, type Redeemed, redeemProof } from '../../app/proofs/redeem.ts';
import type { Key } from '../../domain/scope.ts';
import { digestTransaction, type TransactionRequest } from '../../domain/transaction.ts';
import { notFound } from '../../domain/verification.ts';
import { isId } from '../../kernel/ids.ts';
import { opensTo } from '../key-scopes.ts';
import { transactionIn } from './challenges.ts';
import { answers } from './described.ts';
import { Redeeming } from './described-challenges.ts';
import { OfVerification, Proving } from './described-proofs.ts';
import { moment } from './shown.ts';

export type ProofRouteDeps = RedeemDeps & VerificationProofDeps;

type Body = TransactionRequest & {
  readonly proof: string;
  readonly purpose: string;
  readonly audience?: string;
  readonly recipient?: string;
};
type Of = { Params: { id: string } };

const redeem = {
  ...{ tags: ['Proofs'], operationId: 'redeemProof', summary: 'Redeem a proof, once' },
  ...{ body: Redeeming, response: answers.redeemed },
} as FastifySchema;
const prove = {
  ...{ tags: ['Proofs'], operationId: 'proveVerification', summary: 'Get the proof of a verification' },
  ...{ params: OfVerification, body: Proving, response: answers.proved },
} as FastifySchema;

/** `/v1/proofs`, and the proofs of plain verifications. Each handler only translates. */
export function proofRoutes(app: FastifyInstance, deps: ProofRouteDeps): void {
  app.post<{ Body: Body }>('/proofs/redeem', { schema: redeem, ...opensTo('proofs') }, async (request) => {
    const { projectId, mode } = request.caller;
    const { proof, purpose, audience = projectId, recipient = null } = request.body;
    const asked = transactionIn(request.body);
    const transaction = asked === null ? null : digestTransaction(asked);
    const expected = { proof, purpose, audience, transaction, recipient };
    const redeemed = await redeemProof(deps, { projectId, mode }, expected);
    const { amr, level, auth_time } = redeemed.claims;
    return {
      ...{ ...subjectOf(redeemed, recipient), purpose, audience, amr, level },
      ...{ provedAt: moment(auth_time * 1000), redeemedAt: moment(redeemed.redeemedAtMs) },
    };
  });

  app.post<Of & { Body: { purpose: string; audience?: string } }>(
    '/verifications/:id/proof',
    { schema: prove, ...opensTo('verify') },
    async (request) => {
      const { purpose, audience = request.caller.projectId } = request.body;
      const { proof, expiresAtMs } = await proveVerification(deps, keyOf(request), { purpose, audience });
      return { proof, expiresAt: moment(expiresAtMs) };
    },
  );
}

function subjectOf({ kind, claims }: Redeemed, recipient: string | null): object {
  if (kind === 'verification') return { verification: claims.jti, recipient };
  return { challenge: claims.jti, user: claims.sub, factor: claims.factor };
}

function keyOf(request: FastifyRequest<Of>): Key {
  const { projectId, mode } = request.caller;
  if (!isId(request.params.id)) throw notFound();
  return { projectId, mode, id: request.params.id };
}
