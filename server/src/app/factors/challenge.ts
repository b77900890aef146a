import {
  type ApprovedChallenge,
  bindingOf,
  CHALLENGE_ATTEMPTS,
  type Challenge,
  cancelChallenge,
  challengeNotFound,
  settleChallenge,
} from '../../domain/challenge.ts';
import type { Evidence } from '../../domain/evidence.ts';
import { type FactorKind, isUsable, SENT_KINDS } from '../../domain/factor.ts';
import type { Key, Scope } from '../../domain/scope.ts';
import { digestTransaction, type Transaction } from '../../domain/transaction.ts';
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
  /** What the user is to approve; null when they only say who they are. */
  readonly transaction: Transaction | null;
};

export type ChallengeDeps = KeepDeps & {
  /** Writes the proof that an answered challenge is. The same challenge, the same proof while its key signs. */
  readonly prove: (challenge: ApprovedChallenge, user: string) => string;
};

/** A challenge, whose it is, and the factors by which it may be answered. */
export type ChallengeView = {
  readonly challenge: Challenge;
  readonly user: string;
  readonly factors: readonly FactorView[];
  readonly transaction: Transaction | null;
  /** Of one that was answered. */
  readonly proof: string | null;
  /** What a token with a keypad is to be asked; null when none may answer. */
  readonly question: string | null;
};

/**
 * Asks a user to prove who they are.
 * @throws Failure `invalid_parameter` when the user has no confirmed factor that may answer
 */
export async function createChallenge(
  deps: ChallengeDeps,
  { projectId, mode }: Scope,
  wanted: NewChallenge,
): Promise<ChallengeView> {
  const { user, purpose, audience, transaction } = wanted;
  const kinds = kindsFor(wanted);
  const userKey = deps.vault.userKey({ projectId, mode }, user);
  const id = deps.store.newId();
  const factors = await answering(deps, { projectId, mode, userKey, kinds });
  if (factors.length === 0) {
    const which = kinds === null ? '' : ` of kind ${kinds.join(' or ')}`;
    throw refuse('invalid_parameter', `this user has no confirmed factor${which} that can be used`, 'user');
  }
  const asked = transaction === null ? null : sealed(deps, transaction, { projectId, mode, id });
  const challenge = await deps.store.transaction(async (tx): Promise<Challenge> => {
    const made: Challenge = {
      ...{ id, projectId, mode, userKey, purpose, audience, kinds, state: 'open', verificationIds: [] },
      ...{ createdAtMs: tx.nowMs, expiresAtMs: tx.nowMs + wanted.validSeconds * 1000 },
      ...{ attemptsLeft: CHALLENGE_ATTEMPTS, transaction: asked },
    };
    tx.insert(tables.challenges, made);
    return made;
  });
  const question = questionOf(deps, challenge, factors);
  return { challenge, user, factors, transaction, proof: null, question };
}

/** Kinds whose code is made for what is approved, and for nothing else (PSD2 RTS, article 5). */
const LINKING: readonly FactorKind[] = ['ocra', ...SENT_KINDS];

function kindsFor({ kinds, transaction }: NewChallenge): readonly FactorKind[] | null {
  if (transaction === null) return kinds;
  const odd = kinds?.find((kind) => !LINKING.includes(kind));
  if (odd === undefined) return kinds ?? LINKING;
  const what = `a code of kind ${odd} is not made for one payment; use ${LINKING.join(', ')}`;
  throw refuse('invalid_parameter', what, 'factors');
}

function sealed(deps: KeepDeps, transaction: Transaction, owner: Key) {
  return {
    digest: digestTransaction(transaction),
    sealed: deps.vault.sealTransaction('transaction', transaction, owner),
  };
}

/**
 * Answers a challenge with a code of one factor.
 * @throws Failure as `consume` does
 */
export async function checkChallenge(
  deps: ConsumeDeps & ChallengeDeps,
  key: Key,
  answer: {
    readonly factorId: string;
    readonly whereabouts: Whereabouts;
    /** What the caller is about to do: it must be what the user was asked to approve. */
    readonly transaction: Transaction | null;
  } & Proof,
): Promise<ChallengeView> {
  const { factorId, whereabouts, typed } = answer;
  const transaction = answer.transaction === null ? null : digestTransaction(answer.transaction);
  const target = { key, factorId, whereabouts, transaction };
  const challenge = await consume(deps, 'challenge', target, { typed });
  return viewChallenge(deps, challenge);
}

/**
 * Reads a challenge. One that is seen to have expired is kept as expired, so that a clock set back cannot show it
 * as open again.
 * @throws Failure `not_found`
 */
export async function readChallenge(deps: ChallengeDeps, key: Key): Promise<ChallengeView> {
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
export async function cancel(deps: ChallengeDeps, key: Key): Promise<ChallengeView> {
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

async function viewChallenge(deps: ChallengeDeps, challenge: Challenge): Promise<ChallengeView> {
  const owner = await deps.store.read.get(tables.users, challenge);
  if (owner === null) throw new Error('a challenge belongs to a user who does not exist');
  const factors = challenge.state === 'open' ? await answering(deps, challenge) : [];
  const user = deps.vault.openUser(owner);
  const proof = challenge.state === 'approved' ? deps.prove(challenge, user) : null;
  const question = questionOf(deps, challenge, factors);
  return { challenge, user, factors, transaction: transactionOf(deps, challenge), proof, question };
}

/** How a transaction was approved: what was shown to whom, for as long as the challenge is kept. */
export type ApprovedTransaction = ChallengeView & {
  readonly challenge: ApprovedChallenge;
  readonly transaction: Transaction;
  readonly evidence: Evidence;
};

/** @throws Failure `not_found` when nothing was approved by this challenge */
export async function readEvidence(deps: ChallengeDeps, key: Key): Promise<ApprovedTransaction> {
  const { challenge, transaction, ...view } = await readChallenge(deps, key);
  if (challenge.state !== 'approved' || challenge.sealedEvidence === null || transaction === null) {
    throw refuse('not_found', 'no transaction was approved by this challenge');
  }
  const evidence = deps.vault.openTransaction('evidence', challenge.sealedEvidence, challenge) as Evidence;
  return { ...view, challenge, transaction, evidence };
}

function questionOf(
  { vault }: KeepDeps,
  challenge: Challenge,
  factors: readonly FactorView[],
): string | null {
  const asks = factors.some(({ factor }) => factor.kind === 'ocra');
  return asks ? vault.questionFor(bindingOf(challenge), challenge) : null;
}

function transactionOf({ vault }: KeepDeps, challenge: Challenge): Transaction | null {
  if (challenge.transaction === null) return null;
  return vault.openTransaction('transaction', challenge.transaction.sealed, challenge) as Transaction;
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
