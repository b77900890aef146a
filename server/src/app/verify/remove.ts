import type { Key } from '../../domain/scope.ts';
import { isHidden, notFound, remove, settle } from '../../domain/verification.ts';
import { type Store, tables } from '../../store/store.ts';

/**
 * Deletes a verification: its code is void at once, and it cannot be read or checked any more. The row stays,
 * since wrong guesses at it still count towards the recipient's budget.
 * @throws Failure `not_found`, also when it was deleted before
 */
export async function removeVerification({ store }: { readonly store: Store }, key: Key): Promise<void> {
  const refusal = await store.transaction(async (tx) => {
    const found = await tx.get(tables.verifications, key);
    if (found === null || isHidden(found)) return notFound();
    tx.update(tables.verifications, remove(settle(found, tx.nowMs), tx.nowMs));
    return null;
  });
  if (refusal !== null) throw refusal;
}
