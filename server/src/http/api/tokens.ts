import type { FastifyInstance, FastifyRequest, FastifySchema } from 'fastify';
import type { ChangeDeps } from '../../app/factors/keep.ts';
import { deleteToken, importTokens, listTokens, loseToken } from '../../app/factors/tokens.ts';
import type { OnceDeps } from '../../app/once.ts';
import { readPskc } from '../../domain/pskc/container.ts';
import type { Mode } from '../../domain/scope.ts';
import { isTokenFile, type TOKEN_FORMATS, type Token, type TokenFile } from '../../domain/token.ts';
import { readTokenCsv } from '../../domain/token-csv.ts';
import { readTokenAddresses } from '../../domain/token-otpauth.ts';
import { readYubikeyLog } from '../../domain/token-yubikey.ts';
import { failureOf } from '../../kernel/failure.ts';
import { idempotencyKey } from '../described.ts';
import { opensTo } from '../key-scopes.ts';
import { answers } from './described.ts';
import { OfToken, TokenImport, WhichTokens } from './described-tokens.ts';
import { answerOnce } from './once.ts';
import { shownToken } from './shown.ts';

type ImportBody = {
  readonly format: (typeof TOKEN_FORMATS)[number];
  readonly data: string;
  readonly key?: string;
  readonly password?: string;
};
type Of = { Params: { serial: string } };
const MOST_PROBLEMS = 20;
const described = (operationId: string, summary: string, more: object) => ({
  ...opensTo('factors'),
  schema: { tags: ['Tokens'], operationId, summary, ...more } as FastifySchema,
});

/** `/v1/tokens`: hardware tokens, in the drawer or in somebody's hands. Each handler only translates. */
export function tokenRoutes(app: FastifyInstance, deps: ChangeDeps & OnceDeps): void {
  const taken = { headers: idempotencyKey, body: TokenImport, response: answers.imported };
  app.post<{ Body: ImportBody }>(
    '/tokens/import',
    described('importTokens', 'Put hardware tokens into the stock', taken),
    async (request, reply) => {
      const read = readFile(request.body);
      if (!isTokenFile(read)) throw failureOf(read.problems.slice(0, MOST_PROBLEMS).map(inData));
      return answerOnce(request, reply, deps, 201, async (store) => {
        const made = await importTokens({ ...deps, store }, scopeOf(request), read);
        return { tokens: made.map(shownToken) };
      });
    },
  );

  const which = { querystring: WhichTokens, response: answers.tokens };
  app.get<{ Querystring: { state?: Token['state'] } }>(
    '/tokens',
    described('listTokens', 'List hardware tokens', which),
    async (request) => {
      const found = await listTokens(deps, scopeOf(request), request.query.state ?? 'stock');
      return { tokens: found.map(shownToken) };
    },
  );

  app.post<Of>(
    '/tokens/:serial/lost',
    described('loseToken', 'Report a token as lost: it proves nothing any more', {
      ...{ params: OfToken, response: answers.token },
    }),
    async (request) => shownToken(await loseToken(deps, scopeOf(request), request.params.serial)),
  );

  app.delete<Of>(
    '/tokens/:serial',
    described('deleteToken', 'Take a token out of the stock, with its secret', {
      ...{ params: OfToken, response: answers.removed },
    }),
    async (request, reply) => {
      await deleteToken(deps, scopeOf(request), request.params.serial);
      return reply.status(204).send();
    },
  );
}

function readFile({ format, data, key, password }: ImportBody): TokenFile {
  if (format === 'csv') return readTokenCsv(data);
  if (format === 'otpauth') return readTokenAddresses(data);
  if (format === 'yubikey') return readYubikeyLog(data);
  const aes = key === undefined ? null : Buffer.from(key, 'hex');
  return readPskc(data, { key: aes, password: password ?? null });
}

const inData = (message: string) => ({ code: 'invalid_parameter', message, parameter: 'data' }) as const;

function scopeOf({ caller: { projectId, mode } }: FastifyRequest): { projectId: string; mode: Mode } {
  return { projectId, mode };
}
