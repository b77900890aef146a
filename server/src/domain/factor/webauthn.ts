import { createHash } from 'node:crypto';
import type { UserVerification } from './webauthn-policy.ts';

/** What may be asked of a new passkey. */
export const RESIDENT_KEYS = ['required', 'preferred', 'discouraged'] as const;
export type ResidentKey = (typeof RESIDENT_KEYS)[number];
export const ATTACHMENTS = ['platform', 'cross-platform'] as const;
export type Attachment = (typeof ATTACHMENTS)[number];

/** COSE algorithms (RFC 9053) that are asked for, the first preferred. None else is taken. */
export const ALGORITHM_NAMES = { [-8]: 'EdDSA', [-7]: 'ES256', [-257]: 'RS256' } as const;
export type PasskeyAlgorithm = keyof typeof ALGORITHM_NAMES;
export const PASSKEY_ALGORITHMS: readonly PasskeyAlgorithm[] = [-8, -7, -257];

/** What was asked when the passkey was enrolled. */
export type PasskeySettings = {
  readonly residentKey: ResidentKey;
  readonly attachment: Attachment | null;
  readonly userVerification: UserVerification;
  /** Keyed hash of the caller's session that enrols it; null when the caller named none. */
  readonly sessionKey: string | null;
};

/** A credential as an authenticator registered it (WebAuthn Level 3, section 4: credential record). */
export type Passkey = {
  /** Base64url, as in all of WebAuthn's JSON. */
  readonly credentialId: string;
  /** The COSE key, base64url. */
  readonly publicKey: string;
  readonly algorithm: PasskeyAlgorithm;
  readonly aaguid: string;
  /** What the FIDO Metadata Service calls the model; left out where it was not looked up. */
  readonly model?: string;
  readonly attestation: string;
  readonly transports: readonly string[];
  /** Whether it is found without naming it; null when the browser did not say. */
  readonly discoverable: boolean | null;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  readonly counter: number;
};

export type PasskeyMemory =
  /** The nonce of its registration: 32 bytes as base64url; null once that was tried. */
  | { readonly state: 'pending'; readonly nonce: string | null }
  | ({
      readonly state: 'registered';
      /** Keyed over project, mode, user, credential id and public key (base64url): the row belongs to its user. */
      readonly mac: string;
      /** When an answer was refused because its counter was not ahead: there may be a copy of the key. */
      readonly counterWentBackAtMs: number | null;
    } & Passkey);

/** An answer whose signature and all else that does not change between two answers is known to be right. */
export type Assertion = {
  readonly counter: number;
  readonly userVerified: boolean;
  readonly backedUp: boolean;
};

/**
 * Counts one right answer (WebAuthn Level 3, section 7.2, step 22). A counter that is not ahead of the last one
 * means that two hold the key, so the answer is refused and the moment kept. Where either is zero the authenticator
 * does not count, which proves nothing; that it stopped counting is kept all the same.
 */
export function countAssertion(
  memory: Extract<PasskeyMemory, { state: 'registered' }>,
  { counter, backedUp }: Assertion,
  nowMs: number,
): { readonly kind: 'right' | 'went-back'; readonly memory: typeof memory } {
  const isAhead = counter > memory.counter || (counter === 0 && memory.counter === 0);
  if (isAhead) return { kind: 'right', memory: { ...memory, counter, backedUp } };
  if (counter === 0) return { kind: 'right', memory: { ...memory, backedUp, counterWentBackAtMs: nowMs } };
  return { kind: 'went-back', memory: { ...memory, counterWentBackAtMs: nowMs } };
}

/** What one ceremony is for: its challenge is made of all of it, so that no answer fits anything else. */
export type CeremonyBinding = {
  /** 32 bytes of chance, base64url: used up by the first answer. */
  readonly nonce: string;
  /** The factor or the challenge, by id. */
  readonly subject: `factor:${string}` | `challenge:${string}`;
  readonly rpId: string;
  readonly purpose: string;
  readonly sessionKey: string | null;
  /** SHA-256 of what is approved; null when nothing is. */
  readonly transaction: string | null;
};

/** Written as JSON, so that no two bindings give the same text. */
export const challengeInput = (binding: CeremonyBinding): string =>
  JSON.stringify([
    ...['roost/webauthn/1', binding.subject, binding.nonce, binding.rpId, binding.purpose],
    ...[binding.sessionKey, binding.transaction],
  ]);

/** The challenge that the authenticator signs: SHA-256 of the binding, base64url. */
export const challengeOf = (binding: CeremonyBinding): string =>
  createHash('sha256').update(challengeInput(binding)).digest('base64url');

export const NONCE_BYTES = 32;
