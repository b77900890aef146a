import type { FastifySchema } from 'fastify';
import { Type } from 'typebox';
import { CHANNELS } from '../../domain/message.ts';

const id = Type.String({ pattern: '^[0-9a-f]{32}$' });

const Messages = Type.Object(
  {
    messages: Type.Array(
      Type.Object(
        {
          ...{ id, channel: Type.Enum([...CHANNELS]), recipient: Type.String(), originator: Type.String() },
          ...{ text: Type.String(), token: Type.String({ pattern: '^[0-9]*$' }) },
          createdDatetime: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\+00:00$' }),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { title: 'SandboxMessages', additionalProperties: false },
);

const Errors = Type.Object({
  errors: Type.Array(
    Type.Object({
      ...{ code: Type.Integer(), description: Type.String() },
      parameter: Type.Unsafe({ anyOf: [{ type: 'string' }, { type: 'null' }] }),
    }),
  ),
});

const json = (schema: object): object => ({ 'application/json': { schema } });
const optional = (description: string, more: object = {}) =>
  Type.Optional(Type.String({ description, ...more }));

/** For the OpenAPI document. */
export const listMessages: FastifySchema = {
  ...{
    tags: ['Sandbox'],
    operationId: 'listSandboxMessages',
    summary: 'Read the codes that were sent to nobody',
  },
  description:
    'Messages of unexpired codes that the sandbox carried for this key, the newest last. For tests.',
  querystring: Type.Object({
    recipient: optional('A phone number or an e-mail address, in any spelling that a create takes.'),
    countryCode: optional('Country (ISO 3166-1 alpha-2) of a number typed without its country code.'),
    after: optional('Only what came after the message with this id.', { pattern: '^[0-9a-f]{32}$' }),
    wait: Type.Optional(
      Type.Integer({
        ...{ minimum: 0, maximum: 30, default: 0 },
        description: 'Seconds to wait while there is nothing.',
      }),
    ),
  }),
  response: {
    200: { description: 'The messages.', content: json(Messages) },
    401: { description: 'The access key is missing, wrong, or in the URL.', content: json(Errors) },
    404: { description: 'The sandbox is not served at this address.', content: json(Errors) },
    422: { description: 'Every problem of the query, at once.', content: json(Errors) },
  },
} as FastifySchema;
