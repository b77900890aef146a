import type { Key } from '../../domain/scope.ts';
import { isHidden, notFound, settle } from '../../domain/verification.ts';
import { claimsOfVerification, VERIFICATION_PROOF } from '../../domain/verification-proof.ts';
import { refuse } from '../../kernel/failure.ts';
import { type Store, tables } from '../../store/store.ts';
import type { Vault } from '../vault.ts';

export type VerificationProofDeps = {
  readonly store: Store;
  readonly vault: Vault;
  readonly sign: (claims: object, type: string) => string;
  readonly issuer: string;
};

/**
 * Writes the proof of a verification that has succeeded, for a purpose and an audience. It is good for five minutes
 * from the success on. However many are written for one verification, one of them is redeemed, once.
 * @throws Failure `not_found`; `invalid_parameter` while nothing is proved; `code_expired`
 */
export async function proveVerification(
  { store, vault, sign, issuer }: VerificationProofDeps,
  key: Key,
  asked: { readonly purpose: string; readonly audience: string },
): Promise<{ readonly proof: string; readonly expiresAtMs: number }> {
  const found = await store.read.get(tables.verifications, key);
  if (found === null || isHidden(found)) throw notFound();
  const settled = settle(found, store.nowMs());
  if (settled.state !== 'verified') {
    throw refuse('invalid_parameter', 'this verification has not succeeded; check its code first', 'id');
  }
  const claims = claimsOfVerification({ ...settled, state: 'verified' }, vault.openRecipient(settled), {
    ...{ ...asked, issuer },
  });
  const expiresAtMs = claims.exp * 1000;
  if (store.nowMs() >= expiresAtMs) {
    throw refuse('code_expired', 'it succeeded more than five minutes ago; verify again', 'id');
  }
  return { proof: sign(claims, VERIFICATION_PROOF), expiresAtMs };
}
