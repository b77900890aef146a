import { FACTOR_KINDS, type FactorKind } from './factor.ts';
import { isUnfit, moment, objectOf, oneOf, orNull, type Reader, text, whole } from './reading.ts';
import { type Claims, distrust } from './signed.ts';
import { readTransaction, type Transaction } from './transaction.ts';

/**
 * The SHA-256 of `challengeInput`, which holds the digest of the transaction, is the challenge in `clientDataJSON`, and
 * the signature is over `authenticatorData` and the SHA-256 of `clientDataJSON`: whoever has the public key checks it.
 */
export type SignedApproval = {
  readonly challengeInput: string;
  readonly credentialId: string;
  readonly publicKey: string;
  readonly clientDataJSON: string;
  readonly authenticatorData: string;
  readonly signature: string;
};

/** How a transaction was approved: who, when, by what, in which words. */
type Approval = {
  readonly challenge: string;
  readonly user: string;
  readonly purpose: string;
  readonly transaction: Transaction;
  /** SHA-256 of the transaction, 64 hexadecimal characters. */
  readonly digest: string;
  /** The message that was sent, `%token` in the place of the code; null when none was. */
  readonly text: string | null;
  readonly sentAt: Date | null;
  /** Where it was sent, most of it hidden. */
  readonly recipient: string | null;
  readonly factor: string;
  readonly kind: FactorKind;
  readonly factorName: string | null;
  /** What a passkey signed, all base64url but the input; null for codes. */
  readonly assertion: SignedApproval | null;
  readonly approvedAt: Date;
  readonly redeemedAt: Date | null;
};
export type Evidence = Approval & {
  /** All of this, signed (JWS): keep it outside of Roost, and check it by `verifyEvidence`. */
  readonly signed: string;
};
/** What signed evidence says, once it is known to be true. */
export type EvidenceStatement = Approval & { readonly signedAt: Date };

const assertion = objectOf({
  ...{ challengeInput: text, credentialId: text, publicKey: text },
  ...{ clientDataJSON: text, authenticatorData: text, signature: text },
});
const fields = {
  ...{ challenge: text, user: text, purpose: text, digest: text, text: orNull(text) },
  ...{ sentAt: orNull(moment), recipient: orNull(text), factor: text, kind: oneOf(...FACTOR_KINDS) },
  ...{
    factorName: orNull(text),
    assertion: orNull(assertion),
    approvedAt: moment,
    redeemedAt: orNull(moment),
  },
};
const exported = objectOf({ ...fields, signed: text });
const stated = objectOf({ ...fields, iat: whole });

export const readEvidence: Reader<Evidence> = (body) => ({
  ...exported(body),
  transaction: approvedIn(body),
});

/** @throws RoostError `refused` when these are no claims of evidence */
export function readEvidenceStatement(claims: Claims): EvidenceStatement {
  try {
    const { iat, ...rest } = stated(claims);
    return { ...rest, transaction: approvedIn(claims), signedAt: new Date(iat * 1000) };
  } catch (error) {
    throw isUnfit(error) ? distrust('it is no evidence') : error;
  }
}

/** What was approved is the point of it. */
const approvedIn: Reader<Transaction> = (body) => readTransaction(body) ?? { transactionText: text(null) };
