import {
  afterWrongAnswer,
  approve,
  type Challenge,
  challengeClosed,
  challengeNotFound,
  settleChallenge,
} from '../domain/challenge.ts';
import { readCode } from '../domain/code.ts';
import { readRecoveryCode } from '../domain/factor/recovery.ts';
import type { TotpWindow } from '../domain/factor/totp.ts';
import {
  confirmed,
  type Factor,
  factorNotFound,
  guessFactor,
  isGivenUp,
  isSent,
  type OwnFactor,
  type SentFactor,
  type Whence,
  waiting,
} from '../domain/factor.ts';
import type { Key, UserKey } from '../domain/scope.ts';
import { guess, isHidden, malformed, notFound, remove, type Verification } from '../domain/verification.ts';
import type { Whereabouts } from '../domain/whereabouts.ts';
import { Failure, refuse } from '../kernel/failure.ts';
import { type SlowHash, SlowHashBusy } from '../kernel/slow-hash.ts';
import { type Store, type Transaction, tables } from '../store/store.ts';
import { rememberHaunts, whenceOf } from './haunts.ts';
import type { Vault } from './vault.ts';

export type ConsumeDeps = {
  readonly store: Store;
  readonly vault: Vault;
  readonly slowHash: SlowHash;
  /** Which codes of an authenticator app count, in this project. */
  readonly window: (projectId: string) => TotpWindow;
};

/** What a proof is put before. */
type Targets = {
  /** A verification of the Verify wire. */
  readonly verification: { readonly key: Key };
  /** A factor whose owner shows, for the first time, that it works. */
  readonly enrolment: { readonly key: Key; readonly userKey: string };
  readonly challenge: {
    readonly key: Key;
    /** The factor that the proof is of. */
    readonly factorId: string;
    readonly whereabouts: Whereabouts;
  };
};
type Outcomes = {
  readonly verification: Verification;
  readonly enrolment: Factor;
  readonly challenge: Extract<Challenge, { state: 'approved' }>;
};
export type TargetKind = keyof Targets;

/** A proof as it was typed. */
export type Proof = { readonly typed: string };

/** A proof with what had to be computed before the rows are locked. */
type Prepared = Proof & { readonly slow: { readonly salt: string; readonly hash: Buffer } | null };

/**
 * Consumes a proof. This is the one way in which anything is ever proved, so that used-once and counted-once hold
 * for every kind alike: the rows are locked, judged, saved and committed whatever the answer, and only then
 * answered.
 * @throws Failure `not_found`; `malformed_code` (nothing is counted); `wrong_code`, `code_expired`, `code_spent`;
 * `budget_spent` (nothing was looked at); `unavailable`
 */
export async function consume<Kind extends TargetKind>(
  deps: ConsumeDeps,
  kind: Kind,
  target: Targets[Kind],
  proof: Proof,
): Promise<Outcomes[Kind]> {
  const prepared = await prepare(deps, kind, target, proof);
  const answer = await deps.store.transaction((tx) => JUDGES[kind](deps, tx, target, prepared));
  if (answer instanceof Failure) throw answer;
  return answer;
}

type Judge<Kind extends TargetKind> = (
  deps: ConsumeDeps,
  tx: Transaction,
  target: Targets[Kind],
  proof: Prepared,
) => Promise<Outcomes[Kind] | Failure>;

