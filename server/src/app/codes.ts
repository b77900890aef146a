import { readCode } from '../domain/code.ts';
import { readRecoveryCode } from '../domain/factor/recovery.ts';
import type { TotpWindow } from '../domain/factor/totp.ts';
import { readYubikeyOtp } from '../domain/factor/yubikey.ts';
import {
  type Factor,
  type Evidence as FactorEvidence,
  guessFactor,
  isSent,
  type OwnFactor,
  type SentFactor,
  suiteOf,
  type Whence,
  waiting,
} from '../domain/factor.ts';
import { guess, type Verification } from '../domain/verification.ts';
import { Failure, refuse } from '../kernel/failure.ts';
import { type Transaction, tables } from '../store/store.ts';
import type { JudgedCode } from './judged.ts';
import type { Vault } from './vault.ts';

export type CodeDeps = {
  readonly vault: Vault;
  /** Which codes of an authenticator app count, in this project. */
  readonly window: (projectId: string) => TotpWindow;
  /** Told what became of a guess at a code that was sent. A work may run again: what it told before counts no more. */
  readonly told: (verification: Verification, outcome: 'verified' | 'wrong') => void;
};

/** A code as it was typed, with what had to be computed before the rows are locked. */
export type TypedCode = {
  readonly typed: string;
  /** The code that came after it, where two are asked for. */
  readonly next?: string;
  /** Of a recovery code. */
  readonly slow: { readonly salt: string; readonly hash: Buffer } | null;
};

export type Circumstances = {
  /** Verifications whose codes were sent for this. */
  readonly verificationIds: readonly string[];
  readonly whence: Whence;
  /** What a question to a token is made for. */
  readonly binding: string;
};

/** Judges a code of a factor whose row the caller has locked. */
export async function judgeCode(
  deps: CodeDeps,
  tx: Transaction,
  factor: Factor,
  { verificationIds, whence, binding }: Circumstances,
  proof: TypedCode,
): Promise<JudgedCode> {
  if (isSent(factor)) return judgeSent(deps, tx, factor, verificationIds, proof);
  if (factor.kind === 'webauthn') return { kind: 'not-judged', refusal: unreadable() };
  const evidence = evidenceOf(deps, factor, binding, proof);
  if (evidence === null) return { kind: 'not-judged', refusal: unreadable() };
  const refusal = await mustWait(tx, factor, whence);
  if (refusal !== null) return { kind: 'not-judged', refusal };
  const guessed = guessFactor(factor, evidence, whence, tx.nowMs);
  if (guessed.kind === 'right') return { ...guessed, by: null, signed: null };
  return { ...guessed, refusal: refuse('wrong_code', 'the code is wrong', 'code') };
}

/** The user's other factors are looked at only when this one would make them wait. */
async function mustWait(tx: Transaction, factor: OwnFactor, whence: Whence): Promise<Failure | null> {
  if (waiting(factor, [], whence, tx.nowMs) === null) return null;
  return waiting(factor, await tx.list(tables.factorsOfUser, factor), whence, tx.nowMs);
}

function evidenceOf(
  deps: CodeDeps,
  factor: OwnFactor,
  binding: string,
  { typed, next, slow }: TypedCode,
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
  deps: CodeDeps,
  tx: Transaction,
  factor: SentFactor,
  verificationIds: readonly string[],
  { typed }: TypedCode,
): Promise<JudgedCode> {
  const sent: Verification[] = [];
  for (const id of verificationIds) {
    const found = await tx.get(tables.verifications, { projectId: factor.projectId, mode: factor.mode, id });
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
    if (!(answer instanceof Failure)) return { kind: 'right', factor, by: verification, signed: null };
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
export function guessVerification(
  deps: CodeDeps,
  tx: Transaction,
  found: Verification,
  code: string,
): Verification | Failure {
  const { verification, refusal } = guess(found, deps.vault.digestCode(found, code), tx.nowMs);
  if (verification !== found) tx.update(tables.verifications, verification);
  if (refusal === null) deps.told(verification, 'verified');
  else if (refusal.code === 'wrong_code') deps.told(verification, 'wrong');
  return refusal ?? verification;
}

export const unreadable = (): Failure =>
  refuse('malformed_code', 'this cannot be a code of that factor; it was not counted', 'code');
