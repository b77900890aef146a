import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Random } from './random.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 1;

/** Text that only holders of the key can read: version, nonce, AES-256-GCM ciphertext, tag. */
export type Sealed = Uint8Array;

/** Seals and opens. `context` is bound to the text: a sealed value moved to another row does not open. */
export type Sealer = {
  seal(plain: string, context: string): Sealed;
  /** @throws Error when the bytes were not sealed under this key for this context. */
  open(sealed: Sealed, context: string): string;
};

/** AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce for each text. */
export function sealer(key: Uint8Array, random: Random): Sealer {
  return {
    seal: (plain, context) => sealBytes(key, random.bytes(NONCE_BYTES), plain, context),
    open: (sealed, context) => openBytes(key, sealed, context).toString('utf8'),
  };
}

/** Seals bytes, or text as UTF-8. A nonce serves once under one key: whoever calls this draws a fresh one. */
export function sealBytes(
  key: Uint8Array,
  nonce: Buffer,
  plain: string | Uint8Array,
  context: string | Uint8Array,
): Sealed {
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(context));
  const body = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain);
  cipher.final();
  const sealed = Buffer.allocUnsafe(1 + NONCE_BYTES + body.length + TAG_BYTES);
  sealed[0] = VERSION;
  nonce.copy(sealed, 1);
  body.copy(sealed, 1 + NONCE_BYTES);
  cipher.getAuthTag().copy(sealed, sealed.length - TAG_BYTES);
  return sealed;
}

/** @throws Error when the bytes were not sealed under this key for this context */
export function openBytes(key: Uint8Array, sealed: Sealed, context: string | Uint8Array): Buffer {
  if (sealed.length < 1 + NONCE_BYTES + TAG_BYTES || sealed[0] !== VERSION) {
    throw new Error('a sealed value has an unknown form');
  }
  const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const body = decipher.update(sealed.subarray(1 + NONCE_BYTES, sealed.length - TAG_BYTES));
  decipher.final(); // throws when the tag is not right; nothing of the body has been shown until then
  return body;
}