const JUDGES: { readonly [Kind in TargetKind]: Judge<Kind> } = {
  async verification(deps, tx, { key }, { typed }) {
    const found = await tx.get(tables.verifications, key);
    if (found === null || isHidden(found)) return notFound();
    const code = readCode(typed, found.tokenLength);
    if (code === null) return malformed();
    return guessVerification(deps, tx, found, code);
  },

  async enrolment(deps, tx, { key, userKey }, proof) {
    const factor = await tx.get(tables.factors, key);
    if (factor === null || factor.userKey !== userKey || isGivenUp(factor, tx.nowMs)) return factorNotFound();
    if (factor.confirmedAtMs !== null)
      return refuse('code_spent', 'this factor has been confirmed already', 'code');
    const ids = isSent(factor) && factor.verificationId !== null ? [factor.verificationId] : [];
    const judged = await judgeFactor(deps, tx, factor, ids, 'unknown', proof);
    if (judged.kind === 'right') {
      const kept = confirmed(judged.factor, tx.nowMs);
      tx.update(tables.factors, kept);
      return kept;
    }
    if (judged.kind === 'wrong') tx.update(tables.factors, judged.factor);
    return judged.refusal;
  },

  async challenge(deps, tx, { key, factorId, whereabouts }, proof) {
    const found = await tx.get(tables.challenges, key);
    if (found === null) return challengeNotFound();
    const challenge = settleChallenge(found, tx.nowMs);
    if (challenge.state !== 'open') {
      if (challenge !== found) tx.update(tables.challenges, challenge);
      return challengeClosed(challenge);
    }
    const factor = await tx.get(tables.factors, { ...key, id: factorId });
    if (!mayAnswer(factor, challenge)) return factorNotFound();
    const whence = await whenceOf(deps, tx, challenge, whereabouts);
    const judged = await judgeFactor(deps, tx, factor, challenge.verificationIds, whence, proof);
    if (judged.kind === 'right') {
      const approved = approve(challenge, { factorId, kind: factor.kind }, tx.nowMs);
      tx.update(tables.challenges, approved);
      tx.update(tables.factors, { ...judged.factor, lastUsedAtMs: tx.nowMs });
      await voidSent(tx, challenge, judged.verificationId);
      await rememberHaunts(deps, tx, challenge, whereabouts);
      return approved;
    }
    if (judged.kind === 'not-judged') return judged.refusal;
    const left = afterWrongAnswer(challenge, tx.nowMs);
    tx.update(tables.challenges, left);
    tx.update(tables.factors, judged.factor);
    return refuse('wrong_code', 'the code is wrong', 'code', { attemptsLeft: left.attemptsLeft });
  },
};

function mayAnswer(factor: Factor | null, { userKey, kinds }: Challenge): factor is Factor {
  return (
    factor !== null &&
    factor.userKey === userKey &&
    factor.confirmedAtMs !== null &&
    (kinds === null || kinds.includes(factor.kind))
  );
}

type Judged =
  | { readonly kind: 'right'; readonly factor: Factor; readonly verificationId: string | null }
  | { readonly kind: 'wrong'; readonly factor: Factor; readonly refusal: Failure }
  /** Nothing was looked at and nothing is counted. */
  | { readonly kind: 'not-judged'; readonly refusal: Failure };

async function judgeFactor(
  deps: ConsumeDeps,
  tx: Transaction,
  factor: Factor,
  verificationIds: readonly string[],
  whence: Whence,
  proof: Prepared,
): Promise<Judged> {
  if (isSent(factor)) return judgeSent(deps, tx, factor, verificationIds, proof);
  const evidence = evidenceOf(deps, factor, proof);
  if (evidence === null) return { kind: 'not-judged', refusal: unreadable() };
  const refusal = await mustWait(tx, factor, whence);
  if (refusal !== null) return { kind: 'not-judged', refusal };
  const guessed = guessFactor(factor, evidence, whence, tx.nowMs);
  if (guessed.kind === 'right') return { ...guessed, verificationId: null };
  return { ...guessed, refusal: refuse('wrong_code', 'the code is wrong', 'code') };
}

/** The user's other factors are looked at only when this one would make them wait. */
async function mustWait(tx: Transaction, factor: OwnFactor, whence: Whence): Promise<Failure | null> {
  if (waiting(factor, [], whence, tx.nowMs) === null) return null;
  return waiting(factor, await tx.list(tables.factorsOfUser, factor), whence, tx.nowMs);
}

