import { type Static, Type } from 'typebox';

/**
 * How a gateway is spoken with, as data. Texts are templates (`{to}`), places in answers are selectors
 * (`json:/data/id`). A preset is such a description, and so is what a configuration holds.
 */

const template = (description: string) => Type.String({ description, minLength: 1, maxLength: 2_000 });
const selector = (description: string) =>
  Type.String({ description, pattern: '^(json|header|query|form|pattern|text):.', maxLength: 300 });
const templates = (description: string) =>
  Type.Record(Type.String(), template('a text with names in braces'), { description, maxProperties: 50 });
const words = (description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { description, minItems: 1, maxItems: 50 });

const strict = { additionalProperties: false } as const;

const Request = {
  method: Type.Enum(['GET', 'POST', 'PUT'], { description: 'GET, POST or PUT' }),
  url: Type.String({
    description:
      'an address that begins with {baseUrl}, http:// or https://, such as {baseUrl}/sms/{account}',
    pattern: '^(\\{baseUrl\\}|https?://[\\w.:-]+)(/.*)?$',
    maxLength: 2_000,
  }),
  headers: Type.Optional(templates('headers, such as { "authorization": "Bearer {apiKey}" }')),
  query: Type.Optional(templates('parameters of the address, such as { "to": "{to}" }')),
  basic: Type.Optional(
    Type.Object(
      { user: template('a user, such as {account}'), password: template('a password, such as {token}') },
      { description: 'user and password of Basic authentication', ...strict },
    ),
  ),
};

const Send = Type.Object(
  {
    ...Request,
    json: Type.Optional(
      Type.Unknown({ description: 'the body as a JSON value, with templates for its texts' }),
    ),
    form: Type.Optional(templates('the body as a form, such as { "to": "{to}" }')),
    xml: Type.Optional(template('the body as XML, with escaped values, such as <to>{to}</to>')),
    validity: Type.Optional(
      Type.Object(
        {
          least: Type.Integer({ minimum: 0, description: 'seconds' }),
          most: Type.Integer({ minimum: 1, description: 'seconds' }),
        },
        {
          description: 'what validity the gateway takes, in seconds; below `least` it is not told any',
          ...strict,
        },
      ),
    ),
  },
  { description: 'how a message is handed over', ...strict },
);

const Outcome = Type.Object(
  {
    status: Type.Optional(
      Type.Array(Type.String({ pattern: '^[1-5]([0-9]{2}|xx)$' }), {
        description: 'statuses, such as "200" or "2xx"',
        minItems: 1,
      }),
    ),
    where: Type.Optional(selector('where to look, such as json:/status')),
    is: Type.Optional(
      words('what must be found there, with * at the end for any ending; left out, anything'),
    ),
    outcome: Type.Enum(['accepted', 'refused', 'busy', 'unknown'], {
      description: 'accepted, refused, busy or unknown',
    }),
  },
  { description: 'what an answer means', ...strict },
);

const Cost = Type.Object(
  {
    amount: selector('where the amount is, such as json:/price'),
    currency: selector('where its currency is, such as json:/currency or text:EUR'),
  },
  { description: 'what it costs', ...strict },
);

const Signature = Type.Object(
  {
    algorithm: Type.Enum(['hmac-sha1', 'hmac-sha256', 'hmac-sha512', 'ed25519'], {
      description: 'hmac-sha1, hmac-sha256, hmac-sha512 or ed25519',
    }),
    key: template('the key, such as {webhookSecret}; for ed25519 the public key in base64'),
    keyDigest: Type.Optional(Type.Enum(['sha256'], { description: 'sha256, where its digest is the key' })),
    header: Type.String({ description: 'the header with the signature', pattern: '^[A-Za-z0-9-]{1,100}$' }),
    prefix: Type.Optional(Type.String({ description: 'what stands before it, such as sha256=' })),
    encoding: Type.Enum(['hex', 'base64'], { description: 'hex or base64' }),
    over: template('what is signed, such as {body}, {header:x-timestamp}.{body} or {url}{body}'),
    timestamp: Type.Optional(
      Type.Object(
        {
          header: Type.String({
            description: 'the header with the time in Unix seconds',
            pattern: '^[A-Za-z0-9-]{1,100}$',
          }),
          maxAgeSeconds: Type.Integer({
            minimum: 1,
            maximum: 86_400,
            description: 'the oldest that is taken',
          }),
        },
        { description: 'when it was signed', ...strict },
      ),
    ),
  },
  { description: 'how receipts are signed', ...strict },
);

const Receipt = Type.Object(
  {
    status: selector('where the status is, such as form:Status'),
    delivered: words('statuses of a delivered message'),
    undelivered: words('statuses of a message that will not be delivered'),
    reference: Type.Optional(selector("where the gateway's name of the message is")),
    reason: Type.Optional(selector('where the code of the error is')),
    cost: Type.Optional(Cost),
    signature: Type.Optional(Signature),
    answer: Type.Optional(
      Type.Object(
        {
          status: Type.Integer({ minimum: 200, maximum: 299, description: 'a status from 200 to 299' }),
          type: Type.String({
            description: 'a content type',
            pattern: '^[\\w.+-]+/[\\w.+-]+(; ?[\\w=-]+)?$',
          }),
          body: Type.String({ description: 'a text', maxLength: 1_000 }),
        },
        { description: 'what the gateway expects for an answer; 200 without a body unless given', ...strict },
      ),
    ),
  },
  { description: 'how receipts are read', ...strict },
);

const Check = Type.Object(
  { ...Request, note: Type.Optional(selector('where something to show is, such as a balance')) },
  { description: 'a call that sends nothing and succeeds with good credentials', ...strict },
);

export const DESCRIPTION = {
  send: Send,
  outcomes: Type.Array(Outcome, {
    description: 'what answers mean; the first that fits decides, and where none does the status alone',
    minItems: 1,
    maxItems: 50,
  }),
  reference: Type.Optional(selector("where the gateway's name of the message is, such as json:/id")),
  errorCode: Type.Optional(selector('where the code of an error is, such as json:/error/code')),
  cost: Type.Optional(Cost),
  receipt: Type.Optional(Receipt),
  check: Type.Optional(Check),
};

export const Description = Type.Object(DESCRIPTION, strict);
export type Description = Static<typeof Description>;
export type RequestDescription = Description['send'] | NonNullable<Description['check']>;
export type SignatureDescription = Static<typeof Signature>;
export type ReceiptDescription = Static<typeof Receipt>;
