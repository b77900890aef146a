import { type Attachment, PASSKEY_ALGORITHMS, type Passkey, type ResidentKey } from './webauthn.ts';
import type { Attestation, UserVerification, WebauthnPolicy } from './webauthn-policy.ts';

/** Options as browsers read them (WebAuthn Level 3, section 5.1: the JSON forms). */

type Described = { readonly id: string; readonly type: 'public-key'; readonly transports: readonly string[] };

export type CreationOptions = {
  readonly rp: { readonly id: string; readonly name: string };
  readonly user: { readonly id: string; readonly name: string; readonly displayName: string };
  readonly challenge: string;
  readonly pubKeyCredParams: readonly { readonly type: 'public-key'; readonly alg: number }[];
  readonly timeout: number;
  readonly excludeCredentials: readonly Described[];
  readonly authenticatorSelection: {
    readonly residentKey: ResidentKey;
    readonly requireResidentKey: boolean;
    readonly userVerification: UserVerification;
    readonly authenticatorAttachment?: Attachment;
  };
  readonly attestation: Attestation;
  readonly extensions: { readonly credProps: true };
};

export type RequestOptions = {
  readonly challenge: string;
  readonly timeout: number;
  readonly rpId: string;
  readonly allowCredentials: readonly Described[];
  readonly userVerification: UserVerification;
};

export function creationOptions(
  { rpId, rpName, attestation }: WebauthnPolicy,
  asked: {
    readonly challenge: string;
    readonly timeoutMs: number;
    /** What the authenticator knows the user by (base64url), and what it shows. */
    readonly userHandle: string;
    readonly account: string;
    readonly residentKey: ResidentKey;
    readonly userVerification: UserVerification;
    readonly attachment: Attachment | null;
    /** Passkeys that the user has: an authenticator that holds one of them makes no second one. */
    readonly known: readonly Passkey[];
  },
): CreationOptions {
  const { challenge, timeoutMs, userHandle, account, residentKey, userVerification, attachment } = asked;
  return {
    rp: { id: rpId, name: rpName },
    user: { id: userHandle, name: account, displayName: account },
    challenge,
    pubKeyCredParams: PASSKEY_ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
    timeout: timeoutMs,
    excludeCredentials: asked.known.map(describe),
    authenticatorSelection: {
      ...{ residentKey, requireResidentKey: residentKey === 'required', userVerification },
      ...(attachment === null ? {} : { authenticatorAttachment: attachment }),
    },
    attestation,
    extensions: { credProps: true },
  };
}

/** `known`: the passkeys that may answer; none when any may, and says whose it is. */
export const requestOptions = (
  { rpId }: WebauthnPolicy,
  asked: {
    readonly challenge: string;
    readonly timeoutMs: number;
    readonly userVerification: UserVerification;
    readonly known: readonly Passkey[];
  },
): RequestOptions => ({
  ...{ challenge: asked.challenge, timeout: asked.timeoutMs, rpId },
  allowCredentials: asked.known.map(describe),
  userVerification: asked.userVerification,
});

const describe = ({ credentialId, transports }: Passkey): Described => ({
  ...{ id: credentialId, type: 'public-key', transports },
});
