import type { FastifySchema } from 'fastify';
import { Type } from 'typebox';
import { VOICE_LANGUAGES } from '../../domain/languages.ts';
import { CHANNELS, DATACODINGS, VOICES } from '../../domain/message.ts';
import { USER_NAME } from '../../domain/user.ts';
import {
  answer,
  type ErrorExamples,
  idempotencyKey,
  nothing,
  nullable,
  refusal,
  retryAfter,
  unauthorized,
} from '../described.ts';

/** What this wire takes and gives, for the OpenAPI document. The readers in `domain` decide. */

const text = (description: string, more: object = {}) => Type.String({ description, ...more });
const id = (description: string) => Type.String({ pattern: '^[0-9a-f]{32}$', description });
const moment = (description: string) =>
  Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\+00:00$', description });

/** A whole number as JSON or, as forms have it, as text. */
const whole = (minimum: number, maximum: number, description: string, usual: number) =>
  Type.Optional(
    Type.Union([Type.Integer({ minimum, maximum }), Type.String({ pattern: '^[0-9]+$' })], {
      ...{ description, default: usual },
    }),
  );

const NewVerify = Type.Object(
  {
    recipient: Type.Union([Type.Integer({ minimum: 1 }), Type.String()], {
      description:
        'A phone number with its country code in any spelling, or (type=email) an e-mail address, also as `Name <address>`.',
    }),
    countryCode: Type.Optional(
      text('Country (ISO 3166-1 alpha-2) of a number typed without its country code.', { examples: ['NL'] }),
    ),
    originator: Type.Optional(
      text(
        'Sender: digits, at most 11 letters, digits and inner spaces, or (type=email) an e-mail address.',
        { default: 'Code' },
      ),
    ),
    reference: Type.Optional(nullable(text('Your own reference: one line.', { maxLength: 255 }))),
    type: Type.Optional(Type.Enum([...CHANNELS], { default: 'sms' })),
    template: Type.Optional(
      text('Must contain %token exactly once. Without it the text of the language is taken.', {
        default: 'Your code is: %token',
      }),
    ),
    locale: Type.Optional(
      nullable(
        text('Language of the text (BCP 47), where there is no template.', { examples: ['nl', 'pt-BR'] }),
      ),
    ),
    appHost: Type.Optional(
      nullable(
        text(
          'Host that the policy lists: the message ends with the line by which browsers fill the code in.',
          {
            examples: ['bank.example'],
          },
        ),
      ),
    ),
    appHash: Type.Optional(
      nullable(
        text('Hash of an Android app that the policy lists, for its SMS Retriever.', { maxLength: 11 }),
      ),
    ),
    datacoding: Type.Optional(
      Type.Enum([...DATACODINGS], {
        description: 'Characters of a text message: 160 of the plain SMS alphabet, or 70 of any kind.',
        default: 'plain',
      }),
    ),
    timeout: whole(30, 172_800, 'How long the code works, in seconds. A policy may cap it lower.', 30),
    tokenLength: whole(6, 10, 'Digits of the code.', 6),
    maxAttempts: whole(1, 10, 'Guesses that are judged. A policy may presume another number.', 3),
    voice: Type.Optional(
      Type.Enum([...VOICES], { description: 'For a spoken code (type=tts).', default: 'female' }),
    ),
    language: Type.Optional(
      Type.Enum([...VOICE_LANGUAGES], { description: 'For a spoken code (type=tts).', default: 'en-gb' }),
    ),
    subject: Type.Optional(nullable(text('Subject of an e-mail: one line.', { maxLength: 255 }))),
    reportUrl: Type.Optional(
      text('Told what becomes of it, as a webhook (see docs/webhooks.md).', { maxLength: 2048 }),
    ),
    fallback: Type.Optional(
      nullable(
        text('Channels that the code takes when all routes of its own have failed, or none.', {
          examples: ['tts', 'none'],
        }),
      ),
    ),
    clientIp: Type.Optional(
      text("The user's address, as your service sees it: where the recipient has succeeded it is known.", {
        maxLength: 45,
      }),
    ),
    deviceToken: Type.Optional(
      text("What you call the user's device, such as the value of a cookie.", { maxLength: 255 }),
    ),
    user: Type.Optional(
      text('Whom the code is for, as you name them (also under /v1/users): rules may count on it.', {
        pattern: USER_NAME,
      }),
    ),
    stepUp: Type.Optional(
      text('Answers the header Roost-Step-Up of a refusal: its puzzle with a solution, or `captcha`.', {
        maxLength: 200,
      }),
    ),
    returnToken: Type.Optional(
      Type.Union([Type.Boolean(), Type.Enum(['true', 'false', '0', '1'])], {
        description: 'With a test key: put the code into the answer. With a live key it has no effect.',
        default: false,
      }),
    ),
  },
  { title: 'NewVerify', examples: [{ recipient: '+31612345678', timeout: 300 }] },
);

