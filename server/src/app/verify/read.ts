import type { Key } from '../../domain/scope.ts';
import { isHidden, notFound, settle } from '../../domain/verification.ts';
import { type Store, tables } from '../../store/store.ts';
import type { Vault } from '../vault.ts';
import { type VerificationView, view } from './view.ts';

/**
 * Reads a verification. One that is seen to have expired is kept as expired, so that a clock set back cannot
 * show it as open again.
 * @throws Failure `not_found`, also when it was deleted
 */
export async function readVerification(
  { store, vault }: { readonly store: Store; readonly vault: Vault },
  key: Key,
): Promise<VerificationView> {
  const found = await store.read.get(tables.verifications, key);
  if (found === null || isHidden(found)) throw notFound();
  const settled = settle(found, store.nowMs());
  if (settled === found) return view(vault, found);
  const kept = await store.transaction(async (tx) => {
    const current = await tx.get(tables.verifications, key);
    if (current === null) return settled;
    const ended = settle(current, tx.nowMs);
    if (ended !== current) tx.update(tables.verifications, ended);
    return ended;
  });
  return view(vault, kept);
}
