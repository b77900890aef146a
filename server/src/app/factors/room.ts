import { type Factor, isGivenUp, isSent, isToken, MOST_FACTORS } from '../../domain/factor.ts';
import { type Failure, refuse } from '../../kernel/failure.ts';
import { type Transaction, tables } from '../../store/store.ts';
import type { Vault } from '../vault.ts';
import { returnToStock } from './stock.ts';

/** Locks the user, clears away what was given up or is replaced, and tells why there is no room, if so. */
export async function makeRoom(
  { vault }: { readonly vault: Vault },
  tx: Transaction,
  user: string,
  factor: Factor,
): Promise<Failure | null> {
  const { projectId, mode, userKey } = factor;
  const key = { projectId, mode, userKey };
  await tx.lock({ projectId, mode, recipientKey: userKey });
  const all = await tx.list(tables.factorsOfUser, key);
  const gone = all.filter((other) => isGivenUp(other, tx.nowMs) || isReplaced(other, factor));
  const left = all.filter((other) => !gone.includes(other));
  if (left.some((other) => isSame(other, factor)))
    return refuse('invalid_parameter', 'this user has that factor already', 'recipient');
  if (left.length >= MOST_FACTORS)
    return refuse(
      'invalid_parameter',
      `a user has at most ${MOST_FACTORS} factors; remove one first`,
      'user',
    );
  for (const other of gone) {
    tx.remove(tables.factors, other);
    if (isToken(other)) await returnToStock(tx, other);
  }
  if ((await tx.get(tables.users, key)) === null) {
    tx.insert(tables.users, { ...key, sealedName: vault.sealUser(user, key), createdAtMs: tx.nowMs });
  }
  return null;
}

const isReplaced = (other: Factor, factor: Factor): boolean =>
  (other.kind === 'webauthn' && other.memory.state === 'pending' && other.memory.nonce === null) ||
  (factor.kind === 'recovery' && other.kind === 'recovery') ||
  (isSameRecipient(other, factor) && other.confirmedAtMs === null);

const isSame = (other: Factor, factor: Factor): boolean =>
  isSameRecipient(other, factor) && other.confirmedAtMs !== null;

const isSameRecipient = (other: Factor, factor: Factor): boolean =>
  isSent(other) && isSent(factor) && other.kind === factor.kind && other.recipientKey === factor.recipientKey;
