import type { ProofLevel } from './proof.ts';
import { idIn, listOf, moment, objectOf, oneOf, type Reader, readAnswer, text } from './reading.ts';
import type { Transaction } from './transaction.ts';
import type { Transport } from './transport.ts';

/** What a proof must have been made for. */
export type ProofPurpose = {
  readonly purpose: string;
  /** For whom; the project unless given. */
  readonly audience?: string;
  /** What must have been approved, where something was. */
  readonly transaction?: Transaction;
};
/** What the proof of a plain verification must have been made for. */
export type RecipientProofPurpose = {
  readonly purpose: string;
  /** For whom; the project unless given. */
  readonly audience?: string;
  /** The number or address that must be proved, as Roost answers it: `+31612345678`. */
  readonly recipient: string;
};
type Redeemed = {
  readonly purpose: string;
  readonly audience: string;
  readonly amr: readonly string[];
  readonly level: ProofLevel;
  readonly provedAt: Date;
  readonly redeemedAt: Date;
};
/** A proof that was redeemed just now: act on it. */
export type RedeemedProof = Redeemed & {
  readonly challenge: string;
  readonly user: string;
  readonly factor: string;
};
export type RedeemedRecipientProof = Redeemed & {
  readonly verification: string;
  readonly recipient: string;
};
/** The signed proof of a plain verification. */
export type VerificationProof = { readonly proof: string; readonly expiresAt: Date };
export type Proofs = {
  /**
   * Takes a proof, once: whoever acts on a proof redeems it first.
   * @throws RoostError with `reason`: `code_spent` when it was redeemed before (do nothing), `code_expired`,
   * `invalid_parameter` when it was made for something else
   */
  redeem(proof: string, expected: ProofPurpose): Promise<RedeemedProof>;
  /**
   * The proof of a plain verification that has succeeded, good for five minutes from then on: for a service that
   * must know it and has no access key.
   */
  ofVerification(id: string, asked: { purpose: string; audience?: string }): Promise<VerificationProof>;
  /** Takes the proof of a plain verification, once. @throws RoostError as `redeem` does */
  redeemRecipient(proof: string, expected: RecipientProofPurpose): Promise<RedeemedRecipientProof>;
};

export function createProofs(send: Transport): Proofs {
  return {
    async redeem(proof, { transaction, ...expected }) {
      const body = { proof, ...expected, ...transaction };
      const answer = await send({ method: 'POST', path: '/v1/proofs/redeem', body });
      return readAnswer(answer, 'redeemed proof', redeemed);
    },
    async ofVerification(id, asked) {
      const path = `/v1/verifications/${idIn(id, 'verification')}/proof`;
      return readAnswer(await send({ method: 'POST', path, body: asked }), 'proof', verificationProof);
    },
    async redeemRecipient(proof, expected) {
      const body = { proof, ...expected };
      const answer = await send({ method: 'POST', path: '/v1/proofs/redeem', body });
      return readAnswer(answer, 'redeemed proof', redeemedRecipient);
    },
  };
}

const about = {
  ...{ purpose: text, audience: text, amr: listOf(text) },
  ...{ level: oneOf('restricted', 'standard'), provedAt: moment, redeemedAt: moment },
};
const redeemed: Reader<RedeemedProof> = objectOf({ ...about, challenge: text, user: text, factor: text });
const redeemedRecipient: Reader<RedeemedRecipientProof> = objectOf({
  ...{ ...about, verification: text, recipient: text },
});
const verificationProof: Reader<VerificationProof> = objectOf({ proof: text, expiresAt: moment });
