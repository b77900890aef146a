import {
  type Factor,
  factorNotFound,
  isGivenUp,
  isSent,
  isToken,
  isUsable,
  NEW_TRIES,
} from '../../domain/factor.ts';
import type { Key, Scope, UserKey } from '../../domain/scope.ts';
import { remove } from '../../domain/verification.ts';
import { Failure, refuse } from '../../kernel/failure.ts';
import { type Store, type Transaction, tables } from '../../store/store.ts';
import { type ConsumeDeps, consume, type Proof } from '../consume.ts';
import type { Notices } from '../notices.ts';
import { forgetPasskey } from '../passkeys.ts';
import type { Vault } from '../vault.ts';
import { returnToStock } from './stock.ts';
import { type FactorView, viewFactor } from './view.ts';

export type KeepDeps = { readonly store: Store; readonly vault: Vault };
export type ChangeDeps = KeepDeps & { readonly notices: Notices };

/** A factor that was added just now, and whom its user was told by, most of each hidden. */
export type Added = FactorView & { readonly noticeTo: readonly string[] };

/** The factors of a user, the oldest first; none for a user who is not known. */
export async function listFactors(
  { store, vault }: KeepDeps,
  scope: Scope,
  user: string,
): Promise<readonly FactorView[]> {
  const nowMs = store.nowMs();
  const found = await store.read.list(tables.factorsOfUser, ownerOf(vault, scope, user), nowMs);
  return found
    .filter((factor) => !isGivenUp(factor, nowMs))
    .sort((a, b) => a.createdAtMs - b.createdAtMs)
    .map((factor) => viewFactor(vault, factor));
}

/**
 * Takes the first code of a factor, or the registration of a passkey: from then on it proves who its user is.
 * @throws Failure as `consume` does
 */
export async function confirmFactor(
  deps: ConsumeDeps,
  key: Key,
  user: string,
  { session, ...proof }: Proof & { readonly session: string | null },
): Promise<Added> {
  const userKey = deps.vault.userKey(key, user);
  const sessionKey = session === null ? null : deps.vault.sessionKey(key, session);
  const factor = await consume(deps, 'enrolment', { key, userKey, sessionKey }, proof);
  const noticeTo = await deps.notices.toldOf(key, 'factorAdded', factor.id);
  return { ...viewFactor(deps.vault, factor), noticeTo };
}

/**
 * Finds a counting token again that was pressed too often, by two codes that follow one another.
 * @throws Failure as `consume` does
 */
export async function resyncFactor(
  deps: ConsumeDeps,
  key: Key,
  user: string,
  [typed, next]: readonly [string, string],
): Promise<FactorView> {
  const userKey = deps.vault.userKey(key, user);
  return viewFactor(deps.vault, await consume(deps, 'resync', { key, userKey }, { typed, next }));
}

/** @throws Failure `not_found` */
export async function renameFactor(
  deps: KeepDeps,
  key: Key,
  user: string,
  name: string | null,
): Promise<FactorView> {
  const renamed = await deps.store.transaction(async (tx): Promise<Factor | Failure> => {
    const found = await tx.get(tables.factors, key);
    if (!isOf(deps, found, user, tx.nowMs)) return factorNotFound();
    const factor = { ...found, name };
    tx.update(tables.factors, factor);
    return factor;
  });
  if (renamed instanceof Failure) throw renamed;
  return viewFactor(deps.vault, renamed);
}

/** The name of a user by its key, and their factors; null for a user who is not known. */
export async function readUser(
  { store, vault }: KeepDeps,
  key: UserKey,
): Promise<{ readonly name: string; readonly factors: readonly FactorView[] } | null> {
  const user = await store.read.get(tables.users, key);
  if (user === null) return null;
  const name = vault.openUser(user);
  return { name, factors: await listFactors({ store, vault }, key, name) };
}

/**
 * Forgets the wrong codes of a factor, so that its user need not wait any longer.
 * @throws Failure `not_found`
 */
export async function forgiveFactor(deps: KeepDeps, key: Key, user: string): Promise<void> {
  const refusal = await deps.store.transaction(async (tx): Promise<Failure | null> => {
    const found = await tx.get(tables.factors, key);
    if (!isOf(deps, found, user, tx.nowMs)) return factorNotFound();
    tx.update(tables.factors, { ...found, tries: NEW_TRIES });
    return null;
  });
  if (refusal !== null) throw refusal;
}

/**
 * Removes a factor and its secret. A code that was sent to confirm it is void. Its user is told, by what is removed
 * too, where that is a phone or mailbox.
 * @param keepsOne whether a confirmed one must be left besides recovery codes; of two removals at once the second is
 * refused then
 * @throws Failure `not_found`; `last_factor` where it is the last that must be left
 */
export async function removeFactor(
  deps: ChangeDeps,
  key: Key,
  user: string,
  { keepsOne = false } = {},
): Promise<void> {
  const owner = ownerOf(deps.vault, key, user);
  const refusal = await deps.store.transaction(async (tx): Promise<Failure | null> => {
    // Of two removals each would take the other's factor for the one that is left.
    await tx.lock({ projectId: owner.projectId, mode: owner.mode, recipientKey: owner.userKey });
    const found = await tx.get(tables.factors, key);
    if (!isOf(deps, found, user, tx.nowMs)) return factorNotFound();
    if (keepsOne && (await isLast(tx, found)))
      return refuse('last_factor', 'Keep one factor: add another one first.', 'keepOne');
    tx.remove(tables.factors, key);
    if (isToken(found)) await returnToStock(tx, found);
    forgetPasskey(deps, tx, found);
    const sentId = isSent(found) && found.confirmedAtMs === null ? found.verificationId : null;
    const sent = sentId === null ? null : await tx.get(tables.verifications, { ...key, id: sentId });
    if (sent?.state === 'open') tx.update(tables.verifications, remove(sent, tx.nowMs));
    if (found.confirmedAtMs !== null) await deps.notices.notify(tx, 'factorRemoved', found, found.id);
    return null;
  });
  if (refusal !== null) throw refusal;
}

/**
 * Whether it proves who the user is, and no other one is left that does; recovery codes stand in for a factor, and are
 * none.
 */
async function isLast(tx: Transaction, factor: Factor): Promise<boolean> {
  if (!isUsable(factor)) return false;
  const all: readonly Factor[] = await tx.list(tables.factorsOfUser, factor);
  return !all.some((other) => other.id !== factor.id && isUsable(other) && other.kind !== 'recovery');
}

function isOf({ vault }: KeepDeps, factor: Factor | null, user: string, nowMs: number): factor is Factor {
  return factor !== null && factor.userKey === vault.userKey(factor, user) && !isGivenUp(factor, nowMs);
}

const ownerOf = (vault: Vault, { projectId, mode }: Scope, user: string) => ({
  ...{ projectId, mode },
  userKey: vault.userKey({ projectId, mode }, user),
});
