import type { Problem } from '../kernel/failure.ts';
import type { Channel } from './message.ts';
import { readRecipient } from './recipient.ts';

export const USUAL_ORIGINATOR = 'Code';
const NUMBER = /^\+?\d{1,15}$/;
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9 ]{0,9}[A-Za-z0-9])?$/;

/**
 * Who a message says it is from, in the form that clients accept back: digits, at most 11 letters, digits and
 * inner spaces, or a bare e-mail address.
 */
export function readOriginator(typed: string, channel: Channel): string | Problem {
  const text = typed.trim();
  if (NUMBER.test(text)) return text.replace('+', '');
  if (NAME.test(text)) return text;
  if (channel === 'email') {
    const mailbox = readRecipient(text, 'email');
    if ('kind' in mailbox) return mailbox.address;
  }
  return {
    code: 'invalid_parameter',
    message: 'originator is invalid',
    parameter: 'originator',
    hint:
      channel === 'email'
        ? 'send an e-mail address, optionally as Name <address>'
        : 'send a phone number with its country code, or at most 11 letters and digits',
  };
}
