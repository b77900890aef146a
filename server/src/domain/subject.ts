import { failureOf, isProblem } from '../kernel/failure.ts';
import { type Recipient, readRecipient } from './recipient.ts';

/** A phone number or mailbox as somebody typed it who wants it erased or told of. @throws Failure `recipient_unreadable` */
export function readSubject(typed: string): Recipient {
  const recipient = readRecipient(typed, typed.includes('@') ? 'email' : 'sms');
  if (isProblem(recipient)) throw failureOf([recipient]);
  return recipient;
}
