import {
  afterWrongAnswer,
  approve,
  bindingOf,
  type Challenge,
  challengeClosed,
  challengeNotFound,
  failChallenge,
  type OpenChallenge,
  settleChallenge,
} from '../domain/challenge.ts';
import { readCode } from '../domain/code.ts';
import type { Evidence } from '../domain/evidence.ts';
import { readRecoveryCode } from '../domain/factor/recovery.ts';
import type { AssertionAnswer, RegistrationAnswer } from '../domain/factor/webauthn-ceremony.ts';
import { confirmed, type Factor, factorNotFound, isGivenUp, isSent } from '../domain/factor.ts';
import type { Key, UserKey } from '../domain/scope.ts';
import { type Transaction as Approved, transactionWords } from '../domain/transaction.ts';
import { isHidden, malformed, notFound, remove, type Verification } from '../domain/verification.ts';
import type { Whereabouts } from '../domain/whereabouts.ts';
import { Failure, type FailureCode, refuse } from '../kernel/failure.ts';
import type { Log } from '../kernel/log.ts';
import { maskRecipient } from '../kernel/mask.ts';
import { type SlowHash, SlowHashBusy } from '../kernel/slow-hash.ts';
import { traced } from '../kernel/trace.ts';
import { type Transaction, tables } from '../store/store.ts';
import { type CodeDeps, guessVerification, judgeCode, type TypedCode, unreadable } from './codes.ts';
import { rememberHaunts, whenceOf } from './haunts.ts';
import type { Judged } from './judged.ts';
import type { Notices } from './notices.ts';
import {
  type Ceremony,
  judgePasskey,
  keepRegistration,
  logTrouble,
  type PasskeyDeps,
  prepareAssertion,
  prepareRegistration,
} from './passkeys.ts';

export type ConsumeDeps = PasskeyDeps &
  CodeDeps & {
    readonly slowHash: SlowHash;
    readonly log: Log;
    readonly notices: Notices;
    /** Told what became of each proof, once that is committed. */
    readonly judged: (kind: TargetKind, outcome: 'right' | FailureCode) => void;
  };

