import type { FastifySchema } from 'fastify';
import { Type } from 'typebox';
import { VOICE_LANGUAGES } from '../../domain/languages.ts';
import { CHANNELS, DATACODINGS, VOICES } from '../../domain/message.ts';

/** What this wire takes and gives, for the OpenAPI document. The readers in `domain` decide. */

const nullable = (schema: object) => Type.Unsafe({ anyOf: [schema, { type: 'null' }] });
const text = (description: string, more: object = {}) => Type.String({ description, ...more });
const numberAsText = Type.String({ pattern: '^[0-9]+$' });

const Recipient = Type.Union([Type.Integer({ minimum: 1 }), Type.String()], {
  description:
    'Phone number with its country code in any spelling, or (type=email) an e-mail address. In answers a phone number is a JSON number without plus, an address a string.',
  examples: ['+31612345678', 'ann@example.com'],
});

const NewVerify = Type.Object(
  {
    recipient: Recipient,
    originator: Type.Optional(
      text(
        'Sender: digits, at most 11 letters, digits and inner spaces, or (type=email) an e-mail address.',
        { default: 'Code' },
      ),
    ),
    reference: Type.Optional(nullable(text('Your own reference: one line.', { maxLength: 255 }))),
    type: Type.Optional(Type.Enum([...CHANNELS], { default: 'sms' })),
    template: Type.Optional(text('Must contain %token exactly once.', { default: 'Your code is: %token' })),
    datacoding: Type.Optional(Type.Enum([...DATACODINGS], { default: 'plain' })),
    timeout: Type.Optional(
      Type.Union([Type.Integer({ minimum: 30, maximum: 172_800 }), numberAsText], {
        description: 'Validity in seconds.',
        default: 30,
      }),
    ),
    tokenLength: Type.Optional(
      Type.Union([Type.Integer({ minimum: 6, maximum: 10 }), numberAsText], {
        description: 'Digits of the code.',
        default: 6,
      }),
    ),
    maxAttempts: Type.Optional(
      Type.Union([Type.Integer({ minimum: 1, maximum: 10 }), numberAsText], {
        description: 'Wrong guesses that are judged, the last included.',
        default: 3,
      }),
    ),
    voice: Type.Optional(Type.Enum([...VOICES], { default: 'female' })),
    language: Type.Optional(
      Type.Enum([...VOICE_LANGUAGES], {
        description: 'Language of a spoken code (type=tts).',
        default: 'en-gb',
      }),
    ),
    subject: Type.Optional(nullable(text('Subject of an e-mail: one line.', { maxLength: 255 }))),
    countryCode: Type.Optional(
      text('Country (ISO 3166-1 alpha-2) of a number typed without its country code.', { examples: ['NL'] }),
    ),
    reportUrl: Type.Optional(text('Taken for compatibility.', { maxLength: 2048 })),
    returnToken: Type.Optional(
      Type.Union([Type.Boolean(), Type.Enum(['true', 'false', '0', '1'])], {
        description: 'With a test key: put the code into the answer.',
        default: false,
      }),
    ),
  },
  { $id: 'NewVerify', title: 'NewVerify' },
);

const Verify = Type.Object(
  {
    id: Type.String({ pattern: '^[0-9a-f]{32}$' }),
    href: Type.String(),
    recipient: Recipient,
    originator: Type.String(),
    type: Type.Enum([...CHANNELS]),
    reference: nullable(Type.String()),
    messages: Type.Object(
      { id: Type.String({ pattern: '^[0-9a-f]{32}$' }), href: Type.String() },
      { additionalProperties: false },
    ),
    status: Type.Enum(['sent', 'verified', 'failed', 'expired']),
    createdDatetime: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\+00:00$' }),
    validUntilDatetime: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\+00:00$' }),
    token: Type.Optional(
      Type.String({ pattern: '^[0-9]{6,10}$', description: 'Only with returnToken and a test key.' }),
    ),
  },
  { title: 'Verify', additionalProperties: false },
);

export const Errors = Type.Object(
  {
    errors: Type.Array(
      Type.Object(
        { code: Type.Integer(), description: Type.String(), parameter: nullable(Type.String()) },
        { additionalProperties: false },
      ),
      { minItems: 1 },
    ),
  },
  { title: 'Errors', additionalProperties: false },
);

const EmailMessage = Type.Object(
  {
    id: Type.String({ pattern: '^[0-9a-f]{32}$' }),
    status: Type.Enum(['queued', 'sent', 'failed']),
    failure_code: Type.Optional(Type.Integer()),
    failure_description: Type.Optional(nullable(Type.String())),
  },
  { title: 'EmailMessage', additionalProperties: false },
);

const refusals = {
  401: { description: 'The access key is missing, wrong, or in the URL.', content: jsonOf(Errors) },
  503: {
    description: 'Nothing can be kept now, or it is not known whether it was; see Retry-After.',
    content: jsonOf(Errors),
  },
};
const unknown = { 404: { description: 'There is no such object for this key.', content: jsonOf(Errors) } };
const refused = { 422: { description: 'Every problem of the request, at once.', content: jsonOf(Errors) } };

function jsonOf(schema: object): object {
  return { 'application/json': { schema } };
}

const found = { 200: { description: 'The verification.', content: jsonOf(Verify) } };
const Id = Type.Object({ id: Type.String({ description: 'Id of the verification.' }) });
const tags = ['Verify'];

export const create: FastifySchema = {
  ...{ tags, operationId: 'createVerify', summary: 'Send a code' },
  description: 'Parameters may come as JSON, as a form, in the query, or mixed.',
  body: NewVerify,
  response: {
    201: { description: 'Created; the code is on its way.', content: jsonOf(Verify) },
    ...refusals,
    ...refused,
  },
} as FastifySchema;

export const readOrCheck: FastifySchema = {
  ...{ tags, operationId: 'readOrCheckVerify', summary: 'Read a verification, or check a code' },
  description:
    'With `token` the code is checked, which counts as an attempt. POST keeps the code out of the URL.',
  params: Id,
  querystring: Type.Object({ token: Type.Optional(Type.String()) }),
  response: { ...found, ...refusals, ...unknown, ...refused },
} as FastifySchema;

export const check: FastifySchema = {
  ...{ tags, operationId: 'checkVerify', summary: 'Check a code' },
  params: Id,
  body: Type.Object({ token: Type.String({ examples: ['482913'] }) }),
  response: { ...found, ...refusals, ...unknown, ...refused },
} as FastifySchema;

export const remove: FastifySchema = {
  ...{ tags, operationId: 'deleteVerify', summary: 'Take a verification back' },
  params: Id,
  response: { 204: { description: 'Deleted; its code is void.' }, ...refusals, ...unknown },
} as FastifySchema;

export const emailMessage: FastifySchema = {
  ...{ tags, operationId: 'readVerifyEmailMessage', summary: 'Read what became of an e-mail' },
  params: Type.Object({ id: Type.String({ description: 'Id of the message.' }) }),
  response: { 200: { description: 'The message.', content: jsonOf(EmailMessage) }, ...refusals, ...unknown },
} as FastifySchema;
