import type { Channel } from '../../domain/message.ts';
import type { Verification } from '../../domain/verification.ts';
import { wireDate } from '../../kernel/wire-date.ts';

const STATUS = {
  open: 'sent',
  verified: 'verified',
  failed: 'failed',
  expired: 'expired',
  deleted: 'deleted',
} as const satisfies Record<Verification['state'], string>;

const MESSAGES = {
  sms: '/messages/',
  flash: '/messages/',
  tts: '/voicemessages/',
  email: '/verify/messages/email/',
  whatsapp: '/messages/',
} as const satisfies Record<Channel, string>;

/** The Verify object (wire contract, section 3.1) as JSON text. `base` is the public URL without a slash. */
export function verifyObject(
  verification: Verification,
  recipient: string,
  base: string,
  token: string | null = null,
): string {
  const { id, channel, messageId, originator, reference } = verification;
  // Phone numbers are JSON numbers, addresses strings: clients hold them so (R7). Fifteen digits fit a double.
  const to = channel === 'email' ? JSON.stringify(recipient) : recipient.slice(1);
  return (
    `{"id":"${id}","href":${JSON.stringify(`${base}/verify/${id}`)},"recipient":${to},` +
    `"originator":${JSON.stringify(originator)},"type":"${channel}","reference":${JSON.stringify(reference)},` +
    `"messages":{"id":"${messageId}","href":${JSON.stringify(`${base}${MESSAGES[channel]}${messageId}`)}},` +
    `"status":"${STATUS[verification.state]}","createdDatetime":"${wireDate(verification.createdAtMs)}",` +
    `"validUntilDatetime":"${wireDate(verification.expiresAtMs)}"` +
    `${token === null ? '' : `,"token":"${token}"`}}`
  );
}
