import type { Metadata, MetadataFile } from './fido-metadata.ts';

export const USER_VERIFICATIONS = ['required', 'preferred', 'discouraged'] as const;
export type UserVerification = (typeof USER_VERIFICATIONS)[number];
export const ATTESTATIONS = ['none', 'indirect', 'direct'] as const;
export type Attestation = (typeof ATTESTATIONS)[number];

/** Whose passkeys these are, where they may be used, and which are taken. */
export type WebauthnPolicy = {
  /** The domain that passkeys belong to, such as `bank.example`. It cannot be changed without losing them all. */
  readonly rpId: string;
  readonly rpName: string;
  /** Where the pages are that use them. `http://localhost` stands for all of its ports. */
  readonly origins: readonly string[];
  /** Origins of other domains that may use them too: what `/.well-known/webauthn` tells browsers. */
  readonly relatedOrigins: readonly string[];
  readonly userVerification: UserVerification;
  /** `direct` takes no passkey whose maker does not vouch for it. */
  readonly attestation: Attestation;
  /** Models of authenticators that are taken; null for all. */
  readonly allowedAaguids: readonly string[] | null;
  /** Certificates of whoever vouches for makers, PEM or base64; null to take the word of anybody. */
  readonly attestationRoots: readonly string[] | null;
  /** What is known of models, and by whom they are made; null to look none up. */
  readonly metadata: Metadata | null;
  /** Where that was read, for it is renewed; null with `metadata`. */
  readonly metadataFile: MetadataFile | null;
};

export const LOCAL_WEBAUTHN: WebauthnPolicy = {
  ...{ rpId: 'localhost', rpName: 'Roost', origins: ['http://localhost'], relatedOrigins: [] },
  ...{ userVerification: 'preferred', attestation: 'none', allowedAaguids: null, attestationRoots: null },
  ...{ metadata: null, metadataFile: null },
};

/**
 * For pages of Roost itself: passkeys belong to its public address, and to localhost where nobody says one. Null where
 * browsers have none: at a bare address, and over plain http anywhere else.
 */
export function ownWebauthn(publicUrl: string | null): WebauthnPolicy | null {
  const own = { ...LOCAL_WEBAUTHN, rpName: 'Roost console' };
  if (publicUrl === null) return own;
  const { protocol, hostname, origin } = new URL(publicUrl);
  const isLocal = hostname === 'localhost' || hostname.endsWith('.localhost');
  if (/^[\d.]+$|^\[/.test(hostname) || (protocol !== 'https:' && !isLocal)) return null;
  return { ...own, rpId: hostname, origins: [hostname === 'localhost' ? ANY_LOCAL : origin] };
}

/** Whether a ceremony may come from a page of this origin. */
export const isExpectedOrigin = (origin: string, { origins, relatedOrigins }: WebauthnPolicy): boolean =>
  origins.includes(origin) ||
  relatedOrigins.includes(origin) ||
  (origins.includes(ANY_LOCAL) && /^http:\/\/localhost:\d{1,5}$/.test(origin));

/** The one origin that stands for many. */
export const ANY_LOCAL = 'http://localhost';
