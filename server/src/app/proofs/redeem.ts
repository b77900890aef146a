import { type ProofClaims, readProof, type SigningKey } from '../../domain/proof.ts';
import type { Scope } from '../../domain/scope.ts';
import { Failure, refuse } from '../../kernel/failure.ts';
import { type Store, tables } from '../../store/store.ts';

export type RedeemDeps = { readonly store: Store; readonly keys: () => readonly SigningKey[] };

/** What the proof must have been made for. */
export type Expected = {
  readonly proof: string;
  readonly audience: string;
  readonly purpose: string;
  /** Digest of the transaction that it must approve; null when it must approve none. */
  readonly transaction: string | null;
};

/**
 * Takes a proof, once. Whoever acts on a proof redeems it in the same breath, so that it cannot act twice.
 * @throws Failure `invalid_parameter` when it is none of ours or was made for something else; `code_expired`;
 * `code_spent` when it was redeemed before
 */
export async function redeemProof(
  { store, keys }: RedeemDeps,
  { projectId, mode }: Scope,
  expected: Expected,
): Promise<{ readonly claims: ProofClaims; readonly redeemedAtMs: number }> {
  const claims = readProof(expected.proof, keys());
  if (claims === null || claims.project !== projectId || claims.mode !== mode) {
    throw refuse('invalid_parameter', 'this is no proof that was signed here for this project', 'proof');
  }
  const odd = oddity(claims, expected);
  if (odd !== null) throw refuse('invalid_parameter', `the proof was made for another ${odd}`, odd);
  const key = { projectId, mode, id: claims.jti };
  const redeemed = await store.transaction(async (tx): Promise<number | Failure> => {
    const challenge = await tx.get(tables.challenges, key);
    if (challenge?.state !== 'approved') return refuse('not_found', 'what this proof is of is gone', 'proof');
    if (challenge.redeemedAtMs !== null) return refuse('code_spent', 'the proof has been redeemed', 'proof');
    if (tx.nowMs >= claims.exp * 1000) return refuse('code_expired', 'the proof has expired', 'proof');
    tx.update(tables.challenges, { ...challenge, redeemedAtMs: tx.nowMs });
    return tx.nowMs;
  });
  if (redeemed instanceof Failure) throw redeemed;
  return { claims, redeemedAtMs: redeemed };
}

function oddity(claims: ProofClaims, expected: Expected): 'audience' | 'purpose' | 'payment' | null {
  if (claims.aud !== expected.audience) return 'audience';
  if (claims.purpose !== expected.purpose) return 'purpose';
  return (claims.transaction ?? null) === expected.transaction ? null : 'payment';
}
