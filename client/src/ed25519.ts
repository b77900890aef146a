type CryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;
/** A key that only checks what another has signed. */
export type PublicKey = CryptoKey;

/** A public key from its 32 bytes as base64url (RFC 8037). */
export const publicKeyFrom = (x: string): Promise<PublicKey> =>
  crypto.subtle.importKey('jwk', { kty: 'OKP', crv: 'Ed25519', x }, 'Ed25519', false, ['verify']);

/** Whether this key signed these bytes (RFC 8032). */
export const isSignedBy = (
  key: PublicKey,
  signed: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
): Promise<boolean> => crypto.subtle.verify('Ed25519', key, signature, signed);