/** What a proof is put before. */
type Targets = {
  /** A verification of the Verify wire. */
  readonly verification: { readonly key: Key };
  /** A factor whose owner shows, for the first time, that it works. */
  readonly enrolment: { readonly key: Key; readonly userKey: string; readonly sessionKey: string | null };
  /** A counting token that was pressed too often: two codes that follow one another find it again. */
  readonly resync: { readonly key: Key; readonly userKey: string };
  readonly challenge: {
    readonly key: Key;
    /** The factor that the proof is of; null for a passkey, which says so itself. */
    readonly factorId: string | null;
    /** Keyed hash of the session that the caller says it is for. */
    readonly sessionKey: string | null;
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
  /** What an authenticator answered, in the place of a code. Nothing is typed then. */
  readonly credential?: RegistrationAnswer | AssertionAnswer;
};

/** A proof with what had to be computed before the rows are locked. */
type Prepared = Proof & TypedCode & { readonly ceremony: Ceremony | null };

/**
 * Consumes a proof. This is the one way in which anything is ever proved, so that used-once and counted-once hold
 * for every kind alike: the rows are locked, judged, saved and committed whatever the answer, and only then
 * answered.
 * @throws Failure `not_found`; `malformed_code` (nothing is counted); `wrong_code`, `code_expired`, `code_spent`;
 * `budget_spent` (nothing was looked at); `unavailable`
 */
export function consume<Kind extends TargetKind>(
  deps: ConsumeDeps,
  kind: Kind,
  target: Targets[Kind],
  proof: Proof,
): Promise<Outcomes[Kind]> {
  return traced('consume', { 'roost.target': kind }, () => consumeProof(deps, kind, target, proof));
}

async function consumeProof<Kind extends TargetKind>(
  deps: ConsumeDeps,
  kind: Kind,
  target: Targets[Kind],
  proof: Proof,
): Promise<Outcomes[Kind]> {
  const prepared = await prepare(deps, kind, target, proof);
  let told: (readonly [Verification, 'verified' | 'wrong'])[] = [];
  const telling = {
    ...deps,
    told: (v: Verification, outcome: 'verified' | 'wrong') => void told.push([v, outcome]),
  };
  const answer = await deps.store.transaction((tx) => {
    told = [];
    return JUDGES[kind](telling, tx, target, prepared);
  });
  for (const [verification, outcome] of told) deps.told(verification, outcome);
  deps.judged(kind, answer instanceof Failure ? answer.code : 'right');
  if (!(answer instanceof Failure)) return answer;
  logTrouble(deps.log, answer);
  throw answer;
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

  async enrolment(deps, tx, target, proof) {
    const kept = await judgeEnrolment(deps, tx, target, proof);
    if (!(kept instanceof Failure)) await deps.notices.notify(tx, 'factorAdded', kept, kept.id);
    return kept;
  },

  async resync(deps, tx, { key, userKey }, proof) {
    const factor = await tx.get(tables.factors, key);
    if (factor?.kind !== 'hotp' || factor.userKey !== userKey || isGivenUp(factor, tx.nowMs))
      return factorNotFound();
    const about = { verificationIds: [], whence: 'unknown', binding: '' } as const;
    const judged = await judgeCode(deps, tx, factor, about, proof);
    if (judged.kind === 'not-judged') return judged.refusal;
    const kept = judged.kind === 'wrong' ? judged.factor : confirmed(judged.factor, tx.nowMs);
    tx.update(tables.factors, kept);
    return judged.kind === 'wrong' ? judged.refusal : kept;
  },

  async challenge(deps, tx, target, proof) {
    const found = await tx.get(tables.challenges, target.key);
    if (found === null) return challengeNotFound();
    if (found.sessionKey !== target.sessionKey) return otherSession();
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
    const judged = await judgeAnswer(deps, tx, challenge, target, proof);
    if (judged.kind === 'not-judged') return judged.refusal;
    if (judged.kind === 'right') return keepApproval(deps, tx, challenge, target.whereabouts, judged);
    const left = afterWrongAnswer(withNonce(challenge, proof.ceremony), tx.nowMs);
    tx.update(tables.challenges, left);
    if (judged.factor !== null) tx.update(tables.factors, judged.factor);
    const { problems, cause } = judged.refusal;
    return new Failure(problems, { attemptsLeft: left.attemptsLeft }, cause);
  },
};

async function judgeEnrolment(
  deps: ConsumeDeps,
  tx: Transaction,
  { key, userKey, sessionKey }: Targets['enrolment'],
  proof: Prepared,
): Promise<Factor | Failure> {
  const factor = await tx.get(tables.factors, key);
  if (factor === null || factor.userKey !== userKey || isGivenUp(factor, tx.nowMs)) return factorNotFound();
  if (factor.confirmedAtMs !== null)
    return refuse('code_spent', 'this factor has been confirmed already', 'code');
  if (sessionKey !== (factor.kind === 'webauthn' ? factor.settings.sessionKey : null)) return otherSession();
  if (factor.kind === 'webauthn') {
    return proof.credential === undefined ? unreadable() : keepRegistration(deps, tx, factor, proof.ceremony);
  }
  const ids = isSent(factor) && factor.verificationId !== null ? [factor.verificationId] : [];
  const about = { verificationIds: ids, whence: 'unknown', binding: `factor:${factor.id}` } as const;
  const judged = await judgeCode(deps, tx, factor, about, proof);
  if (judged.kind === 'right') {
    const kept = confirmed(judged.factor, tx.nowMs);
    tx.update(tables.factors, kept);
    return kept;
  }
  if (judged.kind === 'wrong') tx.update(tables.factors, judged.factor);
  return judged.refusal;
}

async function judgeAnswer(
  deps: ConsumeDeps,
  tx: Transaction,
  challenge: OpenChallenge,
  { key, factorId, whereabouts }: Targets['challenge'],
  proof: Prepared,
): Promise<Judged> {
  if (proof.credential !== undefined) return judgePasskey(deps, tx, challenge, proof.ceremony);
  const { userKey } = challenge;
  const factor = factorId === null ? null : await tx.get(tables.factors, { ...key, id: factorId });
  if (userKey === null || !mayAnswer(factor, challenge))
    return { kind: 'not-judged', refusal: factorNotFound() };
  const whence = await whenceOf(deps, tx, { ...challenge, userKey }, whereabouts);
  const about = { verificationIds: challenge.verificationIds, whence, binding: bindingOf(challenge) };
  return judgeCode(deps, tx, factor, about, proof);
}

async function keepApproval(
  deps: ConsumeDeps,
  tx: Transaction,
  challenge: OpenChallenge,
  whereabouts: Whereabouts,
  judged: Extract<Judged, { kind: 'right' }>,
): Promise<Outcomes['challenge']> {
  const { factor, by, signed } = judged;
  const { userKey } = factor;
  const webauthn =
    challenge.webauthn === null
      ? null
      : { ...challenge.webauthn, userVerified: signed?.userVerified ?? false };
  const approval = { factorId: factor.id, kind: factor.kind };
  const evidence = evidenceFor(deps, challenge, judged);
  const approved = approve({ ...challenge, userKey, webauthn }, approval, evidence, tx.nowMs);
  tx.update(tables.challenges, approved);
  tx.update(tables.factors, { ...factor, lastUsedAtMs: tx.nowMs });
  await voidSent(tx, challenge, by?.id);
  await rememberHaunts(deps, tx, approved, whereabouts);
  if (factor.kind === 'recovery') await deps.notices.notify(tx, 'recoveryCodeUsed', factor, challenge.id);
  return approved;
}

/** What was made for a prompt that was answered is used up, whatever the answer was worth. */
function withNonce(challenge: OpenChallenge, ceremony: Ceremony | null): OpenChallenge {
  if (ceremony === null || challenge.webauthn === null) return challenge;
  return { ...challenge, webauthn: { ...challenge.webauthn, nonce: ceremony.nextNonce } };
}

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
  { factor, by, signed }: Extract<Judged, { kind: 'right' }>,
): Uint8Array | null {
  if (challenge.transaction === null) return null;
  const recipient = by === null ? null : maskRecipient(vault.openRecipient(by));
  const asked = vault.openTransaction('transaction', challenge.transaction.sealed, challenge) as Approved;
  const prompt = signed === null ? null : transactionWords(asked);
  const evidence: Evidence = {
    ...{
      text: by === null ? prompt : vault.openWording(by).template,
      sentAtMs: by?.createdAtMs ?? null,
      recipient,
    },
    factorName: factor.name,
    ...(signed === null ? {} : { assertion: signed.record }),
  };
  return vault.sealTransaction('evidence', evidence, challenge);
}

