import type { Transport } from './transport.ts';
import {
  type Created,
  readCreated,
  readVerification,
  readVerified,
  type Verification,
} from './verification.ts';

type Common = {
  /** Your own reference: one line of at most 255 characters. */
  readonly reference?: string;
  /** Text with `%token` in it exactly once; `Your code is: %token` unless given. */
  readonly template?: string;
  /** How long the code works, in seconds from 30 to 172800; 30 unless given. */
  readonly timeout?: number;
  /** Digits of the code, 6 to 10; 6 unless given. */
  readonly tokenLength?: number;
  /** Wrong guesses that are judged, 1 to 10; 3 unless given or set otherwise for the project. */
  readonly maxAttempts?: number;
  /** With a test key: put the code into the answer. A live key never gets it. */
  readonly returnToken?: boolean;
  /** Language of the text (BCP 47) such as `nl` or `pt-BR`, where there is no `template`. */
  readonly locale?: string;
  /** The user's address, as you see it: what one address asks for is counted, and people at home are not held up. */
  readonly clientIp?: string;
  /** What you call the user's device, such as the value of a cookie: at most 255 characters. */
  readonly deviceToken?: string;
  /** Whom the code is for, by the id that you have for them: rules of the server may count on it. */
  readonly user?: string;
};
type ToPhone = Common & {
  /** A phone number in any spelling that a person types. */
  readonly recipient: string;
  /** Country (ISO 3166-1 alpha-2) of a number that was typed without its country code. */
  readonly countryCode?: string;
  /** Who the message says it is from: digits, or at most 11 letters, digits and inner spaces; `Code` unless given. */
  readonly originator?: string;
};
export type NewText = ToPhone & {
  /** `sms` unless given; `flash` shows on the screen and is not kept. */
  readonly type?: 'sms' | 'flash';
  /** `unicode` and `auto` allow letters beyond the plain SMS alphabet, with 70 instead of 160 characters. */
  readonly datacoding?: 'plain' | 'unicode' | 'auto';
  /** Host of your page, of those that the server's policy lists: browsers fill the code in there, and nowhere else. */
  readonly appHost?: string;
  /** Hash of your Android app, of those that the policy lists; not beside `appHost`. */
  readonly appHash?: string;
  // Without `type` the compiler would take the parameters of other channels for this one's.
  readonly subject?: never;
  readonly voice?: never;
  readonly language?: never;
};
export type NewCall = ToPhone & {
  readonly type: 'tts';
  /** Language of the voice, such as `en-gb`, which it is unless given. */
  readonly language?: string;
  readonly voice?: 'male' | 'female';
};
/** A message in WhatsApp, whose words are those of an approved template. */
export type NewWhatsApp = ToPhone & {
  readonly type: 'whatsapp';
  readonly subject?: never;
  readonly voice?: never;
  readonly language?: never;
};
export type NewEmail = Common & {
  readonly type: 'email';
  /** An address, also as `Name <address>`. */
  readonly recipient: string;
  /** The sender's address, also as `Name <address>`. */
  readonly originator?: string;
  readonly subject?: string;
};
export type NewVerification = NewText | NewCall | NewWhatsApp | NewEmail;

/**
 * Proves phone numbers and mailboxes. Every call rejects with a `RoostError` when it fails, and with a `TypeError`
 * when an id or a code is not even text. Nothing is tried again by itself: a create sends a message and a check
 * counts as an attempt, so a second one must be somebody's decision.
 */
export type Verify = {
  /** Sends a code. */
  create(wanted: NewVerification): Promise<Created>;
  /**
   * Checks a code as it was typed; spaces and hyphens do not matter. Resolves only when the code is right, with the
   * status `verified`. The code travels in the body, never in a URL.
   */
  check(id: string, token: string): Promise<Verification>;
  /** How a verification stands. Changes nothing and counts as nothing. */
  read(id: string): Promise<Verification>;
  /** Takes a verification back: its code stops working. */
  delete(id: string): Promise<void>;
};

export function createVerify(send: Transport): Verify {
  return {
    async create(wanted) {
      return readCreated(await send({ method: 'POST', path: '/verify', body: wanted }));
    },
    async check(id, token) {
      const path = pathOf(id);
      if (typeof token !== 'string')
        throw new TypeError('token must be text: as a number it would lose zeros');
      return readVerified(await send({ method: 'POST', path, body: { token } }), id);
    },
    async read(id) {
      return readVerification(await send({ method: 'GET', path: pathOf(id) }));
    },
    async delete(id) {
      await send({ method: 'DELETE', path: pathOf(id) });
    },
  };
}

/** An empty or dotted id would reach another endpoint: a check of '' would send a new code. */
function pathOf(id: string): string {
  if (typeof id === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(id)) return `/verify/${id}`;
  throw new TypeError('id must be the id of a verification: letters and digits');
}
