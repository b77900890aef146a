import { createPrivateKey, createPublicKey, type KeyObject, verify } from 'node:crypto';

const KEY_BYTES = 32;
// The wrappings of a public key and of a seed (RFC 8410, sections 4 and 7).
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A public key from its 32 bytes; null when it has another length. */
export function publicKeyFrom(bytes: Uint8Array): KeyObject | null {
  if (bytes.length !== KEY_BYTES) return null;
  return createPublicKey({ key: Buffer.concat([SPKI, bytes]), format: 'der', type: 'spki' });
}

/** A private key from 32 bytes of chance (RFC 8032). @throws Error at another length */
export function privateKeyFrom(seed: Uint8Array): KeyObject {
  if (seed.length !== KEY_BYTES) throw new Error(`an Ed25519 key is made of ${KEY_BYTES} bytes`);
  return createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
}

/** Whether this key signed these bytes, to the letter (RFC 8032, section 5.1.7). A signature has 64 bytes. */
export const isSignedBy = (key: KeyObject, signed: Uint8Array, signature: Uint8Array): boolean =>
  verify(null, signed, key, signature);
