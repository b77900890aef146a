import { type Failure, refuse } from '../kernel/failure.ts';
import { equalSecret } from '../kernel/hmac.ts';
import type { Channel, Wording } from './message.ts';
import type { Mode } from './scope.ts';

type About = {
  readonly id: string;
  readonly projectId: string;
  readonly mode: Mode;
  readonly channel: Channel;
  /** Keyed hash of the normalised recipient: equal recipients, equal keys (32 hexadecimal characters). */
  readonly recipientKey: string;
  /** Whom it is about; null once it has been erased, long after the end (see retention.ts). */
  readonly sealedRecipient: Uint8Array | null;
  readonly originator: string;
  readonly reference: string | null;
  readonly wording: Wording;
  readonly tokenLength: number;
  /** The newest message of this verification. */
  readonly messageId: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly wrongGuesses: number;
  readonly lastWrongAtMs: number | null;
  /** The code, sealed, for those who must still send or show it; null once it is of no more use. */
  readonly sealedCode: Uint8Array | null;
  /** The sandbox shows a code until it expires; otherwise it goes with its hand-over or ending. */
  readonly codeIsKept: 'until-hand-over' | 'until-expiry';
  /** What asked for the code, where that is not the Verify wire: only that may check it. */
  readonly boundTo: string | null;
  /** What the guard thought of sending it, as `guard/note.ts` writes it; null when it was not asked. */
  readonly guard: string | null;
};
export type Open = About & {
  readonly state: 'open';
  readonly codeDigest: Uint8Array;
  readonly attemptsLeft: number;
};
export type Ending = 'verified' | 'failed' | 'expired' | 'deleted';
export type Closed = About & {
  readonly state: Ending;
  readonly closedAtMs: number;
  /** Why it failed; null for the other endings. */
  readonly reason: string | null;
};
/** One attempt to prove a recipient: open until verified, failed, expired or deleted. */
export type Verification = Open | Closed;

/** What one guess changes, and what the guesser is told. The change is kept, whatever the answer. */
export type Guess = { readonly verification: Verification; readonly refusal: Failure | null };

/** Judges one guess. The caller holds the row's lock, so parallel guesses come here one by one. */
export function guess(v: Verification, digest: Uint8Array, nowMs: number): Guess {
  const settled = settle(v, nowMs);
  if (settled.state !== 'open') return { verification: settled, refusal: spent(settled) };
  if (equalSecret(settled.codeDigest, digest)) {
    return { verification: close(settled, 'verified', nowMs), refusal: null };
  }
  const attemptsLeft = settled.attemptsLeft - 1;
  const left: Open = {
    ...settled,
    attemptsLeft,
    wrongGuesses: settled.wrongGuesses + 1,
    lastWrongAtMs: nowMs,
  };
  return {
    verification: attemptsLeft > 0 ? left : close(left, 'failed', nowMs, 'attempts used up'),
    refusal: refuse('wrong_code', 'The token is invalid.', 'token', { attemptsLeft }),
  };
}

/** Time closes a verification with nobody watching, so settle a row before asking it anything. */
export function settle(v: Verification, nowMs: number): Verification {
  return v.state === 'open' && nowMs >= v.expiresAtMs ? close(v, 'expired', v.expiresAtMs) : v;
}

/** Takes a verification back. What is closed already keeps its ending but is deleted all the same. */
export function remove(v: Verification, nowMs: number): Closed {
  return close(v, 'deleted', nowMs);
}

/** Ends a verification whose code could not be delivered. What is closed stays as it is. */
export function fail(v: Verification, reason: string, nowMs: number): Verification {
  const settled = settle(v, nowMs);
  return settled.state === 'open' ? close(settled, 'failed', nowMs, reason) : settled;
}

/**
 * What time alone has changed: an open verification past its end expires, and no sealed code outlives it.
 * The same object when nothing has.
 */
export function age(v: Verification, nowMs: number): Verification {
  const settled = settle(v, nowMs);
  return settled.sealedCode !== null && nowMs >= settled.expiresAtMs ? forgetCode(settled) : settled;
}

/** Whom it was about is forgotten. Nothing can be told or judged of it any more, but its wrong guesses still count. */
export const forgetRecipient = <V extends Verification>(v: V): V => ({ ...v, sealedRecipient: null });

/** To its owner it is as if it were not there: it was deleted, or whom it was about is forgotten. */
const isGone = (v: Verification): boolean => v.state === 'deleted' || v.sealedRecipient === null;

/** To the Verify wire it is as if it were not there: it is gone, or its code was asked for by something else. */
export const isHidden = (v: Verification): boolean => isGone(v) || v.boundTo !== null;

/** The code has left the house, or never will: its sealed copy goes. */
export const forgetCode = <V extends Verification>(v: V): V => ({ ...v, sealedCode: null });

/** The refusal of a token that is not even of the right form; it judges nothing and counts nothing. */
export const malformed = (): Failure => refuse('malformed_code', 'The token is invalid.', 'token');

export const notFound = (): Failure => refuse('not_found', 'Verify object could not be found');

/** The sentences are upstream's: its clients' programs compare them. */
function spent(v: Closed): Failure {
  switch (v.state) {
    case 'expired':
      return refuse('code_expired', 'The token has expired.', 'token');
    case 'verified':
    case 'failed':
      return refuse('code_spent', 'The token has already been processed.', 'token');
    case 'deleted':
      return notFound();
    default:
      return v.state satisfies never; // a new ending does not compile until it is answered here
  }
}

/**
 * Closing wipes the digest: what is closed cannot be judged again, even by mistake. The sealed code goes too,
 * unless the sandbox goes on showing it.
 */
function close(v: Verification, state: Ending, closedAtMs: number, reason: string | null = null): Closed {
  const { id, projectId, mode, channel, recipientKey, sealedRecipient, originator, reference } = v;
  const { wording, tokenLength, messageId, createdAtMs, expiresAtMs, wrongGuesses, lastWrongAtMs } = v;
  const sealedCode = v.codeIsKept === 'until-expiry' && state !== 'expired' ? v.sealedCode : null;
  return {
    ...{ id, projectId, mode, channel, recipientKey, sealedRecipient, originator, reference },
    ...{ wording, tokenLength, messageId, createdAtMs, expiresAtMs, wrongGuesses, lastWrongAtMs },
    ...{
      sealedCode,
      codeIsKept: v.codeIsKept,
      boundTo: v.boundTo,
      guard: v.guard,
      state,
      closedAtMs,
      reason,
    },
  };
}
