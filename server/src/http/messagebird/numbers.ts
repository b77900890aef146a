import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type BalanceDeps, readBalance } from '../../app/numbers/balance.ts';
import {
  createHlr,
  type HlrDeps,
  type HlrView,
  listHlrs,
  newestHlr,
  readHlr,
  removeHlr,
} from '../../app/numbers/hlr.ts';
import type { WrittenAnswer } from '../../app/once.ts';
import { type Given, isGiven, oneLine, textOf } from '../../domain/given.ts';
import { factsOfNumber, readNumber } from '../../domain/number.ts';
import { readCountry } from '../../domain/recipient.ts';
import type { Key } from '../../domain/scope.ts';
import { failureOf, isProblem, refuse } from '../../kernel/failure.ts';
import { isId } from '../../kernel/ids.ts';
import { wireDate } from '../../kernel/wire-date.ts';
import { onceOf, sendWritten } from '../idempotency.ts';
import { opensTo } from '../key-scopes.ts';
import { given, json, listObject, pageOf, scopeOf } from './request.ts';
import * as schema from './rest-schemas.ts';

export type NumberRouteDeps = {
  readonly hlr: HlrDeps & BalanceDeps;
  readonly baseUrl: (request: FastifyRequest) => string;
};

type OfNumber = { Params: { readonly number: string } };
type Of = { Params: { readonly id: string } };

const opens = opensTo('lookup');

/** Lookup, HLR and balance (wire contract, sections 4 to 6). Each handler only translates. */
export function numberRoutes(app: FastifyInstance, deps: NumberRouteDeps): void {
  app.get('/balance', { schema: schema.balance, ...opens }, async (request, reply) =>
    json(reply, JSON.stringify(await readBalance(deps.hlr, scopeOf(request)))),
  );

  app.get<OfNumber>('/lookup/:number', { schema: schema.lookup, ...opens }, async (request, reply) => {
    const number = numberIn(request);
    const hlr = await newestHlr(deps.hlr, scopeOf(request), number);
    return json(reply, JSON.stringify(lookupObject(number, hlr, deps.baseUrl(request))));
  });

  app.get<OfNumber>('/lookup/:number/hlr', { schema: schema.lookupHlr, ...opens }, async (request, reply) => {
    const found = await newestHlr(deps.hlr, scopeOf(request), numberIn(request));
    if (found === null) throw refuse('not_found', 'Not found (hlr not found)');
    return json(reply, JSON.stringify(shortHlr(found)));
  });

  const create = async (request: FastifyRequest, number: string, params: Given) => {
    const scope = scopeOf(request);
    const reference = oneLine(params, 'reference');
    if (isProblem(reference)) throw failureOf([reference]);
    const base = deps.baseUrl(request);
    const write = (made: HlrView): WrittenAnswer => ({
      ...{ status: 201, headers: {}, body: JSON.stringify(hlrObject(made, base)) },
    });
    const once = onceOf(request, deps.hlr.safe, scope, write);
    return write(await createHlr(deps.hlr, scope, { number, reference }, once));
  };

  app.post<OfNumber>(
    '/lookup/:number/hlr',
    { schema: schema.createLookupHlr, ...opens },
    async (request, reply) => {
      const params = given(request);
      return sendWritten(reply, await create(request, numberIn(request, params), params));
    },
  );

  app.post('/hlr', { schema: schema.createHlr, ...opens }, async (request, reply) => {
    const params = given(request);
    const msisdn = params.get('msisdn');
    if (!isGiven(msisdn)) throw refuse('missing_parameter', 'msisdn is required', 'msisdn');
    const number = readNumber(textOf(msisdn) ?? '', null);
    if (isProblem(number)) throw refuse('invalid_parameter', 'msisdn is invalid', 'msisdn');
    return sendWritten(reply, await create(request, number, params));
  });

  app.get('/hlr', { schema: schema.listHlrs, ...opens }, async (request, reply) => {
    const page = pageOf(given(request));
    const { items, total } = await listHlrs(deps.hlr, scopeOf(request), page);
    const base = deps.baseUrl(request);
    const shown = items.map((view) => hlrObject(view, base));
    return json(reply, listObject(shown, total, page, `${base}/hlr`));
  });

  app.get<Of>('/hlr/:id', { schema: schema.readHlr, ...opens }, async (request, reply) => {
    const view = await readHlr(deps.hlr, keyOf(request));
    return json(reply, JSON.stringify(hlrObject(view, deps.baseUrl(request))));
  });

  app.delete<Of>('/hlr/:id', { schema: schema.removeHlr, ...opens }, async (request, reply) => {
    await removeHlr(deps.hlr, keyOf(request));
    return reply.status(204).send();
  });
}

/** The number in the path, read as within `countryCode` where that is given. In a path a plus sign is one (R12). */
function numberIn(request: FastifyRequest<OfNumber>, params = given(request)): string {
  const asked = params.get('countrycode');
  const country = isGiven(asked) ? readCountry(textOf(asked) ?? '') : null;
  if (isGiven(asked) && country === null) {
    throw refuse(
      'invalid_parameter',
      'countryCode must be two letters of ISO 3166-1, such as NL',
      'countryCode',
    );
  }
  const number = readNumber(request.params.number, country);
  if (isProblem(number)) throw failureOf([number]);
  return number;
}

function lookupObject(number: string, hlr: HlrView | null, base: string): object {
  const { country, countryPrefix, type, formats } = factsOfNumber(number);
  const digits = number.slice(1);
  return {
    ...{ href: `${base}/lookup/${digits}`, countryCode: country, countryPrefix },
    ...{ phoneNumber: Number(digits), type, formats },
    ...(hlr === null ? {} : { hlr: shortHlr(hlr) }),
  };
}

const shortHlr = ({ hlr: { id, network, reference, status, createdAtMs, statusAtMs } }: HlrView): object => ({
  ...{ id, network, reference, status },
  ...{ createdDatetime: wireDate(createdAtMs), statusDatetime: wireDate(statusAtMs) },
});

function hlrObject({ hlr, number, details }: HlrView, base: string): object {
  const { id, network, reference, status, createdAtMs, statusAtMs } = hlr;
  return {
    ...{ id, href: `${base}/hlr/${id}`, msisdn: number === null ? 0 : Number(number.slice(1)) },
    ...{ network, reference, details, status },
    ...{ createdDatetime: wireDate(createdAtMs), statusDatetime: wireDate(statusAtMs) },
  };
}

function keyOf(request: FastifyRequest<Of>): Key {
  if (!isId(request.params.id)) throw refuse('not_found', 'hlr not found');
  return { ...scopeOf(request), id: request.params.id };
}
