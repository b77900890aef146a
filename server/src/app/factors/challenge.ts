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
import { challengeOf } from '../../domain/factor/webauthn.ts';
import { type RequestOptions, requestOptions } from '../../domain/factor/webauthn-options.ts';
import type { UserVerification } from '../../domain/factor/webauthn-policy.ts';
import { FACTOR_KINDS, type FactorKind, isUsable } from '../../domain/factor.ts';
import type { Key, Scope } from '../../domain/scope.ts';
import { digestTransaction, type Transaction, transactionWords } from '../../domain/transaction.ts';
import type { Whereabouts } from '../../domain/whereabouts.ts';
import { Failure, refuse } from '../../kernel/failure.ts';
import { tables } from '../../store/store.ts';
import { type ConsumeDeps, consume, type Proof, voidSent } from '../consume.ts';
import { challengeBinding, newNonce, type PasskeyDeps, registeredOf } from '../passkeys.ts';
import type { KeepDeps } from './keep.ts';
import { type FactorView, viewFactor } from './view.ts';

export type NewChallenge = {
  /** Who is asked; null for whoever has a passkey, which says whose it is. */
  readonly user: string | null;
  readonly purpose: string;
  readonly audience: string;
  /** Kinds of factor that may answer it; null for all. */
  readonly kinds: readonly FactorKind[] | null;
  readonly validSeconds: number;
  /** What the user is to approve; null when they only say who they are. */
  readonly transaction: Transaction | null;
  /** What the caller calls its user's session; null when it names none. */
  readonly session: string | null;
  /** Whether a passkey must verify its user; null for what the policy says. */
  readonly userVerification: UserVerification | null;
};

export type ChallengeDeps = KeepDeps &
  PasskeyDeps & {
    /** Kinds of factor that may answer in this project. */
    readonly kinds: (projectId: string) => readonly FactorKind[];
    /** Writes the proof that an answered challenge is. The same challenge, the same proof while its key signs. */
    readonly prove: (challenge: ApprovedChallenge, user: string) => string;
  };

/** A challenge, whose it is, and the factors by which it may be answered. */
export type ChallengeView = {
  readonly challenge: Challenge;
  /** Null until a passkey has said who it is. */
  readonly user: string | null;
  readonly factors: readonly FactorView[];
  readonly transaction: Transaction | null;
  /** Of one that was answered. */
  readonly proof: string | null;
  /** What a token with a keypad is to be asked; null when none may answer. */
  readonly question: string | null;
  /** What the browser is to ask an authenticator for; null when no passkey may answer. */
  readonly publicKey: RequestOptions | null;
  /** The words of the transaction, to be shown where a passkey is asked for; null when there is none. */
  readonly prompt: string | null;
};

/** An answered challenge, and whom its user was told by that a recovery code was used; null when none was. */
export type Answered = ChallengeView & { readonly noticeTo: readonly string[] | null };

/**
 * Asks a user to prove who they are.
 * @throws Failure `invalid_parameter` when the user has no confirmed factor that may answer; `missing_parameter`
 * without a user, where a passkey alone cannot do
 */
export async function createChallenge(
  deps: ChallengeDeps,
  { projectId, mode }: Scope,
  wanted: NewChallenge,
): Promise<ChallengeView> {
  const { user, purpose, audience, transaction } = wanted;
  const kinds = allowedOf(kindsFor(wanted), deps.kinds(projectId));
  const id = deps.store.newId();
  const scope = { projectId, mode };
  const userKey = user === null ? null : deps.vault.userKey(scope, user);
  const factors = await answering(deps, { ...scope, userKey, kinds });
  if (userKey !== null && factors.length === 0) {
    const which = kinds === null ? '' : ` of kind ${kinds.join(' or ')}`;
    throw refuse('invalid_parameter', `this user has no confirmed factor${which} that can be used`, 'user');
  }
  const asked = transaction === null ? null : sealed(deps, transaction, { ...scope, id });
  const sessionKey = wanted.session === null ? null : deps.vault.sessionKey(scope, wanted.session);
  const webauthn = passkeysFor(deps, projectId, wanted, kinds);
  const challenge = await deps.store.transaction(async (tx): Promise<Challenge> => {
    const made: Challenge = {
      ...{ id, projectId, mode, userKey, purpose, audience, kinds, state: 'open', verificationIds: [] },
      ...{ createdAtMs: tx.nowMs, expiresAtMs: tx.nowMs + wanted.validSeconds * 1000 },
      ...{ attemptsLeft: CHALLENGE_ATTEMPTS, transaction: asked, sessionKey, webauthn },
    };
    tx.insert(tables.challenges, made);
    return made;
  });
  return {
    challenge,
    user,
    factors,
    transaction,
    proof: null,
    ...asking(deps, challenge, factors, transaction),
  };
}

/** What passkeys are asked for; null when none may answer. Who is not known by name must be verified by theirs. */
function passkeysFor(
  deps: ChallengeDeps,
  projectId: string,
  { user, userVerification }: NewChallenge,
  kinds: readonly FactorKind[] | null,
): Challenge['webauthn'] {
  if (kinds !== null && !kinds.includes('webauthn')) return null;
  const wanted = userVerification ?? deps.webauthn(projectId).userVerification;
  return {
    nonce: newNonce(deps),
    userVerification: user === null ? 'required' : wanted,
    userVerified: false,
  };
}

