import { objectOf, readAnswer, text } from './reading.ts';
import type { Transport } from './transport.ts';

export type NewTextMessage = {
  /** A phone number in any spelling that a person types. */
  readonly recipient: string;
  /** What it says: no code of Roost's can be in it. */
  readonly body: string;
  /** Who it says it is from: digits, or at most 11 letters, digits and inner spaces. */
  readonly originator: string;
};

/** Text messages without a code, such as notices to your users. */
export type Texts = {
  /** Hands a text over for sending. Resolves once it is kept, and not when it has arrived. */
  send(wanted: NewTextMessage): Promise<{ readonly id: string }>;
};

export function createTexts(send: Transport): Texts {
  return {
    async send({ recipient, body, originator }) {
      const wanted = { recipients: [recipient], body, originator, datacoding: 'auto' };
      return readAnswer(await send({ method: 'POST', path: '/messages', body: wanted }), 'text', made);
    },
  };
}

const made = objectOf({ id: text });
