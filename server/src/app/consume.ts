import {
  afterWrongAnswer,
  approve,
  bindingOf,
  type Challenge,
  challengeClosed,
  challengeNotFound,
  failChallenge,
  settleChallenge,
} from '../domain/challenge.ts';
import { readCode } from '../domain/code.ts';
import type { Evidence } from '../domain/evidence.ts';
import { readRecoveryCode } from '../domain/factor/recovery.ts';
import type { TotpWindow } from '../domain/factor/totp.ts';
import { readYubikeyOtp } from '../domain/factor/yubikey.ts';
import {
  confirmed,
  type Factor,
  type Evidence as FactorEvidence,
  factorNotFound,
  guessFactor,
  isGivenUp,
  isSent,
  type OwnFactor,
  type SentFactor,
  suiteOf,
  type Whence,
  waiting,
} from '../domain/factor.ts';
import type { Key, UserKey } from '../domain/scope.ts';
import { guess, isHidden, malformed, notFound, remove, type Verification } from '../domain/verification.ts';
import type { Whereabouts } from '../domain/whereabouts.ts';
import { Failure, refuse } from '../kernel/failure.ts';
import { maskRecipient } from '../kernel/mask.ts';
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
  /** A counting token that was pressed too often: two codes that follow one another find it again. */
  readonly resync: { readonly key: Key; readonly userKey: string };
  readonly challenge: {
    readonly key: Key;
    /** The factor that the proof is of. */
    readonly factorId: string;
    readonly whereabouts: Whereabouts;
    /** Digest of what the caller says is approved; null when it says nothing of that. */
    readonly transaction: string | null;
  };
};
type Outcomes = {
  readonly verification: Verification;
  readonly enrolment: Factor;
  readonly resync: Factor;
  readonly challenge: Extract<Challenge, { state: 'approved' }>;
};
export type TargetKind = keyof Targets;