/** Those of the kinds that the project allows; null while it allows all. */
function allowedOf(
  kinds: readonly FactorKind[] | null,
  allowed: readonly FactorKind[],
): readonly FactorKind[] | null {
  if (kinds === null && FACTOR_KINDS.every((kind) => allowed.includes(kind))) return null;
  const left = (kinds ?? FACTOR_KINDS).filter((kind) => allowed.includes(kind));
  if (left.length > 0) return left;
  throw refuse('invalid_parameter', `no factor of kind ${kinds?.join(' or ')} is allowed here`, 'factors');
}

/** Kinds whose code is made for what is approved, and for nothing else (PSD2 RTS, article 5). */
// What WhatsApp shows is its template, which has no place for an amount and a payee.
const LINKING: readonly FactorKind[] = ['webauthn', 'ocra', 'sms', 'tts', 'email'];

function kindsFor({ user, kinds, transaction }: NewChallenge): readonly FactorKind[] | null {
  if (user === null) {
    if (kinds?.includes('webauthn') !== false && transaction === null) return ['webauthn'];
    const why =
      transaction === null ? 'only a passkey says whose it is' : 'a payment is approved by somebody';
    throw refuse('missing_parameter', `user is required: ${why}`, 'user');
  }
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
 * Answers a challenge with a code of one factor, or with a passkey.
 * @throws Failure as `consume` does
 */
export async function checkChallenge(
  deps: ConsumeDeps & ChallengeDeps,
  key: Key,
  answer: {
    /** Null for a passkey, which says so itself. */
    readonly factorId: string | null;
    readonly session: string | null;
    readonly whereabouts: Whereabouts;
    /** What the caller is about to do: it must be what the user was asked to approve. */
    readonly transaction: Transaction | null;
  } & Proof,
): Promise<Answered> {
  const { factorId, session, whereabouts, ...proof } = answer;
  const transaction = answer.transaction === null ? null : digestTransaction(answer.transaction);
  const sessionKey = session === null ? null : deps.vault.sessionKey(key, session);
  const target = { key, factorId, sessionKey, whereabouts, transaction };
  const challenge = await consume(deps, 'challenge', target, proof);
  const usedRecovery = challenge.approval.kind === 'recovery';
  const noticeTo = usedRecovery ? await deps.notices.toldOf(key, 'recoveryCodeUsed', key.id) : null;
  return { ...(await viewChallenge(deps, challenge)), noticeTo };
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
  const user = await userOf(deps, challenge);
  const factors = challenge.state === 'open' ? await answering(deps, challenge) : [];
  const transaction = transactionOf(deps, challenge);
  const proof = challenge.state === 'approved' ? deps.prove(challenge, user ?? '') : null;
  return { challenge, user, factors, transaction, proof, ...asking(deps, challenge, factors, transaction) };
}

async function userOf({ store, vault }: KeepDeps, { userKey, ...scope }: Challenge): Promise<string | null> {
  if (userKey === null) return null;
  const owner = await store.read.get(tables.users, { ...scope, userKey });
  if (owner === null) throw new Error('a challenge belongs to a user who does not exist');
  return vault.openUser(owner);
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

/** What is to be typed into a token, and put before an authenticator, while the challenge is open. */
function asking(
  deps: ChallengeDeps,
  challenge: Challenge,
  factors: readonly FactorView[],
  transaction: Transaction | null,
): Pick<ChallengeView, 'question' | 'publicKey' | 'prompt'> {
  const asks = factors.some(({ factor }) => factor.kind === 'ocra');
  const question = asks ? deps.vault.questionFor(bindingOf(challenge), challenge) : null;
  const prompt = transaction === null ? null : transactionWords(transaction);
  return { question, publicKey: publicKeyOf(deps, challenge, factors), prompt };
}

function publicKeyOf(
  deps: ChallengeDeps,
  challenge: Challenge,
  factors: readonly FactorView[],
): RequestOptions | null {
  const policy = deps.webauthn(challenge.projectId);
  const binding = challengeBinding(challenge, policy);
  if (challenge.state !== 'open' || challenge.webauthn === null || binding === null) return null;
  const known = registeredOf(factors.map(({ factor }) => factor));
  if (challenge.userKey !== null && known.length === 0) return null;
  const { userVerification } = challenge.webauthn;
  const timeoutMs = Math.max(0, challenge.expiresAtMs - deps.store.nowMs());
  return requestOptions(policy, { challenge: challengeOf(binding), timeoutMs, userVerification, known });
}

function transactionOf({ vault }: KeepDeps, challenge: Challenge): Transaction | null {
  if (challenge.transaction === null) return null;
  return vault.openTransaction('transaction', challenge.transaction.sealed, challenge) as Transaction;
}

/** The factors by which a challenge may be answered, the oldest first. */
async function answering(
  { store, vault }: KeepDeps,
  { kinds, userKey, ...scope }: Pick<Challenge, 'projectId' | 'mode' | 'userKey' | 'kinds'>,
): Promise<readonly FactorView[]> {
  if (userKey === null) return [];
  const found = await store.read.list(tables.factorsOfUser, { ...scope, userKey }, store.nowMs());
  return found
    .filter((factor) => isUsable(factor) && (kinds === null || kinds.includes(factor.kind)))
    .sort((a, b) => a.createdAtMs - b.createdAtMs)
    .map((factor) => viewFactor(vault, factor));
}
