import type { FactorKind } from '@roost/client';
import type { RequestOptions } from '@roost/client/browser';

/** A challenge that is under way. */
export type Asked = {
  /** Id of the challenge at Roost; also in the address of its page. */
  readonly challenge: string;
  readonly purpose: string;
  readonly reference: string;
  readonly factors: readonly AskedFactor[];
  /** The factor that is being asked for. */
  readonly chosen: string;
  /** What to type into a token with a keypad. */
  readonly question: string | null;
  /** What the browser is to ask passkeys; null when none may confirm it. */
  readonly publicKey: RequestOptions | null;
  readonly expiresAtMs: number;
  /** To which factor a code was last sent, when, and how many were sent in all; null before the first. */
  readonly sent: {
    readonly factorId: string;
    readonly atMs: number;
    readonly times: number;
    readonly expiresAtMs: number;
  } | null;
  readonly attemptsLeft: number | null;
  /** A check got no answer: it may have been right all the same. */
  readonly isOutcomeUnknown: boolean;
};
export type AskedFactor = {
  readonly id: string;
  readonly kind: FactorKind;
  readonly name: string | null;
  /** Where codes go, masked; null for factors whose codes are not sent. */
  readonly recipient: string | null;
};
