import type { FastifyInstance, FastifySchema } from 'fastify';
import { Type } from 'typebox';
import { lookUp, type ReadAllocation } from '../../app/numbers/allocation.ts';
import { readNumber } from '../../domain/number.ts';
import { readCountry } from '../../domain/recipient.ts';
import { failureOf, isProblem, refuse } from '../../kernel/failure.ts';
import { answer, nullable } from '../described.ts';
import { opensTo } from '../key-scopes.ts';
import { shared } from './described.ts';

const closed = { additionalProperties: false };
const Lookup = Type.Object(
  {
    country: nullable(Type.String({ description: 'ISO 3166-1 alpha-2.' })),
    countryPrefix: Type.Integer(),
    number: Type.String({ description: 'E.164 with its plus sign.' }),
    type: Type.String({ description: 'Such as `mobile` or `fixed line`, by the range it is in.' }),
    formats: Type.Object(
      {
        ...{ e164: Type.String(), international: Type.String(), national: Type.String() },
        rfc3966: Type.String(),
      },
      closed,
    ),
    originalAllocation: nullable(
      Type.Object(
        {
          carrier: nullable(Type.String()),
          region: nullable(Type.String()),
          timeZones: Type.Array(Type.String()),
        },
        {
          ...closed,
          description:
            'To whom the range was first given. Numbers are ported and move: for today ask an HLR.',
        },
      ),
    ),
  },
  { ...closed, title: 'NumberFacts' },
);

const schema = {
  tags: ['Numbers'],
  operationId: 'lookUpNumber',
  summary: 'Tell what is known of a number',
  description:
    'Nobody is asked. `originalAllocation` is null unless its tables are installed (see docs/wire.md).',
  params: Type.Object({ number: Type.String({ description: 'A phone number as it was typed.' }) }),
  querystring: Type.Object(
    {
      countryCode: Type.Optional(Type.String({ description: 'Country of a number typed without its code.' })),
    },
    closed,
  ),
  response: { 200: answer('The number.', Lookup), ...shared },
} as FastifySchema;

/** `/v1/lookup/{number}`. */
export function lookupRoutes(app: FastifyInstance, read: ReadAllocation): void {
  app.get<{ Params: { number: string }; Querystring: { countryCode?: string } }>(
    '/lookup/:number',
    { schema, ...opensTo('lookup') },
    async ({ params, query: { countryCode } }) => {
      const country = countryCode === undefined ? null : readCountry(countryCode);
      if (countryCode !== undefined && country === null) {
        throw refuse(
          'invalid_parameter',
          'countryCode must be two letters of ISO 3166-1, such as NL',
          'countryCode',
        );
      }
      const number = readNumber(params.number, country);
      if (isProblem(number)) throw failureOf([number]);
      return lookUp(read, number);
    },
  );
}