const Verify = Type.Object(
  {
    id: id('Of the verification.'),
    href: text('Where it can be read.'),
    recipient: Type.Union([Type.Integer({ minimum: 1 }), Type.String()], {
      description: 'A phone number as a JSON number without plus, an e-mail address as a string.',
    }),
    originator: Type.String(),
    type: Type.Enum([...CHANNELS]),
    reference: nullable(Type.String()),
    messages: Type.Object(
      { id: id('Of the message.'), href: Type.String() },
      { additionalProperties: false },
    ),
    status: Type.Enum(['sent', 'verified', 'failed', 'expired']),
    createdDatetime: moment('In UTC.'),
    validUntilDatetime: moment('From here on the code is expired.'),
    token: Type.Optional(
      Type.String({ pattern: '^[0-9]{6,10}$', description: 'Only with returnToken and a test key.' }),
    ),
  },
  { title: 'Verify', additionalProperties: false },
);

const EmailMessage = Type.Object(
  {
    id: id('Of the message.'),
    status: Type.Enum(['queued', 'sent', 'failed']),
    failure_code: Type.Optional(Type.Integer()),
    failure_description: Type.Optional(nullable(Type.String())),
  },
  { title: 'EmailMessage', additionalProperties: false },
);

/** Whatever the request, these may be the answer. */
export const anyTime = {
  401: unauthorized,
  500: refusal('A fault of ours; the log has more under the id of the request.', {
    Fault: [[99, 'Something went wrong on our side; the request is 4f1c0e9a7b21-2s', null]],
  }),
  503: refusal(
    'Nothing can be kept now, or it is not known whether it was: a later read tells.',
    { Unavailable: [[100, 'Service unavailable; try again in a moment', null]] },
    { 'Retry-After': retryAfter },
  ),
};

const ID = '4e213b01155d1e35a9d9571000162985';
const MESSAGE_ID = '63b168423592d681641eb07b76226648';
const SENT = {
  id: ID,
  href: `http://localhost:8080/verify/${ID}`,
  recipient: 31612345678,
  originator: 'Code',
  type: 'sms',
  reference: null,
  messages: { id: MESSAGE_ID, href: `http://localhost:8080/messages/${MESSAGE_ID}` },
  status: 'sent',
  createdDatetime: '2026-11-23T12:00:00+00:00',
  validUntilDatetime: '2026-11-23T12:05:00+00:00',
};

