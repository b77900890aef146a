import { type Failure, refuse } from '../kernel/failure.ts';
import type { UserVerification } from './factor/webauthn-policy.ts';
import type { FactorKind } from './factor.ts';
import type { Mode } from './scope.ts';

type About = {
  readonly id: string;
  readonly projectId: string;
  readonly mode: Mode;
  /** Who is asked; null until a passkey has said who it is. */
  readonly userKey: string | null;
  /** What the proof is for, in the customer's own words, such as `sign-in`. */
  readonly purpose: string;
  /** Who is to be shown the proof. */
  readonly audience: string;
  /** Kinds of factor that may answer it; null for all. */
  readonly kinds: readonly FactorKind[] | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** Verifications whose codes were sent for it, the newest last. */
  readonly verificationIds: readonly string[];
  readonly attemptsLeft: number;
  /** What its user is asked to approve, by digest and sealed; null when they only say who they are. */
  readonly transaction: { readonly digest: string; readonly sealed: Uint8Array } | null;
  /** Keyed hash of the caller's session that asks; null when the caller named none. */
  readonly sessionKey: string | null;
  /** For passkeys; null when none may answer. */
  readonly webauthn: {
    /** 32 bytes of chance, base64url. Each answer uses it up, and another takes its place. */
    readonly nonce: string;
    readonly userVerification: UserVerification;
    /** Whether the passkey that answered had verified its user. */
    readonly userVerified: boolean;
  } | null;
};
export type OpenChallenge = About & { readonly state: 'open' };
export type Approval = {
  readonly factorId: string;
  readonly kind: FactorKind;
};
export type ApprovedChallenge = About & {
  readonly state: 'approved';
  readonly userKey: string;
  readonly closedAtMs: number;
  readonly approval: Approval;
  /** Of an approved transaction: what was shown to whom, sealed. */
  readonly sealedEvidence: Uint8Array | null;
  /** When its proof was redeemed: that is done once. */
  readonly redeemedAtMs: number | null;
};
export type EndedChallenge = About & {
  readonly state: 'failed' | 'expired' | 'canceled';
  readonly closedAtMs: number;
  readonly reason: string | null;
};
/** One request that a user prove a factor, for a purpose: open until approved, failed, expired or canceled. */
export type Challenge = OpenChallenge | ApprovedChallenge | EndedChallenge;

/**
 * What a code is made for: this challenge, and what it asks to approve. So a code for one transaction is no code
 * for another, even if it were moved there.
 */
export const bindingOf = ({ id, transaction }: Challenge): string =>
  transaction === null ? `challenge:${id}` : `challenge:${id}:${transaction.digest}`;

/** Wrong answers that are judged, the last included (PSD2 RTS, article 4(3)(b)). */
export const CHALLENGE_ATTEMPTS = 5;
export const CHALLENGE_SECONDS = { least: 30, usual: 300, most: 600 } as const;
/** Codes that may be sent for one challenge. */
export const MOST_SENT = 3;

/** Time closes a challenge with nobody watching, so settle a row before asking it anything. */
export function settleChallenge(c: Challenge, nowMs: number): Challenge {
  return c.state === 'open' && nowMs >= c.expiresAtMs ? end(c, 'expired', null, c.expiresAtMs) : c;
}

export function approve(
  c: OpenChallenge & { readonly userKey: string },
  approval: Approval,
  sealedEvidence: Uint8Array | null,
  nowMs: number,
): ApprovedChallenge {
  return { ...c, state: 'approved', approval, sealedEvidence, redeemedAtMs: null, closedAtMs: nowMs };
}

/** One wrong answer that was judged. */
export function afterWrongAnswer(c: OpenChallenge, nowMs: number): OpenChallenge | EndedChallenge {
  const left = { ...c, attemptsLeft: c.attemptsLeft - 1 };
  return left.attemptsLeft > 0 ? left : end(left, 'failed', 'attempts used up', nowMs);
}

/** Takes a challenge back. One that was answered or has ended stays as it is. */
export const cancelChallenge = (c: Challenge, nowMs: number): Challenge =>
  c.state === 'open' ? end(c, 'canceled', null, nowMs) : c;

export const failChallenge = (c: OpenChallenge, reason: string, nowMs: number): EndedChallenge =>
  end(c, 'failed', reason, nowMs);

export const challengeNotFound = (): Failure => refuse('not_found', 'there is no such challenge');

/** Why a challenge that is not open takes no answer; the same whether the answer was right or wrong. */
export function challengeClosed(c: Exclude<Challenge, OpenChallenge>): Failure {
  switch (c.state) {
    case 'approved':
      return refuse('code_spent', 'the challenge has been answered; create another one');
    case 'expired':
      return refuse('code_expired', 'the challenge has expired; create another one');
    case 'failed':
      return refuse('code_spent', 'the challenge has failed; create another one');
    case 'canceled':
      return refuse('code_spent', 'the challenge was taken back');
    default:
      return c satisfies never;
  }
}

function end(
  c: OpenChallenge,
  state: EndedChallenge['state'],
  reason: string | null,
  nowMs: number,
): EndedChallenge {
  return { ...c, state, reason, closedAtMs: nowMs };
}
