import { type Challenges, createChallenges } from './challenges.ts';
import { createFactors, type Factors } from './factors.ts';
import { createProofs, type Proofs } from './proofs.ts';
import { createSandbox, type Sandbox } from './sandbox.ts';
import { createTexts, type Texts } from './texts.ts';
import { createTokens, type Tokens } from './tokens.ts';
import { createTransport, type RoostOptions } from './transport.ts';
import { createVerify, type Verify } from './verify.ts';

export type {
  AnsweredChallenge,
  ApprovedChallenge,
  Challenge,
  ChallengeAnswer,
  Challenges,
  EndedChallenge,
  LinkingKind,
  NewChallenge,
  OpenChallenge,
  SendingWanted,
  SentCode,
} from './challenges.ts';
export type { ApiError, ErrorKind, Reason } from './errors.ts';
export { RoostError } from './errors.ts';
export type { Evidence, EvidenceStatement, SignedApproval } from './evidence.ts';
export type {
  Algorithm,
  Factor,
  FactorKind,
  HotpFactor,
  Notice,
  OcraFactor,
  PasskeyFactor,
  RecoveryFactor,
  SentFactor,
  SentKind,
  TokenFactor,
  TokenKind,
  TotpFactor,
  YubikeyFactor,
} from './factor.ts';
export type {
  Confirmed,
  EnrolledAddress,
  EnrolledApp,
  EnrolledPasskey,
  EnrolledRecoveryCodes,
  EnrolledToken,
  Factors,
  NewApp,
  NewFactor,
  NewMailbox,
  NewPasskey,
  NewPhone,
  NewProved,
  NewRecoveryCodes,
  NewToken,
  PasskeyConfirmation,
  Place,
  Wording,
} from './factors.ts';
export type {
  Assertion,
  CreationOptions,
  InSession,
  Passkey,
  Registration,
  RequestOptions,
  UserVerification,
} from './passkey.ts';
export type { Proof, ProofLevel, ProofVerifier, ProofVerifierOptions, RecipientProof } from './proof.ts';
export { createProofVerifier } from './proof.ts';
export type {
  ProofPurpose,
  Proofs,
  RecipientProofPurpose,
  RedeemedProof,
  RedeemedRecipientProof,
  VerificationProof,
} from './proofs.ts';
export type {
  AgedVerification,
  FaultKind,
  NewSandboxFault,
  Sandbox,
  SandboxFault,
  SandboxMessage,
  SandboxQuery,
} from './sandbox.ts';
export type { NewTextMessage, Texts } from './texts.ts';
export type { Token, TokenFile, Tokens } from './tokens.ts';
export type { Payment, Transaction } from './transaction.ts';
export type { RoostOptions } from './transport.ts';
export type {
  Created,
  EmailVerification,
  PhoneVerification,
  Status,
  Verification,
} from './verification.ts';
export type { NewCall, NewEmail, NewText, NewVerification, NewWhatsApp, Verify } from './verify.ts';
export type { WebhookEvent, WebhookOptions, WebhookRequest } from './webhook.ts';
export { verifyWebhook } from './webhook.ts';

/**
 * A client of one Roost, for one access key. It holds no connection and no state, so one serves a whole program.
 * @example
 * const roost = new Roost({ url: 'http://localhost:8080', accessKey: process.env.ROOST_ACCESS_KEY ?? '' });
 * const { id } = await roost.verify.create({ recipient: '+31612345678', timeout: 300 });
 * await roost.verify.check(id, typedCode);
 */
export class Roost {
  readonly verify: Verify;
  /** What your users have enrolled. */
  readonly factors: Factors;
  readonly challenges: Challenges;
  readonly proofs: Proofs;
  /** Text messages without a code. */
  readonly texts: Texts;
  /** Hardware tokens that you own. */
  readonly tokens: Tokens;
  /** What was not sent, while the sandbox carries this key's messages; and how it is made to fail, and to age. */
  readonly sandbox: Sandbox;

  /** @throws TypeError when an option cannot be right */
  constructor(options: RoostOptions) {
    const send = createTransport(options);
    this.verify = createVerify(send);
    this.factors = createFactors(send);
    this.challenges = createChallenges(send);
    this.proofs = createProofs(send);
    this.texts = createTexts(send);
    this.tokens = createTokens(send);
    this.sandbox = createSandbox(send);
  }
}
