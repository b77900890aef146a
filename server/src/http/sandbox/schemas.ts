import type { FastifySchema } from 'fastify';
import { Type } from 'typebox';
import { MOST_AGED_SECONDS } from '../../domain/aged.ts';
import { CHANNELS } from '../../domain/message.ts';
import { FAULT_KINDS, MOST_SLOW_SECONDS, USUAL_SLOW_SECONDS } from '../../domain/sandbox-faults.ts';
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

const NOT_SERVED = [
  20,
  'The sandbox is served on loopback only. Start Roost with ROOST_SANDBOX=on to serve it at other addresses too.',
  null,
] as const;

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
    404: refusal('The sandbox is not served at this address.', { 'Not served': [NOT_SERVED] }),
    422: refusal('Every problem of the query, at once.', {
      'Wait too long': [[10, 'wait is invalid; give a whole number of seconds from 0 to 30', 'wait']],
    }),
  },
} as FastifySchema;

const Aged = Type.Object(
  {
    id: Type.String({ pattern: '^[0-9a-f]{32}$' }),
    status: Type.Enum(['sent', 'verified', 'failed', 'expired']),
    validUntilDatetime: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\+00:00$' }),
  },
  { title: 'AgedVerification', additionalProperties: false },
);

/** For the OpenAPI document. */
export const ageVerification: FastifySchema = {
  ...{
    tags: ['Sandbox'],
    operationId: 'ageSandboxVerification',
    summary: 'Let time pass for one verification of a test key',
  },
  description:
    'Its code ends so much sooner, at the earliest now, and what its message waits for is due sooner. Nothing else moves: wrong guesses and limits count on.',
  params: Type.Object({ id: Type.String({ description: 'Of the verification.' }) }),
  body: Type.Object({
    seconds: Type.Integer({
      minimum: 1,
      maximum: MOST_AGED_SECONDS,
      description: 'How much time is let pass.',
    }),
  }),
  response: {
    200: answer('The verification, older.', Aged, {
      Expired: { id: ID, status: 'expired', validUntilDatetime: '2026-11-23T12:00:00+00:00' },
    }),
    401: unauthorized,
    404: refusal('There is no such verification, or the sandbox is not served at this address.', {
      'Not found': [[20, 'Verify object could not be found', null]],
      'Not served': [NOT_SERVED],
    }),
    422: refusal('It is no time, or a live key asks.', {
      'No time': [[10, `seconds is invalid; give a whole number from 1 to ${MOST_AGED_SECONDS}`, 'seconds']],
      'A live key': [
        [
          10,
          'time can be let pass only for what a test key made, with that key: nothing of live mode is moved',
          'access_key',
        ],
      ],
    }),
  },
} as FastifySchema;

const Faults = Type.Object(
  {
    faults: Type.Array(
      Type.Object(
        {
          channel: Type.Enum([...CHANNELS]),
          kind: Type.Enum([...FAULT_KINDS]),
          share: Type.Integer({ minimum: 1, maximum: 100, description: 'Of sendings, in percent.' }),
          seconds: Type.Optional(
            Type.Integer({
              minimum: 1,
              maximum: MOST_SLOW_SECONDS,
              description: 'Until a slow one answers.',
            }),
          ),
          untilDatetime: Type.String({
            pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\+00:00$',
            description: 'Then it is over by itself.',
          }),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { title: 'SandboxFaults', additionalProperties: false },
);

const SLOW = {
  faults: [
    { channel: 'sms', kind: 'slow', share: 50, untilDatetime: '2026-11-23T13:00:00+00:00', seconds: 5 },
  ],
};
const faultsInForce = answer('The faults in force, on every node, after this.', Faults, {
  'One fault': SLOW,
  None: { faults: [] },
});
const faultsNotServed = refusal('The sandbox is not served at this address.', { 'Not served': [NOT_SERVED] });

/** For the OpenAPI document. */
export const listFaults: FastifySchema = {
  ...{ tags: ['Sandbox'], operationId: 'listSandboxFaults' },
  summary: 'Read what the sandbox is made to do wrong',
  description: 'Faults stand for everything that the sandbox carries, whichever key made it.',
  response: { 200: faultsInForce, 401: unauthorized, 404: faultsNotServed },
} as FastifySchema;

/** For the OpenAPI document. */
export const changeFault: FastifySchema = {
  ...{ tags: ['Sandbox'], operationId: 'changeSandboxFault' },
  summary: 'Let the sandbox fail for an hour, or end that',
  description:
    'In the place of the fault that the channel had. Everything that the sandbox carries meets it but the magic numbers, whichever key made it; nothing that a real provider carries does.',
  params: Type.Object({ channel: Type.Enum(['all', ...CHANNELS]) }),
  body: Type.Object({
    kind: Type.Enum(['none', ...FAULT_KINDS], { description: '`none` ends what there is.' }),
    share: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100, default: 100, description: 'Of sendings, in percent.' }),
    ),
    seconds: Type.Optional(
      Type.Integer({
        ...{ minimum: 1, maximum: MOST_SLOW_SECONDS, default: USUAL_SLOW_SECONDS },
        description: 'Until a slow one answers.',
      }),
    ),
  }),
  response: {
    200: faultsInForce,
    401: unauthorized,
    404: faultsNotServed,
    422: refusal('It is no fault, or a live key asks.', {
      'No fault': [[10, `kind is invalid; give one of none, ${FAULT_KINDS.join(', ')}`, 'kind']],
      'A live key': [
        [10, 'faults are switched with a test key: a program that is live has no use for them', 'access_key'],
      ],
    }),
  },
} as FastifySchema;