/** A proof as it was typed. */
export type Proof = {
  readonly typed: string;
  /** The code that came after it, where two are asked for. */
  readonly next?: string;
};

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
    const about = { verificationIds: ids, whence: 'unknown', binding: `factor:${factor.id}` } as const;
    const judged = await judgeFactor(deps, tx, factor, about, proof);
    if (judged.kind === 'right') {
      const kept = confirmed(judged.factor, tx.nowMs);
      tx.update(tables.factors, kept);
      return kept;
    }
    if (judged.kind === 'wrong') tx.update(tables.factors, judged.factor);
    return judged.refusal;
  },

  async resync(deps, tx, { key, userKey }, proof) {
    const factor = await tx.get(tables.factors, key);
    if (factor?.kind !== 'hotp' || factor.userKey !== userKey || isGivenUp(factor, tx.nowMs))
      return factorNotFound();
    const about = { verificationIds: [], whence: 'unknown', binding: '' } as const;
    const judged = await judgeFactor(deps, tx, factor, about, proof);
    if (judged.kind === 'not-judged') return judged.refusal;
    const kept = judged.kind === 'wrong' ? judged.factor : confirmed(judged.factor, tx.nowMs);
    tx.update(tables.factors, kept);
    return judged.kind === 'wrong' ? judged.refusal : kept;
  },

  async challenge(deps, tx, target, proof) {
    const { key, factorId, whereabouts } = target;
    const found = await tx.get(tables.challenges, key);
    if (found === null) return challengeNotFound();
    const challenge = settleChallenge(found, tx.nowMs);
    if (challenge.state !== 'open') {
      if (challenge !== found) tx.update(tables.challenges, challenge);
      return challengeClosed(challenge);
    }
    const changed = changedTransaction(challenge, target.transaction);
    if (changed !== null) {
      if (changed.code === 'missing_parameter') return changed;
      tx.update(tables.challenges, failChallenge(challenge, 'the transaction was changed', tx.nowMs));
      await voidSent(tx, challenge);
      return changed;
    }
    const factor = await tx.get(tables.factors, { ...key, id: factorId });
    if (!mayAnswer(factor, challenge)) return factorNotFound();
    const whence = await whenceOf(deps, tx, challenge, whereabouts);
    const about = { verificationIds: challenge.verificationIds, whence, binding: bindingOf(challenge) };
    const judged = await judgeFactor(deps, tx, factor, about, proof);
    if (judged.kind === 'right') {
      const evidence = evidenceFor(deps, challenge, judged);
      const approved = approve(challenge, { factorId, kind: factor.kind }, evidence, tx.nowMs);
      tx.update(tables.challenges, approved);
      tx.update(tables.factors, { ...judged.factor, lastUsedAtMs: tx.nowMs });
      await voidSent(tx, challenge, judged.by?.id);
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

/** Whether the caller speaks of another transaction than its user was asked to approve. */
function changedTransaction({ transaction }: Challenge, said: string | null): Failure | null {
  if (transaction === null && said === null) return null;
  if (transaction === null) {
    return refuse(
      'invalid_parameter',
      'this challenge approves no transaction; the challenge is void',
      'payment',
    );
  }
  if (said === null) {
    return refuse('missing_parameter', 'say again what is approved: payment or transactionText', 'payment');
  }
  if (said === transaction.digest) return null;
  const message = 'that is not what the user was asked to approve; the challenge is void';
  return refuse('invalid_parameter', message, 'payment');
}

/** What was shown to whom, for an approved transaction. The code itself is not part of it. */
function evidenceFor(
  { vault }: ConsumeDeps,
  challenge: Challenge,
  { factor, by }: Extract<Judged, { kind: 'right' }>,
): Uint8Array | null {
  if (challenge.transaction === null) return null;
  const recipient = by === null ? null : maskRecipient(vault.openRecipient(by));
  const evidence: Evidence = {
    ...{ text: by?.wording.template ?? null, sentAtMs: by?.createdAtMs ?? null, recipient },
    factorName: factor.name,
  };
  return vault.sealTransaction('evidence', evidence, challenge);
}

type Judged =
  | { readonly kind: 'right'; readonly factor: Factor; readonly by: Verification | null }
  | { readonly kind: 'wrong'; readonly factor: Factor; readonly refusal: Failure }
  /** Nothing was looked at and nothing is counted. */
  | { readonly kind: 'not-judged'; readonly refusal: Failure };

type Circumstances = {
  /** Verifications whose codes were sent for this. */
  readonly verificationIds: readonly string[];
  readonly whence: Whence;
  /** What a question to a token is made for. */
  readonly binding: string;
};

async function judgeFactor(
  deps: ConsumeDeps,
  tx: Transaction,
  factor: Factor,
  { verificationIds, whence, binding }: Circumstances,
  proof: Prepared,
): Promise<Judged> {
  if (isSent(factor)) return judgeSent(deps, tx, factor, verificationIds, proof);
  const evidence = evidenceOf(deps, factor, binding, proof);
  if (evidence === null) return { kind: 'not-judged', refusal: unreadable() };
  const refusal = await mustWait(tx, factor, whence);
  if (refusal !== null) return { kind: 'not-judged', refusal };
  const guessed = guessFactor(factor, evidence, whence, tx.nowMs);
  if (guessed.kind === 'right') return { ...guessed, by: null };
  return { ...guessed, refusal: refuse('wrong_code', 'the code is wrong', 'code') };
}

/** The user's other factors are looked at only when this one would make them wait. */
async function mustWait(tx: Transaction, factor: OwnFactor, whence: Whence): Promise<Failure | null> {
  if (waiting(factor, [], whence, tx.nowMs) === null) return null;
  return waiting(factor, await tx.list(tables.factorsOfUser, factor), whence, tx.nowMs);
}

function evidenceOf(
  deps: ConsumeDeps,
  factor: OwnFactor,
  binding: string,
  { typed, next, slow }: Prepared,
): FactorEvidence | null {
  if (factor.kind === 'totp') {
    const code = readCode(typed, factor.settings.digits);
    if (code === null) return null;
    const secret = deps.vault.openSecret(factor);
    return { kind: 'totp', code, secret, window: deps.window(factor.projectId) };
  }
  if (factor.kind === 'hotp') {
    const codes = [typed, ...(next === undefined ? [] : [next])].map((code) =>
      readCode(code, factor.settings.digits),
    );
    const [code = null, following] = codes;
    if (code === null || following === null) return null;
    const secret = deps.vault.openSecret(factor);
    if (following === undefined) return { kind: 'hotp', code, secret };
    return { kind: 'hotp-pair', codes: [code, following], secret };
  }
  if (factor.kind === 'ocra') {
    const code = readCode(typed, suiteOf(factor).digits);
    const question = deps.vault.questionFor(binding, factor);
    return code === null ? null : { kind: 'ocra', code, question, secret: deps.vault.openSecret(factor) };
  }
  if (factor.kind === 'yubikey') {
    const otp = readYubikeyOtp(typed);
    return otp === null ? null : { kind: 'yubikey', ...otp, secret: deps.vault.openSecret(factor) };
  }
  if (readRecoveryCode(typed) === null) return null;
  // Hashed under the salt of a set that was replaced meanwhile, it matches nothing, as it should.
  const digest = deps.vault.digestRecovery(slow?.hash ?? Buffer.alloc(0), factor);
  return { kind: 'recovery', digest };
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
    if (!(answer instanceof Failure)) return { kind: 'right', factor, by: verification };
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
export async function voidSent(tx: Transaction, challenge: Challenge, answeredBy?: string): Promise<void> {
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
  proof: Proof,
): Promise<Prepared> {
  const { typed } = proof;
  const code = kind === 'challenge' ? readRecoveryCode(typed) : null;
  if (code === null || !('factorId' in target)) return { ...proof, slow: null };
  const factor = await deps.store.read.get(tables.factors, { ...keyOf(target.key), id: target.factorId });
  if (factor?.kind !== 'recovery') return { ...proof, slow: null };
  try {
    const hash = await deps.slowHash(code, Buffer.from(factor.salt, 'hex'));
    return { ...proof, slow: { salt: factor.salt, hash } };
  } catch (error) {
    if (error instanceof SlowHashBusy) throw refuse('unavailable', 'too busy; try again in a moment');
    throw error;
  }
}

const keyOf = ({ projectId, mode }: UserKey | Key) => ({ projectId, mode });

const unreadable = (): Failure =>
  refuse('malformed_code', 'this cannot be a code of that factor; it was not counted', 'code');
