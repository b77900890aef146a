import type { FastifySchema } from 'fastify';
import { Type } from 'typebox';
import { CHANNELS } from '../../domain/message.ts';
import { answer, refusal, unauthorized } from '../described.ts';

const ID = '63b168423592d681641eb07b76226648';

const Messages = Type.Object(
  {
    messages: Type.Array(
      Type.Object(
        {
          id: Type.String({
            pattern: '^[0-9a-f]{32}$',
            description: 'Of the message: messages.id of the create.',
          }),
          channel: Type.Enum([...CHANNELS]),
          recipient: Type.String({ description: 'E.164 with its plus sign, or an e-mail address.' }),
          originator: Type.String(),
          text: Type.String(),
          token: Type.String({ pattern: '^[0-9]*$', description: 'The code.' }),
          createdDatetime: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\+00:00$' }),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { title: 'SandboxMessages', additionalProperties: false },
);

const EXAMPLE = {
  messages: [
    {
      ...{ id: ID, channel: 'sms', recipient: '+31612345678', originator: 'Code' },
      ...{ text: 'Your code is: 482913', token: '482913', createdDatetime: '2026-11-23T12:00:00+00:00' },
    },
  ],
};

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
    200: answer('The messages.', Messages, { 'One message': EXAMPLE, 'None yet': { messages: [] } }),
    401: unauthorized,
    404: refusal('The sandbox is not served at this address.', {
      'Not served': [
        [
          20,
          'The sandbox is served on loopback only. Start Roost with ROOST_SANDBOX=on to serve it at other addresses too.',
          null,
        ],
      ],
    }),
    422: refusal('Every problem of the query, at once.', {
      'Wait too long': [[10, 'wait is invalid; give a whole number of seconds from 0 to 30', 'wait']],
    }),
  },
} as FastifySchema;
