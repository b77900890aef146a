import { X509Certificate } from 'node:crypto';
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
const MOST_CERTIFICATES = 6;

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
  const { attestationRoots: roots } = policy;
  if (roots === null || ROOTED.includes(format)) return null;
  return leadsTo(roots, statement.get('x5c'), nowMs)
    ? null
    : 'who vouches for it is not vouched for by policy.webauthn.attestationRoots';
}

/** A certificate as settings have it: PEM, or its DER as base64. Null when it is none. */
export function readCertificate(text: string): X509Certificate | null {
  const isPem = text.includes('-----BEGIN CERTIFICATE-----');
  if (!isPem && !/^[A-Za-z0-9+/]{100,}={0,2}$/.test(text)) return null;
  try {
    return new X509Certificate(isPem ? text : Buffer.from(text, 'base64'));
  } catch {
    return null;
  }
}

/** Whether a chain of certificates, the first of them the authenticator's, ends at one of the roots (RFC 5280, 6.1). */
function leadsTo(roots: readonly string[], x5c: unknown, nowMs: number): boolean {
  if (!Array.isArray(x5c) || x5c.length === 0 || x5c.length > MOST_CERTIFICATES) return false;
  const chain = x5c.map((bytes) => new X509Certificate(bytes as Uint8Array));
  const isInTime = chain.every((one) => nowMs >= +one.validFromDate && nowMs <= +one.validToDate);
  const isLinked = chain.every((one, i) => {
    const issuer = chain[i + 1];
    return issuer === undefined || isIssuedBy(one, issuer);
  });
  const last = chain.at(-1);
  if (!isInTime || !isLinked || last === undefined) return false;
  const known = roots.map(readCertificate).filter((root) => root !== null);
  return known.some((root) => root.fingerprint256 === last.fingerprint256 || isIssuedBy(last, root));
}

const isIssuedBy = (one: X509Certificate, issuer: X509Certificate): boolean =>
  issuer.ca && one.checkIssued(issuer) && one.verify(issuer.publicKey);