function evidenceOf(deps: ConsumeDeps, factor: OwnFactor, { typed, slow }: Prepared) {
  if (factor.kind === 'totp') {
    const code = readCode(typed, factor.settings.digits);
    if (code === null) return null;
    const secret = deps.vault.openSecret(factor);
    return { kind: 'totp', code, secret, window: deps.window(factor.projectId) } as const;
  }
  if (readRecoveryCode(typed) === null) return null;
  // Hashed under the salt of a set that was replaced meanwhile, it matches nothing, as it should.
  const digest = deps.vault.digestRecovery(slow?.hash ?? Buffer.alloc(0), factor);
  return { kind: 'recovery', digest } as const;
}

/** A code that was sent is right when it is the code of any verification that is still open for this. */
async function judgeSent(
  deps: ConsumeDeps,
  tx: Transaction,
  factor: SentFactor,
  verificationIds: readonly string[],
  { typed }: Prepared,
): Promise<Judged> {
  const sent: Verification[] = [];
  for (const id of verificationIds) {
    const found = await tx.get(tables.verifications, { ...keyOf(factor), id });
    if (found !== null && found.recipientKey === factor.recipientKey && found.channel === factor.kind)
      sent.push(found);
  }
  const [newest] = sent.toReversed();
  if (newest === undefined) {
    return { kind: 'not-judged', refusal: refuse('code_spent', 'no code was sent; send one first', 'code') };
  }
  const code = readCode(typed, newest.tokenLength);
  if (code === null) return { kind: 'not-judged', refusal: unreadable() };
  const answers: Failure[] = [];
  for (const verification of sent.toReversed()) {
    const answer = guessVerification(deps, tx, verification, code);
    if (!(answer instanceof Failure)) return { kind: 'right', factor, verificationId: verification.id };
    answers.push(answer);
  }
  const wrong = answers.find((answer) => answer.code === 'wrong_code');
  if (wrong !== undefined) {
    return { kind: 'wrong', factor, refusal: refuse('wrong_code', 'the code is wrong', 'code', wrong.facts) };
  }
  return {
    kind: 'not-judged',
    refusal: refuse('code_expired', 'the code is used up; send another one', 'code'),
  };
}

/** Judges one code against one verification, and keeps what that changes. */
function guessVerification(
  deps: ConsumeDeps,
  tx: Transaction,
  found: Verification,
  code: string,
): Verification | Failure {
  const { verification, refusal } = guess(found, deps.vault.digestCode(found, code), tx.nowMs);
  if (verification !== found) tx.update(tables.verifications, verification);
  return refusal ?? verification;
}

/** Voids what was sent for a challenge, all but the one that answered it. */
export async function voidSent(
  tx: Transaction,
  challenge: Challenge,
  answeredBy: string | null = null,
): Promise<void> {
  for (const id of challenge.verificationIds.filter((sent) => sent !== answeredBy)) {
    const found = await tx.get(tables.verifications, { ...keyOf(challenge), id });
    if (found?.state === 'open') tx.update(tables.verifications, remove(found, tx.nowMs));
  }
}

/** Hashes a recovery code under the salt of its set, which takes long and must not be done under a lock. */
async function prepare<Kind extends TargetKind>(
  deps: ConsumeDeps,
  kind: Kind,
  target: Targets[Kind],
  { typed }: Proof,
): Promise<Prepared> {
  const code = kind === 'challenge' ? readRecoveryCode(typed) : null;
  if (code === null || !('factorId' in target)) return { typed, slow: null };
  const factor = await deps.store.read.get(tables.factors, { ...keyOf(target.key), id: target.factorId });
  if (factor?.kind !== 'recovery') return { typed, slow: null };
  try {
    const hash = await deps.slowHash(code, Buffer.from(factor.salt, 'hex'));
    return { typed, slow: { salt: factor.salt, hash } };
  } catch (error) {
    if (error instanceof SlowHashBusy) throw refuse('unavailable', 'too busy; try again in a moment');
    throw error;
  }
}

const keyOf = ({ projectId, mode }: UserKey | Key) => ({ projectId, mode });

const unreadable = (): Failure =>
  refuse('malformed_code', 'this cannot be a code of that factor; it was not counted', 'code');
