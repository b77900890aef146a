import { type ProofClaims, readProof, readStatement, type SigningKey } from '../../domain/proof.ts';
import type { Key, Scope } from '../../domain/scope.ts';
import { isHidden } from '../../domain/verification.ts';
import {
  digestRecipient,
  VERIFICATION_PROOF,
  type VerificationClaims,
} from '../../domain/verification-proof.ts';
import { Failure, refuse } from '../../kernel/failure.ts';
import { type Store, type Transaction, tables } from '../../store/store.ts';

export type RedeemDeps = { readonly store: Store; readonly keys: () => readonly SigningKey[] };

/** What the proof must have been made for. */
export type Expected = {
  readonly proof: string;
  readonly audience: string;
  readonly purpose: string;
  /** Digest of the transaction that it must approve; null when it must approve none. */
  readonly transaction: string | null;
  /** The number (E.164) or address that it must be about; null when it must be about a user. */
  readonly recipient: string | null;
};
/** What it said, of a user or of a recipient. */
export type Redeemed = { readonly redeemedAtMs: number } & (
  | { readonly kind: 'challenge'; readonly claims: ProofClaims }
  | { readonly kind: 'verification'; readonly claims: VerificationClaims }
);

/**
 * Takes a proof, once. Whoever acts on a proof redeems it in the same breath, so that it cannot act twice.
 * @throws Failure `invalid_parameter` when it is none of ours or was made for something else; `code_expired`;
 * `code_spent` when it was redeemed before
 */
export async function redeemProof(
  { store, keys }: RedeemDeps,
  { projectId, mode }: Scope,
  expected: Expected,
): Promise<Redeemed> {
  const read = readEither(expected.proof, keys());
  if (read === null || read.claims.project !== projectId || read.claims.mode !== mode) {
    throw refuse('invalid_parameter', 'this is no proof that was signed here for this project', 'proof');
  }
  const odd = oddity(read, expected);
  if (odd !== null) throw refuse('invalid_parameter', `the proof was made for another ${odd}`, odd);
  const key = { projectId, mode, id: read.claims.jti };
  const redeemed = await store.transaction((tx): Promise<number | Failure> => {
    return read.kind === 'challenge'
      ? takeOfChallenge(tx, key, read.claims)
      : takeOfVerification(tx, key, read.claims);
  });
  if (redeemed instanceof Failure) throw redeemed;
  return { ...read, redeemedAtMs: redeemed };
}

type Read =
  | { readonly kind: 'challenge'; readonly claims: ProofClaims }
  | { readonly kind: 'verification'; readonly claims: VerificationClaims };

function readEither(proof: string, keys: readonly SigningKey[]): Read | null {
  const ofChallenge = readProof(proof, keys);
  if (ofChallenge !== null) return { kind: 'challenge', claims: ofChallenge };
  const ofVerification = readStatement(proof, VERIFICATION_PROOF, keys);
  if (ofVerification === null) return null;
  return { kind: 'verification', claims: ofVerification as VerificationClaims };
}

async function takeOfChallenge(tx: Transaction, key: Key, claims: ProofClaims): Promise<number | Failure> {
  const challenge = await tx.get(tables.challenges, key);
  if (challenge?.state !== 'approved') return refuse('not_found', 'what this proof is of is gone', 'proof');
  if (challenge.redeemedAtMs !== null) return spent();
  if (tx.nowMs >= claims.exp * 1000) return expired();
  tx.update(tables.challenges, { ...challenge, redeemedAtMs: tx.nowMs });
  return tx.nowMs;
}

async function takeOfVerification(
  tx: Transaction,
  key: Key,
  { exp }: VerificationClaims,
): Promise<number | Failure> {
  // Locked first, so that two who redeem at once come one after the other.
  const verification = await tx.get(tables.verifications, key);
  if (verification?.state !== 'verified' || isHidden(verification))
    return refuse('not_found', 'what this proof is of is gone', 'proof');
  if ((await tx.get(tables.redemptions, key)) !== null) return spent();
  if (tx.nowMs >= exp * 1000) return expired();
  tx.insert(tables.redemptions, { ...key, redeemedAtMs: tx.nowMs });
  return tx.nowMs;
}

type Oddity = 'audience' | 'purpose' | 'payment' | 'recipient';

function oddity({ kind, claims }: Read, expected: Expected): Oddity | null {
  if (claims.aud !== expected.audience) return 'audience';
  if (claims.purpose !== expected.purpose) return 'purpose';
  if (kind === 'challenge') {
    if (expected.recipient !== null) return 'recipient';
    return (claims.transaction ?? null) === expected.transaction ? null : 'payment';
  }
  if (expected.transaction !== null) return 'payment';
  const digest = expected.recipient === null ? null : digestRecipient(claims.jti, expected.recipient);
  return claims.recipient === digest ? null : 'recipient';
}

const spent = (): Failure => refuse('code_spent', 'the proof has been redeemed', 'proof');
const expired = (): Failure => refuse('code_expired', 'the proof has expired', 'proof');
