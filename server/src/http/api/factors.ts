import type { FastifyInstance, FastifyRequest, FastifySchema } from 'fastify';
import { renderSVG } from 'uqr';
import type { ConsumeDeps } from '../../app/consume.ts';
import { type EnrolDeps, enrolFactor, type Shown } from '../../app/factors/enrol.ts';
import {
  confirmFactor,
  listFactors,
  removeFactor,
  renameFactor,
  resyncFactor,
} from '../../app/factors/keep.ts';
import { enrolProved } from '../../app/factors/prove.ts';
import { assignToken } from '../../app/factors/tokens.ts';
import { grouped, toBase32 } from '../../domain/factor/base32.ts';
import type { RegistrationAnswer } from '../../domain/factor/webauthn-ceremony.ts';
import { factorNotFound } from '../../domain/factor.ts';
import { type FactorRequest, isProblems, readNewFactor } from '../../domain/new-factor.ts';
import type { Policy } from '../../domain/policy.ts';
import type { Key, Mode } from '../../domain/scope.ts';
import { failureOf } from '../../kernel/failure.ts';
import { isId } from '../../kernel/ids.ts';
import { idempotencyKey } from '../described.ts';
import { opensTo } from '../key-scopes.ts';
import { answers } from './described.ts';
import {
  Confirmation,
  HowToRemove,
  NewFactor,
  OfFactor,
  OfUser,
  Renaming,
  Resync,
} from './described-factors.ts';
import { answerOnce } from './once.ts';
import { readPlace } from './place.ts';
import { proofIn } from './proof-in.ts';
import { shownFactor, shownNotice } from './shown.ts';

export type FactorRouteDeps = {
  readonly enrol: EnrolDeps;
  readonly consume: ConsumeDeps;
  readonly policy: (projectId: string) => Policy;
};

type Of = { Params: { user: string; id: string } };
const PATH = '/users/:user/factors';
const tags = ['Factors'];
const described = (operationId: string, summary: string, more: object) => ({
  ...opensTo('factors'),
  schema: { tags, operationId, summary, ...more } as FastifySchema,
});

/** `/v1/users/{user}/factors`. Each handler only translates. */
export function factorRoutes(app: FastifyInstance, deps: FactorRouteDeps): void {
  const enrol = { params: OfUser, headers: idempotencyKey, body: NewFactor, response: answers.enrolled };
  app.post<{ Params: { user: string }; Body: FactorRequest & { returnToken?: boolean } }>(
    PATH,
    described('enrolFactor', 'Enrol a factor', enrol),
    async (request, reply) => {
      const { projectId, mode } = request.caller;
      const { user } = request.params;
      const { returnToken = false, ...wanted } = request.body;
      const read = readNewFactor(wanted, user, deps.policy(projectId));
      if (isProblems(read)) throw failureOf(read);
      const asker = { keyId: request.caller.keyId, whereabouts: readPlace(wanted) };
      const scope = { projectId, mode };
      return answerOnce(request, reply, deps.enrol, 201, async (store) => {
        if (read.kind === 'token') {
          const given = await assignToken({ ...deps.consume, store }, scope, user, read);
          const question = given.question === null ? {} : { question: given.question };
          return { factor: shownFactor(given), ...question };
        }
        if (read.kind === 'proved') {
          const proved = await enrolProved({ ...deps.consume, store }, scope, user, read);
          return { factor: shownFactor(proved) };
        }
        const made = await enrolFactor({ ...deps.enrol, store }, scope, user, read, asker);
        const shown = shownOnce(made.shown, returnToken && mode === 'test');
        const isAdded = made.factor.confirmedAtMs !== null;
        const notice = isAdded ? shownNotice('factor_added', made.noticeTo) : {};
        return { factor: shownFactor(made), ...shown, ...notice };
      });
    },
  );

  app.get<{ Params: { user: string } }>(
    PATH,
    described('listFactors', 'List the factors of a user', { params: OfUser, response: answers.factors }),
    async (request) => {
      const found = await listFactors(deps.consume, scopeOf(request), request.params.user);
      return { factors: found.map(shownFactor) };
    },
  );

  const confirm = { params: OfFactor, body: Confirmation, response: answers.confirmed };
  app.post<Of & { Body: { code?: string; credential?: RegistrationAnswer; session?: string } }>(
    `${PATH}/:id/confirm`,
    described(
      'confirmFactor',
      'Confirm a factor by a first code, or by what the authenticator answered',
      confirm,
    ),
    async (request) => {
      const { session = null } = request.body;
      const proof = { ...proofIn(request.body), session };
      const added = await confirmFactor(deps.consume, keyOf(request), request.params.user, proof);
      return { ...shownFactor(added), ...shownNotice('factor_added', added.noticeTo) };
    },
  );

  const resync = { params: OfFactor, body: Resync, response: answers.confirmed };
  app.post<Of & { Body: { codes: [string, string] } }>(
    `${PATH}/:id/resync`,
    described('resyncFactor', 'Find a counting token again by two codes', resync),
    async (request) => {
      const { codes } = request.body;
      return shownFactor(await resyncFactor(deps.consume, keyOf(request), request.params.user, codes));
    },
  );

  const rename = { params: OfFactor, body: Renaming, response: answers.factor };
  app.patch<Of & { Body: { name: string | null } }>(
    `${PATH}/:id`,
    described('renameFactor', 'Rename a factor', rename),
    async (request) => {
      const { name } = request.body;
      return shownFactor(await renameFactor(deps.consume, keyOf(request), request.params.user, name));
    },
  );

  const removal = { params: OfFactor, querystring: HowToRemove, response: answers.removed };
  app.delete<Of & { Querystring: { keepOne?: 'true' | 'false' } }>(
    `${PATH}/:id`,
    described('removeFactor', 'Remove a factor', removal),
    async (request, reply) => {
      const keepsOne = request.query.keepOne === 'true';
      await removeFactor(deps.consume, keyOf(request), request.params.user, { keepsOne });
      return reply.status(204).send();
    },
  );
}

function shownOnce(shown: Shown, tellsCode: boolean): object {
  switch (shown.kind) {
    case 'totp': {
      const { uri, migrationUri, secret } = shown;
      return {
        secret: { uri, migrationUri, base32: grouped(toBase32(secret)), qrSvg: renderSVG(uri, { ecc: 'M' }) },
      };
    }
    case 'recovery':
      return { codes: shown.codes };
    case 'webauthn':
      return { publicKey: shown.publicKey };
    default:
      return tellsCode ? { token: shown.code } : {};
  }
}

function scopeOf({ caller: { projectId, mode } }: FastifyRequest): { projectId: string; mode: Mode } {
  return { projectId, mode };
}

function keyOf(request: FastifyRequest<Of>): Key {
  if (!isId(request.params.id)) throw factorNotFound();
  return { ...scopeOf(request), id: request.params.id };
}
