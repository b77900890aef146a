import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';

/** Of the shape of what sessions remember. Raise it with every change that old data would not fit. */
const VERSION = 2;

/** What the database knows of a session's id. */
export const digestOf = (id: string): Buffer => createHash('sha256').update(id).digest();

function keyOf(id: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', id, '', `birdbank session data ${VERSION}`, 32)));
}

/** Seals what a session remembers under a key that is made from its id, which only the browser holds. */
export function seal(id: string, data: unknown, nonce: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', keyOf(id), nonce);
  const sealed = [cipher.update(JSON.stringify(data), 'utf8'), cipher.final()];
  return Buffer.concat([nonce, cipher.getAuthTag(), ...sealed]);
}

/** null when another version of BirdBank has sealed the data: its session is over. */
export function unseal(id: string, sealed: Uint8Array): unknown {
  const decipher = createDecipheriv('aes-256-gcm', keyOf(id), sealed.subarray(0, 12));
  decipher.setAuthTag(sealed.subarray(12, 28));
  try {
    const data = Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]);
    return JSON.parse(data.toString('utf8'));
  } catch {
    return null;
  }
}
