import type { Outbound } from '../../domain/message.ts';
import { plainSpeech, speechOf } from '../../domain/speech.ts';
import type { Lookup } from './template.ts';

/** What a template may say of a message. */
export const MESSAGE_NAMES = [
  'to',
  'toDigits',
  'originator',
  'text',
  'spoken',
  'code',
  'messageId',
  'receiptUrl',
  'validitySeconds',
  'validityMinutes',
  'expiresAt',
  'language',
  'voice',
  'channel',
  'isFlash',
  'isUnicode',
] as const;
type MessageName = (typeof MESSAGE_NAMES)[number];

export type Validity = { readonly least: number; readonly most: number };

/** What the names stand for in one message; `validity` are the bounds of what the gateway takes. */
export function namesOf(
  message: Outbound,
  originator: string,
  validity: Validity | null,
  nowMs: number,
): Lookup {
  const leftS = Math.floor((message.expiresAtMs - nowMs) / 1_000);
  const seconds = validity === null ? leftS : Math.min(validity.most, leftS);
  const isTold = seconds >= Math.max(1, validity?.least ?? 0);
  const values: Readonly<Record<MessageName, () => string | null>> = {
    to: () => message.to,
    toDigits: () => message.to.replace(/^\+/, ''),
    originator: () => originator,
    text: () => message.text,
    spoken: () => plainSpeech(speechOf(message)),
    code: () => message.code,
    messageId: () => message.messageId,
    receiptUrl: () => message.receiptUrl,
    validitySeconds: () => (isTold ? String(seconds) : null),
    validityMinutes: () => (isTold ? String(Math.max(1, Math.floor(seconds / 60))) : null),
    expiresAt: () => new Date(message.expiresAtMs).toISOString(),
    language: () => message.wording.language,
    voice: () => message.wording.voice,
    channel: () => message.channel,
    isFlash: () => String(message.channel === 'flash'),
    isUnicode: () => String(message.wording.datacoding === 'unicode'),
  };
  return (name) => (Object.hasOwn(values, name) ? values[name as MessageName]() : null);
}