/** Voids what was sent for a challenge, all but the one that answered it. */
export async function voidSent(tx: Transaction, challenge: Challenge, answeredBy?: string): Promise<void> {
  for (const id of challenge.verificationIds.filter((sent) => sent !== answeredBy)) {
    const found = await tx.get(tables.verifications, { ...keyOf(challenge), id });
    if (found?.state === 'open') tx.update(tables.verifications, remove(found, tx.nowMs));
  }
}

/** What takes long, and must not be done under a lock: signatures, and the slow hash of recovery codes. */
async function prepare<Kind extends TargetKind>(
  deps: ConsumeDeps,
  kind: Kind,
  target: Targets[Kind],
  proof: Proof,
): Promise<Prepared> {
  const { credential } = proof;
  if (credential !== undefined) {
    return { ...proof, slow: null, ceremony: await prepareCeremony(deps, target, credential) };
  }
  const slow = kind === 'challenge' ? await hashRecovery(deps, target, proof) : null;
  return { ...proof, slow, ceremony: null };
}

async function prepareCeremony(
  deps: ConsumeDeps,
  target: Targets[TargetKind],
  credential: NonNullable<Proof['credential']>,
): Promise<Ceremony | null> {
  if ('factorId' in target)
    return isAssertion(credential) ? prepareAssertion(deps, target, credential) : null;
  if (!('userKey' in target) || isAssertion(credential)) return null;
  return prepareRegistration(deps, target, credential);
}

const isAssertion = (credential: NonNullable<Proof['credential']>): credential is AssertionAnswer =>
  'signature' in credential.response;

async function hashRecovery(
  deps: ConsumeDeps,
  target: Targets[TargetKind],
  { typed }: Proof,
): Promise<Prepared['slow']> {
  const code = readRecoveryCode(typed);
  if (code === null || !('factorId' in target) || target.factorId === null) return null;
  const factor = await deps.store.read.get(tables.factors, { ...keyOf(target.key), id: target.factorId });
  if (factor?.kind !== 'recovery') return null;
  try {
    return { salt: factor.salt, hash: await deps.slowHash(code, Buffer.from(factor.salt, 'hex')) };
  } catch (error) {
    if (error instanceof SlowHashBusy) throw refuse('unavailable', 'too busy; try again in a moment');
    throw error;
  }
}

const keyOf = ({ projectId, mode }: UserKey | Key) => ({ projectId, mode });

const otherSession = (): Failure =>
  refuse('invalid_parameter', 'this is for another session, or for none', 'session');
