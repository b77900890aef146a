import type { FastifySchema } from 'fastify';
import { Type } from 'typebox';
import { VOICE_LANGUAGES } from '../../domain/languages.ts';
import { DATACODINGS, VOICES } from '../../domain/message.ts';
import { answer, idempotencyKey, nothing, nullable, refusal } from '../described.ts';
import { anyTime } from './schemas.ts';

/** What the resources beside Verify take and give, for the OpenAPI document. The readers in `domain` decide. */

const closed = { additionalProperties: false };
const consumes = ['application/json', 'application/x-www-form-urlencoded'];
const id = Type.String({ pattern: '^[0-9a-f]{32}$' });
const moment = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\+00:00$' });
const digits = Type.Integer({ description: 'A phone number, digits alone.' });
const reference = Type.Optional(
  nullable(Type.String({ description: 'Your own reference: one line.', maxLength: 255 })),
);
const numberOrText = Type.Union([Type.Integer(), Type.String()]);
const ofId = Type.Object({ id: Type.String({ description: 'Its id.' }) });
const unreadable = refusal('Every problem of the request, at once.', {
  'What cannot be read': [[10, 'originator is invalid', 'originator']],
});
const notThere = (description: string) =>
  refusal('There is no such thing for this key.', { Unknown: [[20, description, null]] });
const listed = (item: object, title: string) =>
  Type.Object(
    {
      offset: Type.Integer(),
      limit: Type.Integer(),
      count: Type.Integer(),
      totalCount: Type.Integer(),
      links: Type.Object(
        {
          first: Type.String(),
          previous: nullable(Type.String()),
          next: nullable(Type.String()),
          last: Type.String(),
        },
        closed,
      ),
      items: Type.Unsafe({ type: 'array', items: item }),
    },
    { ...closed, title },
  );
const page = {
  offset: Type.Optional(Type.String({ description: 'How many to pass over.', pattern: '^[0-9]+$' })),
  limit: Type.Optional(
    Type.String({ description: 'How many to list, 1 to 100; 20 when left out.', pattern: '^[0-9]+$' }),
  ),
};
const schemaOf = (schema: object): FastifySchema => schema as FastifySchema;

// Messages and voice messages

const recipients = (statuses: readonly string[]) =>
  Type.Object(
    {
      totalCount: Type.Integer(),
      totalSentCount: Type.Integer({ description: 'Under way.' }),
      totalDeliveredCount: Type.Integer(),
      totalDeliveryFailedCount: Type.Integer(),
      items: Type.Array(
        Type.Object(
          {
            recipient: nullable(digits),
            status: Type.Enum([...statuses]),
            statusDatetime: nullable(moment),
          },
          closed,
        ),
      ),
    },
    closed,
  );
const to = Type.Union([Type.Array(numberOrText, { minItems: 1, maxItems: 50 }), numberOrText], {
  description: 'Up to 50 numbers with their country codes: a list, or text with commas between them.',
});
const scheduled = Type.Optional(
  nullable(Type.String({ description: 'When it is to leave (RFC 3339), within 30 days. Default: at once.' })),
);
const reportUrl = Type.Optional(
  Type.String({
    description: 'Told what becomes of it, as a webhook (see docs/webhooks.md).',
    maxLength: 2048,
  }),
);

