import type { BatchView, TextView } from '../../app/texts.ts';
import type { CodeMessage } from '../../app/verify/code-message.ts';
import type { Message } from '../../domain/message.ts';
import { fillWording } from '../../domain/template.ts';
import { wireDate } from '../../kernel/wire-date.ts';

/** What became of a text, as clients of the two resources hold it (wire contract, sections 7 and 8). */
const STATUS = {
  message: {
    pending: 'sent',
    sent: 'sent',
    delivered: 'delivered',
    undelivered: 'delivery_failed',
    failed: 'delivery_failed',
    canceled: 'expired',
  },
  voicemessage: {
    pending: 'calling',
    sent: 'calling',
    delivered: 'answered',
    undelivered: 'failed',
    failed: 'failed',
    canceled: 'failed',
  },
} as const satisfies Record<string, Record<Message['state'], string>>;

/** A Message object (wire contract, section 7). `base` is the public URL without a slash. */
export function messageObject({ id, body, texts }: BatchView, base: string): object {
  const [{ text }] = texts;
  const { originator, reference, details, wording } = text;
  return {
    ...{
      id,
      href: `${base}/messages/${id}`,
      direction: 'mt',
      type: details.type,
      originator,
      body,
      reference,
    },
    ...{ validity: details.validity, gateway: 1, typeDetails: {}, datacoding: wording.datacoding },
    ...{ mclass: details.mclass, ...datesOf(text), recipients: recipientsOf(texts, 'message') },
  };
}

/** A Voice message object (wire contract, section 8). */
export function voiceMessageObject({ id, body, texts }: BatchView, base: string): object {
  const [{ text }] = texts;
  const { originator, reference, details, wording } = text;
  return {
    ...{ id, href: `${base}/voicemessages/${id}`, originator, body, reference, language: wording.language },
    ...{ voice: wording.voice, repeat: details.repeat, ifMachine: details.ifMachine, ...datesOf(text) },
    recipients: recipientsOf(texts, 'voicemessage'),
  };
}

/** The message of a verification: as another message, but for the code in it, which is never shown. */
export function codeMessageObject({ message, verification, recipient }: CodeMessage, base: string): object {
  const { originator, reference, wording, tokenLength } = verification;
  const isFlash = message.channel === 'flash';
  return {
    ...{
      id: message.id,
      href: `${base}/messages/${message.id}`,
      direction: 'mt',
      type: isFlash ? 'flash' : 'sms',
    },
    ...{ originator, body: fillWording(wording, '*'.repeat(tokenLength), message.channel), reference },
    ...{ validity: validityOf(message), gateway: 1, typeDetails: {}, datacoding: wording.datacoding },
    ...{ mclass: isFlash ? 0 : 1, scheduledDatetime: null, createdDatetime: wireDate(message.createdAtMs) },
    recipients: counted([codeItem({ message, recipient }, 'message')]),
  };
}

export function codeVoiceMessageObject(
  { message, verification, recipient }: CodeMessage,
  base: string,
): object {
  const { originator, reference, wording, tokenLength } = verification;
  return {
    ...{ id: message.id, href: `${base}/voicemessages/${message.id}`, originator },
    ...{ body: fillWording(wording, '*'.repeat(tokenLength), 'tts'), reference, language: wording.language },
    ...{ voice: wording.voice, repeat: 1, ifMachine: 'hangup', scheduledDatetime: null },
    ...{ createdDatetime: wireDate(message.createdAtMs) },
    recipients: counted([codeItem({ message, recipient }, 'voicemessage')]),
  };
}

const validityOf = ({ createdAtMs, expiresAtMs }: Message): number =>
  Math.round((expiresAtMs - createdAtMs) / 1000);

function codeItem({ message, recipient }: Pick<CodeMessage, 'message' | 'recipient'>, kind: Kind): Item {
  return {
    recipient: Number(recipient.slice(1)),
    status: STATUS[kind][message.state],
    statusDatetime: wireDate(statusAtMs(message)),
  };
}

const datesOf = ({ scheduledAtMs, createdAtMs }: TextView['text']) => ({
  scheduledDatetime: scheduledAtMs === null ? null : wireDate(scheduledAtMs),
  createdDatetime: wireDate(createdAtMs),
});

type Kind = keyof typeof STATUS;

function recipientsOf(texts: readonly TextView[], kind: Kind): object {
  return counted(texts.map((view) => itemOf(view, kind)));
}

function counted(items: readonly Item[]): object {
  const count = (...statuses: string[]) => items.filter(({ status }) => statuses.includes(status)).length;
  return {
    totalCount: items.length,
    totalSentCount: count('sent', 'buffered', 'calling'),
    totalDeliveredCount: count('delivered', 'answered'),
    totalDeliveryFailedCount: count('delivery_failed', 'expired', 'failed'),
    items,
  };
}

type Item = {
  readonly recipient: number | null;
  readonly status: string;
  readonly statusDatetime: string | null;
};

function itemOf({ text, message, recipient }: TextView, kind: Kind): Item {
  const isWaiting = text.scheduledAtMs !== null && message.state === 'pending' && message.attempts === 0;
  const status = isWaiting ? 'scheduled' : STATUS[kind][message.state];
  const statusDatetime = isWaiting ? null : wireDate(statusAtMs(message));
  return { recipient: recipient === null ? null : Number(recipient.slice(1)), status, statusDatetime };
}

const statusAtMs = (message: Message): number => {
  if (message.state === 'pending') return message.createdAtMs;
  return message.state === 'sent' ? message.sentAtMs : message.endedAtMs;
};
