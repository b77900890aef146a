import { readCode } from '../../domain/code.ts';
import type { Key } from '../../domain/scope.ts';
import { guess, malformed, notFound, type Verification } from '../../domain/verification.ts';
import { Failure } from '../../kernel/failure.ts';
import { type Store, tables } from '../../store/store.ts';
import type { Vault } from '../vault.ts';
import { type VerificationView, view } from './view.ts';

/** What proves something, as it was typed or sent. */
export type Proof = { readonly kind: 'code'; readonly typed: string };

/**
 * Checks a proof. This is the one way in which a code is consumed: the row is locked, judged, saved and
 * committed whatever the answer, and only then answered. Nothing but its own row decides.
 * @throws Failure `not_found`; `malformed_code` (nothing is counted); `wrong_code`, `code_expired`, `code_spent`
 */
export async function checkProof(
  deps: { readonly store: Store; readonly vault: Vault; readonly closed: () => void },
  key: Key,
  proof: Proof,
): Promise<VerificationView> {
  const answer = await deps.store.transaction(async (tx): Promise<Verification | Failure> => {
    const found = await tx.get(tables.verifications, key);
    if (found === null || found.state === 'deleted') return notFound();
    const code = readCode(proof.typed, found.tokenLength);
    if (code === null) return malformed();
    const { verification, refusal } = guess(found, deps.vault.digestCode(found, code), tx.nowMs);
    if (verification !== found) tx.update(tables.verifications, verification);
    return refusal ?? verification;
  });
  if (answer instanceof Failure) throw answer;
  deps.closed();
  return view(deps.vault, answer);
}
