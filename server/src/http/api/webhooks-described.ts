import { Type } from 'typebox';
import { EVENT_TYPES } from '../../domain/event.ts';
import { MOST_URL } from '../../kernel/outbound.ts';
import { answer, nothing, nullable } from '../described.ts';
import { shared } from './described.ts';

/** What the webhook routes take and give. */

const closed = { additionalProperties: false };
const id = (description: string) => Type.String({ description, pattern: '^[0-9a-f]{32}$' });
const moment = (description: string) => Type.String({ description, format: 'date-time' });

const Wishes = {
  name: Type.Optional(
    nullable(
      Type.String({
        ...{ description: 'What you call it.', minLength: 1, maxLength: 64 },
        pattern: '^[^\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]+$',
      }),
    ),
  ),
  events: Type.Optional(
    nullable(
      Type.Array(Type.Enum([...EVENT_TYPES]), {
        ...{
          minItems: 1,
          uniqueItems: true,
          description: 'What it is told of. Default, and null: everything.',
        },
      }),
    ),
  ),
  recipients: Type.Optional(
    Type.Enum(['masked', 'full'], {
      description: 'Whether it is told numbers and addresses in full. Default `masked`.',
    }),
  ),
  enabled: Type.Optional(Type.Boolean({ description: 'Default true.' })),
};
const Url = Type.String({
  description: 'An https address that leads into the public network, on port 443 or 8443.',
  minLength: 1,
  maxLength: MOST_URL,
});
export const NewWebhook = Type.Object({ url: Url, ...Wishes }, { ...closed, title: 'NewWebhook' });
export const WebhookChange = Type.Object(
  { url: Type.Optional(Url), ...Wishes },
  { ...closed, title: 'WebhookChange', description: 'What is left out stays as it is.' },
);
export const OfWebhook = Type.Object({ id: Type.String({ description: 'Id of the webhook.' }) });

export const Replay = Type.Object(
  {
    delivery: Type.Optional(id('One delivery, whatever became of it.')),
    since: Type.Optional(moment('All that failed and were written since then.')),
  },
  { ...closed, title: 'Replay', description: 'Either a delivery or a time.' },
);
const STATES = ['waiting', 'pending', 'delivered', 'failed'] as const;
const whole = (minimum: number, maximum: number, description: string) =>
  Type.Optional(
    Type.String({ pattern: '^[0-9]{1,5}$', description: `${description} ${minimum} to ${maximum}.` }),
  );
export const WhichDeliveries = Type.Object(
  {
    state: Type.Optional(Type.Enum([...STATES])),
    offset: whole(0, 10_000, 'How many to pass over.'),
    limit: whole(1, 100, 'How many to list; 20 when it is left out.'),
  },
  closed,
);

const webhook = {
  id: id('Id of the webhook.'),
  url: Type.String(),
  name: nullable(Type.String()),
  events: nullable(Type.Array(Type.Enum([...EVENT_TYPES]))),
  recipients: Type.Enum(['masked', 'full']),
  state: Type.Enum(['enabled', 'disabled']),
  reason: nullable(Type.String({ description: 'Why it is disabled.' })),
  failingSince: nullable(moment('Since when nothing has reached it.')),
  createdAt: moment('When it was made.'),
};
const Webhook = Type.Object(webhook, { ...closed, title: 'Webhook' });
const secret = Type.String({
  description: 'The secret that signs what is sent (Standard Webhooks). Shown once, and never again.',
  pattern: '^whsec_[A-Za-z0-9+/=]+$',
});
const WebhookWithSecret = Type.Object({ ...webhook, secret }, { ...closed, title: 'WebhookWithSecret' });
const Rotated = Type.Object(
  { secret, oldSecretUntil: moment('Until then the old secret signs too.') },
  { ...closed, title: 'RotatedSecret' },
);
const ReportSecret = Type.Object({ secret: Type.String() }, { ...closed, title: 'ReportSecret' });

const Attempt = Type.Object(
  {
    at: moment('When it was tried.'),
    status: nullable(Type.Integer({ description: 'What was answered.' })),
    milliseconds: Type.Integer({ description: 'How long that took.' }),
    error: nullable(Type.String({ description: 'Why it failed.' })),
  },
  closed,
);
const Delivery = Type.Object(
  {
    id: id('The `webhook-id`, the same at every try.'),
    type: Type.String(),
    sequence: Type.Integer({ description: 'Its number among all events about the same thing.' }),
    state: Type.Enum([...STATES], {
      description: 'Waiting for an earlier event about the same thing, to be tried, delivered, or given up.',
    }),
    createdAt: moment('When it happened.'),
    nextAttemptAt: nullable(moment('When it is tried again.')),
    endedAt: nullable(moment('When it was delivered or given up.')),
    attempts: Type.Array(Attempt),
  },
  { ...closed, title: 'Delivery' },
);
const Deliveries = Type.Object(
  { deliveries: Type.Array(Delivery), total: Type.Integer() },
  { ...closed, title: 'Deliveries' },
);
const Webhooks = Type.Object({ webhooks: Type.Array(Webhook) }, { ...closed, title: 'Webhooks' });
const Replayed = Type.Object({ replayed: Type.Integer() }, { ...closed, title: 'Replayed' });

export const webhookAnswers = {
  made: { 201: answer('Made.', WebhookWithSecret), ...shared },
  webhook: { 200: answer('The webhook.', Webhook), ...shared },
  webhooks: { 200: answer('All of them, the oldest first.', Webhooks), ...shared },
  removed: { 204: nothing('Deleted; nothing is sent to it any more.'), ...shared },
  rotated: { 200: answer('The new secret.', Rotated), ...shared },
  tested: { 202: answer('An event is on its way.', Delivery), ...shared },
  deliveries: { 200: answer('What it was told, the newest first.', Deliveries), ...shared },
  replayed: { 202: answer('How many are sent again.', Replayed), ...shared },
  reportSecret: { 200: answer('The secret.', ReportSecret), ...shared },
};