const hint = { type: 'string', description: 'For the developer: what would have been right.' };
const created = answer(
  'Created; the code is on its way.',
  Verify,
  { 'A text message': SENT, 'With returnToken and a test key': { ...SENT, token: '482913' } },
  {
    'Roost-Sandbox': {
      type: 'string',
      description: '`true` when nothing was sent: the code is on the sandbox phone.',
    },
    'Idempotent-Replayed': { type: 'string', description: '`true` when it was made by an earlier request.' },
  },
);
const notCreated = refusal(
  'Every problem of the request, at once.',
  {
    'No recipient': [[9, 'no (correct) recipients found', 'recipient']],
    'Several problems': [
      [10, 'originator is invalid', 'originator'],
      [10, 'timeout must be a whole number from 30 to 172800', 'timeout'],
    ],
    'Too many open codes': [
      [
        10,
        '3 codes for this recipient are still valid; try again after 2026-11-23T12:05:00+00:00',
        'recipient',
      ],
    ],
  },
  { 'Retry-After': retryAfter, 'Roost-Hint': hint },
);
const unknown = {
  404: refusal('There is no such verification for this key.', {
    Unknown: [[20, 'Verify object could not be found', null]],
  }),
};
const CHECKS: ErrorExamples = {
  'Wrong code': [[10, 'The token is invalid.', 'token']],
  'Expired code': [[10, 'The token has expired.', 'token']],
  'Used code': [[10, 'The token has already been processed.', 'token']],
};
const refused = {
  422: refusal('The code is not right, or not any more.', CHECKS, {
    'Roost-Attempts-Left': {
      type: 'integer',
      description: 'Guesses left, after a code that was judged and is wrong.',
    },
  }),
};
const checked = answer('The verification.', Verify, { Verified: { ...SENT, status: 'verified' } });
const found = answer('The verification.', Verify, {
  'Not verified yet': SENT,
  Verified: { ...SENT, status: 'verified' },
});

const params = Type.Object({ id: Type.String({ description: 'Id of the verification.', examples: [ID] }) });
const tags = ['Verify'];
const consumes = ['application/json', 'application/x-www-form-urlencoded'];

export const create: FastifySchema = {
  ...{ tags, consumes, operationId: 'createVerify', summary: 'Send a code', headers: idempotencyKey },
  description:
    'Parameters may come as JSON, as a form, in the query, or mixed; their names and choices in any case of letters.',
  body: NewVerify,
  response: { 201: created, 422: notCreated, ...anyTime },
} as FastifySchema;

export const readOrCheck: FastifySchema = {
  ...{ tags, operationId: 'readOrCheckVerify', summary: 'Read a verification, or check a code' },
  description:
    'With `token` the code is checked, and a wrong one counts as an attempt. Prefer POST, which keeps the code out of the URL.',
  params,
  querystring: Type.Object({
    token: Type.Optional(
      Type.String({ description: 'The code as it was typed. Empty is a wrong code, never a plain read.' }),
    ),
  }),
  response: { 200: found, ...unknown, ...refused, ...anyTime },
} as FastifySchema;

export const check: FastifySchema = {
  ...{ tags, consumes, operationId: 'checkVerify', summary: 'Check a code' },
  description: 'A wrong code counts as an attempt, whatever becomes of the connection.',
  params,
  body: Type.Object(
    { token: Type.String({ description: 'The code as it was typed; spaces and hyphens are dropped.' }) },
    { title: 'NewCheck', examples: [{ token: '482913' }] },
  ),
  response: { 200: checked, ...unknown, ...refused, ...anyTime },
} as FastifySchema;

export const remove: FastifySchema = {
  ...{ tags, operationId: 'deleteVerify', summary: 'Take a verification back' },
  params,
  response: { 204: nothing('Deleted; its code is void.'), ...unknown, ...anyTime },
} as FastifySchema;

export const emailMessage: FastifySchema = {
  ...{ tags, operationId: 'readVerifyEmailMessage', summary: 'Read what became of an e-mail' },
  params: Type.Object({ id: Type.String({ description: 'Id of the message.', examples: [MESSAGE_ID] }) }),
  response: {
    200: answer('The message.', EmailMessage, {
      Sent: { id: MESSAGE_ID, status: 'sent' },
      Failed: {
        ...{ id: MESSAGE_ID, status: 'failed', failure_code: 20 },
        failure_description: 'the message was not delivered',
      },
    }),
    404: refusal('There is no such e-mail for this key.', { Unknown: [[20, 'Entity not found', null]] }),
    ...anyTime,
  },
} as FastifySchema;
