import type { Challenge } from './challenge.ts';
import type { Factor } from './factor.ts';
import type { Message } from './message.ts';
import type { Text } from './text.ts';
import type { Verification } from './verification.ts';

/** All that a webhook may tell of. */
export const EVENT_TYPES = [
  'verification.created',
  'verification.verified',
  'verification.failed',
  'verification.expired',
  'message.accepted',
  'message.delivered',
  'message.undelivered',
  'message.failed',
  'factor.confirmed',
  'factor.removed',
  'challenge.created',
  'challenge.approved',
  'challenge.failed',
  'challenge.expired',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Sent when somebody asks for it, to see whether an endpoint works. */
export const TEST_EVENT = 'webhook.test';

/** Something that happened, as it is told: ids and states, no code, and of the recipient what `told` made of it. */
export type Event = {
  readonly type: EventType | typeof TEST_EVENT;
  /** What it happened to; events of one stream are numbered and told in order. */
  readonly stream: string;
  readonly atMs: number;
  readonly data: object;
};

/** The recipient of what an event tells of; null when it is forgotten. */
export type ToldRecipient = (owner: Verification | Text) => string | null;

const moment = (ms: number): string => new Date(ms).toISOString();

/** What the change of a verification from one state to another tells; null when it tells nothing. */
export function verificationEvent(before: Verification['state'] | null, v: Verification, nowMs: number) {
  if (before === v.state || (before !== null && before !== 'open') || v.state === 'deleted') return null;
  if (before === null && v.state !== 'open') return null;
  const type: EventType = v.state === 'open' ? 'verification.created' : `verification.${v.state}`;
  return (recipient: ToldRecipient): Event => ({
    ...{ type, stream: v.id, atMs: nowMs },
    data: {
      verification: {
        ...{ id: v.id, status: v.state === 'open' ? 'sent' : v.state, channel: v.channel },
        ...{ recipient: recipient(v), reference: v.reference },
        ...{ createdAt: moment(v.createdAtMs), expiresAt: moment(v.expiresAtMs) },
        ...(v.state === 'open' ? {} : { closedAt: moment(v.closedAtMs), reason: v.reason }),
        ...(v.boundTo === null ? {} : { for: v.boundTo.split(':', 2).join(':') }),
      },
    },
  });
}

const MESSAGE_EVENTS = {
  pending: [],
  sent: ['message.accepted'],
  delivered: ['message.accepted', 'message.delivered'],
  undelivered: ['message.accepted', 'message.undelivered'],
  failed: ['message.failed'],
  canceled: [],
} as const satisfies Record<Message['state'], readonly EventType[]>;

/** Whether the change of a message from one state to another tells anything. */
export const messageTells = (before: Message['state'], after: Message['state']): boolean =>
  MESSAGE_EVENTS[after].some((type) => !(MESSAGE_EVENTS[before] as readonly EventType[]).includes(type));

/** What the change of a message tells: one that was taken and delivered at once tells both. */
export function messageEvents(
  before: Message['state'],
  m: Message,
  owner: Verification | Text,
  nowMs: number,
): readonly ((recipient: ToldRecipient) => Event)[] {
  const told: readonly EventType[] = MESSAGE_EVENTS[before];
  const of = 'batchId' in owner ? { text: owner.batchId } : { verification: owner.id };
  return MESSAGE_EVENTS[m.state]
    .filter((type) => !told.includes(type))
    .map((type) => (recipient: ToldRecipient): Event => {
      const { id, channel, provider } = m;
      const status = type.slice('message.'.length);
      const reason = 'reason' in m && type !== 'message.accepted' ? m.reason : null;
      return {
        ...{ type, stream: owner.id, atMs: nowMs },
        data: {
          message: {
            ...{ id, status, channel, provider, ...of, recipient: recipient(owner) },
            ...{ reference: owner.reference, reason },
          },
        },
      };
    });
}

/** What the change of a challenge tells; null when it tells nothing. */
export function challengeEvent(before: Challenge['state'] | null, c: Challenge, nowMs: number) {
  if (before === c.state || (before !== null && before !== 'open') || c.state === 'canceled') return null;
  const type: EventType = c.state === 'open' ? 'challenge.created' : `challenge.${c.state}`;
  const { id, purpose, audience, state: status } = c;
  const approvedBy = c.state === 'approved' ? { factor: c.approval.factorId, kind: c.approval.kind } : null;
  return (): Event => ({
    ...{ type, stream: id, atMs: nowMs },
    data: {
      challenge: {
        ...{ id, status, purpose, audience, createdAt: moment(c.createdAtMs) },
        ...{ expiresAt: moment(c.expiresAtMs), approvedBy },
        ...('reason' in c ? { reason: c.reason } : {}),
      },
    },
  });
}

/** What becomes of a factor: it was confirmed, or taken away. */
export const factorEvent =
  (type: 'factor.confirmed' | 'factor.removed', f: Factor, nowMs: number) => (): Event => ({
    ...{ type, stream: f.id, atMs: nowMs },
    data: { factor: { id: f.id, kind: f.kind, status: type.slice('factor.'.length) } },
  });