const NewMessage = Type.Object(
  {
    recipients: to,
    originator: numberOrText,
    body: Type.String({ description: 'The text. No links; up to ten parts.', maxLength: 1_600 }),
    type: Type.Optional(Type.Enum(['sms', 'flash'], { default: 'sms' })),
    reference,
    reportUrl,
    validity: Type.Optional(
      nullable(Type.Integer({ minimum: 1, maximum: 604_800, description: 'In seconds.' })),
    ),
    datacoding: Type.Optional(Type.Enum([...DATACODINGS], { default: 'plain' })),
    mclass: Type.Optional(Type.Integer({ minimum: 0, maximum: 3, description: '0 is a flash message.' })),
    scheduledDatetime: scheduled,
  },
  { title: 'NewMessage', examples: [{ originator: 'MyBrand', body: 'Hi', recipients: '31612345678' }] },
);
const Message = Type.Object(
  {
    ...{ id, href: Type.String(), direction: Type.Enum(['mt']), type: Type.Enum(['sms', 'flash']) },
    ...{ originator: Type.String(), body: nullable(Type.String()), reference: nullable(Type.String()) },
    ...{ validity: nullable(Type.Integer()), gateway: Type.Integer(), typeDetails: Type.Object({}, closed) },
    ...{ datacoding: Type.Enum([...DATACODINGS]), mclass: Type.Integer() },
    ...{ scheduledDatetime: nullable(moment), createdDatetime: moment },
    recipients: recipients(['scheduled', 'sent', 'delivered', 'expired', 'delivery_failed']),
  },
  { ...closed, title: 'Message' },
);
const NewVoiceMessage = Type.Object(
  {
    recipients: to,
    originator: Type.Optional(numberOrText),
    body: Type.String({ description: 'What is said.', maxLength: 1_000 }),
    reference,
    reportUrl,
    language: Type.Optional(Type.Enum([...VOICE_LANGUAGES], { default: 'en-gb' })),
    voice: Type.Optional(Type.Enum([...VOICES], { default: 'female' })),
    repeat: Type.Optional(Type.Integer({ minimum: 1, maximum: 10, default: 1 })),
    ifMachine: Type.Optional(
      Type.Enum(['continue', 'delay', 'hangup'], { description: 'Shown again; the provider decides.' }),
    ),
    machineTimeout: Type.Optional(Type.Integer({ minimum: 400, maximum: 10_000 })),
    scheduledDatetime: scheduled,
  },
  { title: 'NewVoiceMessage', examples: [{ body: 'Hi', recipients: '31612345678' }] },
);
const VoiceMessage = Type.Object(
  {
    ...{ id, href: Type.String(), originator: Type.String(), body: nullable(Type.String()) },
    ...{ reference: nullable(Type.String()), language: Type.String(), voice: Type.Enum([...VOICES]) },
    ...{ repeat: Type.Integer(), ifMachine: Type.String(), scheduledDatetime: nullable(moment) },
    ...{ createdDatetime: moment, recipients: recipients(['scheduled', 'calling', 'answered', 'failed']) },
  },
  { ...closed, title: 'VoiceMessage' },
);

export type TextSchemas = { readonly [operation in 'create' | 'list' | 'read' | 'remove']: FastifySchema };

function textSchemas(name: string, plain: string, body: object, object: object): TextSchemas {
  const tags = ['Messages'];
  const sandbox = {
    'Roost-Sandbox': { type: 'string', description: '`true` when it is on the sandbox phone alone.' },
    'Idempotent-Replayed': { type: 'string', description: '`true` when it was made by an earlier request.' },
  };
  return {
    create: schemaOf({
      ...{ tags, consumes, operationId: `create${name}`, summary: `Send a ${plain}`, body },
      ...{ headers: idempotencyKey },
      response: { 201: answer('On its way.', object, {}, sandbox), 422: unreadable, ...anyTime },
    }),
    list: schemaOf({
      ...{ tags, operationId: `list${name}s`, summary: `List ${plain}s, the newest first` },
      querystring: Type.Object({ ...page, originator: Type.Optional(Type.String()) }),
      response: { 200: answer('Some of them.', listed(object, `${name}s`)), ...anyTime },
    }),
    read: schemaOf({
      ...{ tags, operationId: `read${name}`, summary: `Read a ${plain} and what became of it`, params: ofId },
      response: { 200: answer('It.', object), 404: notThere('message not found'), ...anyTime },
    }),
    remove: schemaOf({
      ...{ tags, operationId: `delete${name}`, summary: `Delete a ${plain}`, params: ofId },
      description: 'What it said and whom it was for is forgotten. What has not left yet never will.',
      response: { 204: nothing('Deleted.'), 404: notThere('message not found'), ...anyTime },
    }),
  };
}

export const messages = textSchemas('Message', 'text message', NewMessage, Message);
export const voiceMessages = textSchemas('VoiceMessage', 'voice message', NewVoiceMessage, VoiceMessage);

// Lookup, HLR, balance

