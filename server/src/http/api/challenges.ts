import type { FastifyInstance, FastifyRequest, FastifySchema } from 'fastify';
import type { ConsumeDeps } from '../../app/consume.ts';
import {
  type ChallengeDeps,
  cancel,
  checkChallenge,
  createChallenge,
  readChallenge,
  readEvidence,
} from '../../app/factors/challenge.ts';
import { type SendDeps, sendCode } from '../../app/factors/send.ts';
import { CHALLENGE_SECONDS, challengeNotFound } from '../../domain/challenge.ts';
import type { AssertionAnswer } from '../../domain/factor/webauthn-ceremony.ts';
import type { UserVerification } from '../../domain/factor/webauthn-policy.ts';
import type { FactorKind } from '../../domain/factor.ts';
import type { MessageRequest } from '../../domain/new-factor.ts';
import type { Key } from '../../domain/scope.ts';
import { readTransaction, type Transaction, type TransactionRequest } from '../../domain/transaction.ts';
import { failureOf, isProblem, refuse } from '../../kernel/failure.ts';
import { isId } from '../../kernel/ids.ts';
import { idempotencyKey } from '../described.ts';
import { opensTo } from '../key-scopes.ts';
import { answers } from './described.ts';
import { Answer, NewChallenge, OfChallenge, Sending } from './described-challenges.ts';
import { answerOnce } from './once.ts';
import { type Place, readPlace } from './place.ts';
import { proofIn } from './proof-in.ts';
import { moment, shownChallenge, shownEvidence, shownNotice } from './shown.ts';

export type ChallengeRouteDeps = {
  readonly challenge: ConsumeDeps & ChallengeDeps;
  readonly send: SendDeps;
  /** Signs a statement of this type. */
  readonly sign: (claims: object, type: string) => string;
};

type Of = { Params: { id: string } };
type Created = {
  readonly user?: string;
  readonly purpose: string;
  readonly audience?: string;
  readonly factors?: FactorKind[];
  readonly validSeconds?: number;
  readonly session?: string;
  readonly userVerification?: UserVerification;
} & TransactionRequest;
type Answered = {
  readonly factor?: string;
  readonly code?: string;
  readonly credential?: AssertionAnswer;
  readonly session?: string;
};

const tags = ['Challenges'];
const described = (operationId: string, summary: string, more: object) => ({
  ...opensTo('factors'),
  schema: { tags, operationId, summary, ...more } as FastifySchema,
});

/** `/v1/challenges`. Each handler only translates. */
export function challengeRoutes(app: FastifyInstance, deps: ChallengeRouteDeps): void {
  app.post<{ Body: Created }>(
    '/challenges',
    described('createChallenge', 'Ask a user to prove who they are', {
      ...{ headers: idempotencyKey, body: NewChallenge, response: answers.created },
    }),
    async (request, reply) => {
      const { projectId, mode } = request.caller;
      const { user = null, purpose, audience = projectId, factors, validSeconds } = request.body;
      const { session = null, userVerification = null } = request.body;
      const transaction = transactionIn(request.body);
      const wanted = {
        ...{ user, purpose, audience, kinds: factors ?? null, transaction },
        ...{ session, userVerification },
      };
      const valid = { ...wanted, validSeconds: validSeconds ?? CHALLENGE_SECONDS.usual };
      return answerOnce(request, reply, deps.send, 201, async (store) =>
        shownChallenge(await createChallenge({ ...deps.challenge, store }, { projectId, mode }, valid)),
      );
    },
  );

  const read = { params: OfChallenge, response: answers.challenge };
  app.get<Of>('/challenges/:id', described('readChallenge', 'Read a challenge', read), async (request) =>
    shownChallenge(await readChallenge(deps.challenge, keyOf(request))),
  );

  app.delete<Of>(
    '/challenges/:id',
    described('cancelChallenge', 'Take a challenge back', read),
    async (request) => shownChallenge(await cancel(deps.challenge, keyOf(request))),
  );

  const evidence = { params: OfChallenge, response: answers.evidence };
  app.get<Of>(
    '/challenges/:id/evidence',
    described('readEvidence', 'Read how a transaction was approved', evidence),
    async (request) => {
      const shown = shownEvidence(await readEvidence(deps.challenge, keyOf(request)));
      const { projectId: project, mode } = request.caller;
      return { ...shown, signed: deps.sign({ project, mode, ...shown }, 'roost-evidence+jwt') };
    },
  );

  const send = { params: OfChallenge, headers: idempotencyKey, body: Sending, response: answers.sent };
  app.post<Of & { Body: MessageRequest & Place & { factor: string; returnToken?: boolean } }>(
    '/challenges/:id/send',
    described('sendChallengeCode', 'Send a code to a phone or mailbox of the user', send),
    async (request, reply) => {
      const { factor, returnToken = false, clientIp, device, ...wording } = request.body;
      const asker = { keyId: request.caller.keyId, whereabouts: readPlace(request.body) };
      return answerOnce(request, reply, deps.send, 202, async (store) => {
        const sent = await sendCode({ ...deps.send, store }, keyOf(request), factor, wording, asker);
        const token = returnToken && request.caller.mode === 'test' ? { token: sent.code } : {};
        return { expiresAt: moment(sent.expiresAtMs), ...token };
      });
    },
  );

  const check = { params: OfChallenge, body: Answer, response: answers.approved };
  app.post<Of & { Body: Place & TransactionRequest & Answered }>(
    '/challenges/:id/check',
    described('checkChallenge', 'Answer a challenge with a code or a passkey', check),
    async (request) => {
      const { factor = null, session = null, ...place } = request.body;
      const proof = proofIn(request.body);
      if (factor === null && proof.credential === undefined) {
        throw refuse('missing_parameter', 'factor is required: the one that the code is of', 'factor');
      }
      const transaction = transactionIn(request.body);
      const answer = { ...proof, factorId: factor, session, whereabouts: readPlace(place), transaction };
      const answered = await checkChallenge(deps.challenge, keyOf(request), answer);
      return { ...shownChallenge(answered), ...shownNotice('recovery_code_used', answered.noticeTo) };
    },
  );
}

export function transactionIn(request: TransactionRequest): Transaction | null {
  const read = readTransaction(request);
  if (isProblem(read)) throw failureOf([read]);
  return read;
}

function keyOf(request: FastifyRequest<Of>): Key {
  const { projectId, mode } = request.caller;
  if (!isId(request.params.id)) throw challengeNotFound();
  return { projectId, mode, id: request.params.id };
}
