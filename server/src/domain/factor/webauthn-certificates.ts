import { X509Certificate } from 'node:crypto';

const MOST_CERTIFICATES = 6;

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

/** Whether a chain of certificates, the first of them the signer's, ends at one of the roots (RFC 5280, 6.1). */
export function leadsTo(roots: readonly string[], chain: readonly X509Certificate[], nowMs: number): boolean {
  if (chain.length === 0 || chain.length > MOST_CERTIFICATES) return false;
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
