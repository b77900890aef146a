import type { Asked } from './confirm/asked.ts';

/**
 * What is remembered of a browser where nobody is signed in. It stays on the server: the browser only holds the
 * session's id. What customers' sessions remember is in customer.ts.
 */
export type SessionData = {
  /** The verification that this browser has under way. */
  readonly pending: Pending | null;
  readonly verified: Verified | null;
  /** Somebody whose password was right, and who has yet to show another factor. */
  readonly signIn: SignIn | null;
  /** A passkey that is being asked for, whoever's it may be. */
  readonly passkey: { readonly challenge: string; readonly expiresAtMs: number } | null;
  /** Somebody who has forgotten their password. */
  readonly reset: Reset | null;
  /** What the next page is to say, once. */
  readonly flash: Flash | null;
};

export type Pending = {
  /** Of the newest verification: the only one that is checked. */
  readonly id: string;
  /** E.164. */
  readonly recipient: string;
  /** As it was typed, to be shown again where it is changed. */
  readonly typed: TypedNumber;
  readonly expiresAtMs: number;
  /** Known after the first wrong guess; 0 when there is none left. */
  readonly attemptsLeft: number | null;
  readonly sentAtMs: number;
  /** How often a code was sent to this number. */
  readonly sends: number;
  /** Ids of the codes that newer ones have replaced. */
  readonly earlierIds: readonly string[];
  readonly sandbox: boolean;
  /** A check got no answer: it may have been right all the same. */
  readonly isOutcomeUnknown: boolean;
};
export type TypedNumber = { readonly number: string; readonly country: string };
export type Verified = { readonly id: string; readonly recipient: string; readonly atMs: number };

/** Half signed in: opens nothing but the page that asks for the other half. */
export type SignIn = {
  readonly customerId: string;
  readonly startedAtMs: number;
  /** Since when the password that was right has been the password; null when the customer has none. */
  readonly passwordSinceMs: number | null;
  readonly asked: Asked;
};

/** A new password needs the phone, and one factor that is not the phone. */
export type Reset =
  | { readonly stage: 'phone'; readonly pending: Pending }
  | {
      readonly stage: 'factor' | 'password';
      readonly customerId: string;
      readonly startedAtMs: number;
      readonly asked: Asked;
    };

export type Flash = {
  /** Which page says it. */
  readonly page: string;
  readonly notice: string | null;
  readonly problems: readonly Problem[];
  /** What was typed, to be shown again, as one text or by field. Never a password. */
  readonly typed: { readonly [field: string]: string } | string | null;
};
/** `field` is the id of the field that it is about; null when it is about none. */
export type Problem = { readonly text: string; readonly field: string | null };

export const NEW_SESSION: SessionData = {
  ...{ pending: null, verified: null, signIn: null, passkey: null, reset: null, flash: null },
};