const countryCode = Type.Optional(
  Type.String({ description: 'Country (ISO 3166-1 alpha-2) of a number typed without its country code.' }),
);
const ofNumber = Type.Object({ number: Type.String({ description: 'A phone number as it was typed.' }) });
const unknownFormat = refusal('It is no phone number.', {
  'No number': [[21, 'Bad request (phone number has unknown format)', 'phone_number']],
});
const HLR_STATES = ['sent', 'absent', 'active', 'unknown', 'failed'];
const ofHlr = {
  id,
  network: nullable(Type.Integer({ description: 'Mobile country and network code.' })),
  reference: nullable(Type.String()),
  status: Type.Enum(HLR_STATES),
  createdDatetime: moment,
  statusDatetime: moment,
};
const ShortHlr = Type.Object(ofHlr, { ...closed, title: 'HlrOfNumber' });
const word = nullable(Type.String());
const Hlr = Type.Object(
  {
    ...ofHlr,
    href: Type.String(),
    msisdn: digits,
    details: nullable(
      Type.Object(
        {
          ...{ status_desc: word, imsi: word, country_iso: word, country_name: word, location_msc: word },
          ...{ location_iso: word, ported: Type.Enum([0, 1]), roaming: Type.Enum([0, 1]) },
        },
        closed,
      ),
    ),
  },
  { ...closed, title: 'Hlr' },
);
const Lookup = Type.Object(
  {
    href: Type.String(),
    countryCode: nullable(Type.String()),
    countryPrefix: Type.Integer(),
    phoneNumber: digits,
    type: Type.String({ description: 'Such as `mobile` or `fixed line`, by the range it is in.' }),
    formats: Type.Object(
      {
        ...{ e164: Type.String(), international: Type.String(), national: Type.String() },
        rfc3966: Type.String(),
      },
      closed,
    ),
    hlr: Type.Optional(ShortHlr),
  },
  { ...closed, title: 'Lookup' },
);
const Balance = Type.Object(
  {
    payment: Type.String({ description: '`prepaid` or `postpaid`.' }),
    type: Type.String({ description: '`credits`, `euros`, `pounds`, `dollars` or an ISO 4217 code.' }),
    amount: Type.Number(),
  },
  { ...closed, title: 'Balance' },
);
const replayed = {
  'Idempotent-Replayed': { type: 'string', description: '`true` when it was made by an earlier request.' },
};
const madeHlr = answer('Asked; the answer comes later.', Hlr, {}, replayed);

export const balance = schemaOf({
  ...{ tags: ['Balance'], operationId: 'readBalance', summary: "Read what the provider's account has left" },
  description: 'Of the first provider that tells it. The sandbox has play money.',
  response: { 200: answer('The balance.', Balance), ...anyTime },
});
export const lookup = schemaOf({
  ...{ tags: ['Lookup'], operationId: 'readLookup', summary: 'Read what a number tells of itself' },
  description:
    'Nobody is asked: it comes from the numbering plans of the world. `hlr` is the newest look-up, if any.',
  ...{ params: ofNumber, querystring: Type.Object({ countryCode }) },
  response: { 200: answer('The number.', Lookup), 422: unknownFormat, ...anyTime },
});
export const lookupHlr = schemaOf({
  ...{ tags: ['Lookup'], operationId: 'readLookupHlr', summary: 'Read the newest look-up of a number' },
  ...{ params: ofNumber, querystring: Type.Object({ countryCode }) },
  response: {
    200: answer('The look-up.', ShortHlr),
    404: notThere('Not found (hlr not found)'),
    ...{ 422: unknownFormat, ...anyTime },
  },
});
export const createLookupHlr = schemaOf({
  ...{
    tags: ['Lookup'],
    consumes,
    operationId: 'createLookupHlr',
    summary: 'Have the network of a number asked',
  },
  ...{ params: ofNumber, headers: idempotencyKey },
  body: Type.Object({ countryCode, reference }, { title: 'NewLookupHlr' }),
  response: { 201: madeHlr, 422: unknownFormat, ...anyTime },
});
export const createHlr = schemaOf({
  ...{ tags: ['HLR'], consumes, operationId: 'createHlr', summary: 'Have the network asked about a number' },
  headers: idempotencyKey,
  body: Type.Object(
    { msisdn: numberOrText, reference },
    { title: 'NewHlr', examples: [{ msisdn: 31612345678 }] },
  ),
  response: { 201: madeHlr, 422: unreadable, ...anyTime },
});
export const listHlrs = schemaOf({
  ...{ tags: ['HLR'], operationId: 'listHlrs', summary: 'List look-ups, the newest first' },
  querystring: Type.Object(page),
  response: { 200: answer('Some of them.', listed(Hlr, 'Hlrs')), ...anyTime },
});
export const readHlr = schemaOf({
  ...{ tags: ['HLR'], operationId: 'readHlr', summary: 'Read a look-up', params: ofId },
  response: { 200: answer('The look-up.', Hlr), 404: notThere('hlr not found'), ...anyTime },
});
export const removeHlr = schemaOf({
  ...{ tags: ['HLR'], operationId: 'deleteHlr', summary: 'Delete a look-up', params: ofId },
  response: { 204: nothing('Deleted.'), 404: notThere('hlr not found'), ...anyTime },
});
