import {
  CHALLENGE_ATTEMPTS,
  type Challenge,
  cancelChallenge,
  challengeNotFound,
  settleChallenge,
} from '../../domain/challenge.ts';
import { type FactorKind, isUsable } from '../../domain/factor.ts';
import type { Key, Scope } from '../../domain/scope.ts';
import type { Whereabouts } from '../../domain/whereabouts.ts';
import { Failure, refuse } from '../../kernel/failure.ts';
import { tables } from '../../store/store.ts';
import { type ConsumeDeps, consume, type Proof, voidSent } from '../consume.ts';
import type { KeepDeps } from './keep.ts';
import { type FactorView, viewFactor } from './view.ts';

export type NewChallenge = {
  readonly user: string;
  readonly purpose: string;
  readonly audience: string;
  /** Kinds of factor that may answer it; null for all. */
  readonly kinds: readonly FactorKind[] | null;
  readonly validSeconds: number;
};

/** A challenge, whose it is, and the factors by which it may be answered. */
export type ChallengeView = {
  readonly challenge: Challenge;
  readonly user: string;
  readonly factors: readonly FactorView[];
};

/**
 * Asks a user to prove who they are.
 * @throws Failure `invalid_parameter` when the user has no confirmed factor that may answer
 */
export async function createChallenge(
  deps: KeepDeps,
  { projectId, mode }: Scope,
  wanted: NewChallenge,
): Promise<ChallengeView> {
  const { user, purpose, audience, kinds } = wanted;
  const userKey = deps.vault.userKey({ projectId, mode }, user);
  const id = deps.store.newId();
  const factors = await answering(deps, { projectId, mode, userKey, kinds });
  if (factors.length === 0) {
    const which = kinds === null ? '' : ` of kind ${kinds.join(' or ')}`;
    throw refuse('invalid_parameter', `this user has no confirmed factor${which} that can be used`, 'user');
  }
  const challenge = await deps.store.transaction(async (tx): Promise<Challenge> => {
    const made: Challenge = {
      ...{ id, projectId, mode, userKey, purpose, audience, kinds, state: 'open', verificationIds: [] },
      ...{ createdAtMs: tx.nowMs, expiresAtMs: tx.nowMs + wanted.validSeconds * 1000 },
      attemptsLeft: CHALLENGE_ATTEMPTS,
    };
    tx.insert(tables.challenges, made);
    return made;
  });
  return { challenge, user, factors };
}

/**
 * Answers a challenge with a code of one factor.
 * @throws Failure as `consume` does
 */
export async function checkChallenge(
  deps: ConsumeDeps,
  key: Key,
  answer: { readonly factorId: string; readonly whereabouts: Whereabouts } & Proof,
): Promise<ChallengeView> {
  const { factorId, whereabouts, typed } = answer;
  const challenge = await consume(deps, 'challenge', { key, factorId, whereabouts }, { typed });
  return viewChallenge(deps, challenge);
}

/**
 * Reads a challenge. One that is seen to have expired is kept as expired, so that a clock set back cannot show it
 * as open again.
 * @throws Failure `not_found`
 */
export async function readChallenge(deps: KeepDeps, key: Key): Promise<ChallengeView> {
  const found = await deps.store.read.get(tables.challenges, key);
  if (found === null) throw challengeNotFound();
  if (settleChallenge(found, deps.store.nowMs()) === found) return viewChallenge(deps, found);
  const kept = await deps.store.transaction(async (tx) => {
    const current = (await tx.get(tables.challenges, key)) ?? found;
    const settled = settleChallenge(current, tx.nowMs);
    if (settled !== current) tx.update(tables.challenges, settled);
    return settled;
  });
  return viewChallenge(deps, kept);
}

/**
 * Takes a challenge back: codes that were sent for it are void. One that has been answered or has ended stays.
 * @throws Failure `not_found`
 */
export async function cancel(deps: KeepDeps, key: Key): Promise<ChallengeView> {
  const canceled = await deps.store.transaction(async (tx): Promise<Challenge | Failure> => {
    const found = await tx.get(tables.challenges, key);
    if (found === null) return challengeNotFound();
    const settled = settleChallenge(found, tx.nowMs);
    const next = cancelChallenge(settled, tx.nowMs);
    if (next !== found) tx.update(tables.challenges, next);
    if (next !== settled) await voidSent(tx, next);
    return next;
  });
  if (canceled instanceof Failure) throw canceled;
  return viewChallenge(deps, canceled);
}

async function viewChallenge(deps: KeepDeps, challenge: Challenge): Promise<ChallengeView> {
  const owner = await deps.store.read.get(tables.users, challenge);
  if (owner === null) throw new Error('a challenge belongs to a user who does not exist');
  const factors = challenge.state === 'open' ? await answering(deps, challenge) : [];
  return { challenge, user: deps.vault.openUser(owner), factors };
}

/** The factors by which a challenge may be answered, the oldest first. */
async function answering(
  { store, vault }: KeepDeps,
  { kinds, ...owner }: Pick<Challenge, 'projectId' | 'mode' | 'userKey' | 'kinds'>,
): Promise<readonly FactorView[]> {
  const found = await store.read.list(tables.factorsOfUser, owner, store.nowMs());
  return found
    .filter((factor) => isUsable(factor) && (kinds === null || kinds.includes(factor.kind)))
    .sort((a, b) => a.createdAtMs - b.createdAtMs)
    .map((factor) => viewFactor(vault, factor));
}
