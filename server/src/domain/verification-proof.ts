import { createHash } from 'node:crypto';
import type { Channel } from './message.ts';
import type { ProofLevel } from './proof.ts';
import { PROOF_SECONDS } from './proof.ts';
import type { Key, Mode } from './scope.ts';
import type { Closed } from './verification.ts';

/** What the proof of a plain verification says: that somebody held a phone or mailbox. It names no user. */
export type VerificationClaims = {
  readonly iss: string;
  readonly aud: string;
  /** The verification: its proof is redeemed under this id, once. */
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
  readonly auth_time: number;
  readonly project: string;
  readonly mode: Mode;
  readonly purpose: string;
  readonly amr: readonly string[];
  readonly level: ProofLevel;
  /** Digest of the recipient (see `digestRecipient`). */
  readonly recipient: string;
};

/** Another type than that of a challenge's proof, so that neither is ever taken for the other. */
export const VERIFICATION_PROOF = 'roost-verification+jwt';

/** That a proof of a verification was redeemed. It is kept as long as the proof is good. */
export type Redemption = Key & { readonly redeemedAtMs: number };

const METHODS = {
  sms: 'sms',
  flash: 'sms',
  tts: 'tel',
  email: 'email',
  whatsapp: 'whatsapp',
} as const satisfies Record<Channel, string>;

/** What a verification that succeeded proves. The same verification, purpose and audience, the same claims. */
export function claimsOfVerification(
  v: Closed & { readonly state: 'verified' },
  address: string,
  {
    purpose,
    audience,
    issuer,
  }: { readonly purpose: string; readonly audience: string; readonly issuer: string },
): VerificationClaims {
  const provedAt = Math.floor(v.closedAtMs / 1000);
  return {
    ...{ iss: issuer, aud: audience, jti: v.id },
    ...{ iat: provedAt, exp: provedAt + PROOF_SECONDS, auth_time: provedAt },
    ...{ project: v.projectId, mode: v.mode, purpose, amr: [METHODS[v.channel]], level: 'restricted' },
    recipient: digestRecipient(v.id, address),
  };
}

/**
 * SHA-256 over verification and recipient, 64 hexadecimal characters: whoever knows the number or address can
 * compare it, and no two proofs show that they are about the same one. Phone numbers are few enough to try them
 * all, so it hides nothing from somebody who holds the proof and sets about it.
 */
export const digestRecipient = (verificationId: string, address: string): string =>
  createHash('sha256')
    .update(JSON.stringify(['roost/recipient/1', verificationId, address]))
    .digest('hex');
