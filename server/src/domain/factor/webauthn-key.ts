import { createHash, createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto';
import type { PasskeyAlgorithm } from './webauthn.ts';

export type UsualKey = { readonly algorithm: PasskeyAlgorithm; readonly key: KeyObject };

const LEAST_RSA_BITS = 2_048;

/**
 * Reads a COSE key (RFC 9052, section 7), decoded from CBOR; null when it is not written as its algorithm has it, or
 * is no key at all.
 */
export function cosePublicKey(map: ReadonlyMap<number, unknown>): UsualKey | null {
  const text = (label: number): string | null => {
    const bytes = map.get(label);
    return bytes instanceof Uint8Array ? Buffer.from(bytes).toString('base64url') : null;
  };
  const [kty, algorithm, curve] = [map.get(1), map.get(3), map.get(-1)];
  if (algorithm === -7 && kty === 2 && curve === 1 && map.size === 5) {
    return imported(algorithm, { kty: 'EC', crv: 'P-256', x: text(-2), y: text(-3) });
  }
  if (algorithm === -8 && kty === 1 && curve === 6 && map.size === 4) {
    return imported(algorithm, { kty: 'OKP', crv: 'Ed25519', x: text(-2) });
  }
  if (algorithm === -257 && kty === 3 && map.size === 4) {
    return imported(algorithm, { kty: 'RSA', n: text(-1), e: text(-2) });
  }
  return null;
}

/** Whether nobody can compute its other half. */
export const isUsualKey = ({ key }: UsualKey): boolean =>
  key.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) >= LEAST_RSA_BITS;

/**
 * Whether the key signed this answer, in the one form that a signature has: Node's OpenSSL reads DER to the byte,
 * where readers of ASN.1 take what comes after it for nothing.
 */
export function isSignedBy(
  { algorithm, key }: UsualKey,
  signed: { readonly authenticatorData: Uint8Array; readonly clientDataJSON: Uint8Array },
  signature: Uint8Array,
): boolean {
  const hash = createHash('sha256').update(signed.clientDataJSON).digest();
  const data = Buffer.concat([signed.authenticatorData, hash]);
  return verify(algorithm === -8 ? null : 'sha256', data, key, signature);
}

function imported(
  algorithm: PasskeyAlgorithm,
  parts: { readonly [name: string]: string | null },
): UsualKey | null {
  if (Object.values(parts).includes(null)) return null;
  try {
    return { algorithm, key: createPublicKey({ key: parts as JsonWebKey, format: 'jwk' }) };
  } catch {
    return null;
  }
}
