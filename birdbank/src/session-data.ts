/** What the browser's session remembers. It stays on the server: the browser only holds the session's id. */
export type SessionData = {
  /** The verification that this browser has under way. */
  readonly pending: Pending | null;
  readonly verified: Verified | null;
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

export type Flash = {
  readonly page: 'number' | 'code';
  readonly notice: string | null;
  readonly problems: readonly Problem[];
  /** What was typed, to be shown again. */
  readonly typed: TypedNumber | string | null;
};
export type Problem = { readonly text: string; readonly field: 'number' | 'country' | 'token' | null };

export const NEW_SESSION: SessionData = { pending: null, verified: null, flash: null };
