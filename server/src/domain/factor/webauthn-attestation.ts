import { X509Certificate } from 'node:crypto';
import { type Metadata, modelIn } from './fido-metadata.ts';
import { leadsTo } from './webauthn-certificates.ts';
import type { WebauthnPolicy } from './webauthn-policy.ts';

/** What an authenticator said of the credential that it made, once its signatures are known to be right. */
export type Attested = {
  readonly format: string;
  readonly aaguid: string;
  /** COSE algorithm of the credential. */
  readonly algorithm: number;
  readonly statement: { get(name: string): unknown };
};

/** Formats whose makers' roots the library knows, and has followed the chain to. */
const ROOTED = ['apple', 'android-key', 'android-safetynet'];

/** Why the policy does not take an attestation, in words that follow "the passkey was not accepted: "; or null. */
export function misfitOf(attested: Attested, policy: WebauthnPolicy, nowMs: number): string | null {
  const { format, aaguid, algorithm, statement } = attested;
  const isSelf = format === 'packed' && statement.get('x5c') === undefined;
  if (isSelf && statement.get('alg') !== algorithm) {
    return 'its attestation is signed with another algorithm than its key';
  }
  if (policy.attestation === 'direct' && (format === 'none' || isSelf)) {
    return 'nobody vouches for it, and policy.webauthn.attestation is direct';
  }
  if (policy.allowedAaguids !== null && !policy.allowedAaguids.includes(aaguid)) {
    return `its model ${aaguid} is not among policy.webauthn.allowedAaguids`;
  }
  const { attestationRoots: roots, metadata } = policy;
  if (metadata !== null) return misfitOfModel(attested, metadata, roots, nowMs);
  if (roots === null || ROOTED.includes(format)) return null;
  return isVouchedBy(roots, statement.get('x5c'), nowMs)
    ? null
    : 'who vouches for it is not vouched for by policy.webauthn.attestationRoots';
}

/** Where the policy has metadata, the model must be in them and its certificate be its maker's. */
function misfitOfModel(
  { format, aaguid, statement }: Attested,
  metadata: Metadata,
  roots: readonly string[] | null,
  nowMs: number,
): string | null {
  const x5c = statement.get('x5c');
  const model = modelIn(metadata, aaguid, x5c);
  if (model === null) {
    const isVouched = roots !== null && (ROOTED.includes(format) || isVouchedBy(roots, x5c, nowMs));
    return isVouched ? null : `its model ${aaguid} is not in policy.webauthn.metadata`;
  }
  if (model.reported !== null) {
    return `its model, ${model.description}, is reported as ${model.reported} in policy.webauthn.metadata`;
  }
  if (ROOTED.includes(format) || isVouchedBy([...model.roots, ...(roots ?? [])], x5c, nowMs)) return null;
  return `who vouches for it is not the maker of its model, ${model.description}`;
}

function isVouchedBy(roots: readonly string[], x5c: unknown, nowMs: number): boolean {
  if (!Array.isArray(x5c)) return false;
  const chain = x5c.map((bytes) => new X509Certificate(bytes as Uint8Array));
  return leadsTo(roots, chain, nowMs);
}
