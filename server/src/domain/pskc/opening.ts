import { createDecipheriv, pbkdf2Sync } from 'node:crypto';
import { equalSecret, type HashName, hmac } from '../../kernel/hmac.ts';
import { type Element, within } from './xml.ts';

/** What opens the secrets of a container; all null when they are in the clear. */
export type PskcSecret = { readonly key: Uint8Array | null; readonly password: string | null };

/** The key is wrong, or what it should open was changed. Which of them is nobody's business. */
export class WrongKey extends Error {
  override readonly name = 'WrongKey';
}

const AES = /^http:\/\/www\.w3\.org\/2001\/04\/xmlenc#aes(128|192|256)-cbc$/;
const MACS: Readonly<Record<string, HashName>> = {
  'http://www.w3.org/2000/09/xmldsig#hmac-sha1': 'SHA1',
  'http://www.w3.org/2001/04/xmldsig-more#hmac-sha256': 'SHA256',
  'http://www.w3.org/2001/04/xmldsig-more#hmac-sha512': 'SHA512',
};
const BLOCK = 16;
/** More would let a file keep this thread busy. */
const MOST_ITERATIONS = 200_000;

/** Opens one `Secret`: in the clear, or sealed under the key of the container. Null when it holds neither. */
export function openerOf(root: Element, secret: PskcSecret): (element: Element) => Buffer | null {
  let keys: { readonly key: Buffer; readonly mac: (data: Buffer) => Buffer } | null = null;
  return (element) => {
    const plain = within(element, 'PlainValue');
    if (plain !== undefined) return bytesOf(plain);
    const sealed = within(element, 'EncryptedValue');
    if (sealed === undefined) return null;
    keys ??= keysOf(root, secret);
    const claimed = within(element, 'ValueMAC');
    const data = cipherValueOf(sealed);
    if (claimed === undefined || !equalSecret(keys.mac(data), bytesOf(claimed))) throw new WrongKey();
    return decrypt(sealed, keys.key);
  };
}

function keysOf(root: Element, secret: PskcSecret): { key: Buffer; mac: (data: Buffer) => Buffer } {
  const key = keyOf(root, secret);
  const method = within(root, 'MACMethod');
  const hash = MACS[method?.attributes.get('Algorithm') ?? ''];
  if (hash === undefined) throw new WrongKey();
  const sealed = method === undefined ? undefined : within(method, 'MACKey');
  // Without a MAC key of its own, the key of the container serves (RFC 6030, section 6.1.1).
  const macKey = sealed === undefined ? key : decrypt(sealed, key);
  return { key, mac: (data) => hmac(hash, macKey, data) };
}

function keyOf(root: Element, { key, password }: PskcSecret): Buffer {
  const derived = within(root, 'EncryptionKey', 'DerivedKey', 'KeyDerivationMethod');
  if (derived === undefined) {
    if (key === null) throw new WrongKey();
    return Buffer.from(key);
  }
  const parameters = derived.children.find(({ name }) => name === 'PBKDF2-params');
  if (password === null || parameters === undefined) throw new WrongKey();
  const salt = within(parameters, 'Salt', 'Specified');
  const iterations = Number(within(parameters, 'IterationCount')?.text);
  const length = Number(within(parameters, 'KeyLength')?.text ?? BLOCK);
  const prf = within(parameters, 'PRF')?.attributes.get('Algorithm') ?? '';
  const isUsable = Number.isInteger(iterations) && iterations >= 1 && iterations <= MOST_ITERATIONS;
  if (salt === undefined || !isUsable || ![16, 24, 32].includes(length)) throw new WrongKey();
  return pbkdf2Sync(password, bytesOf(salt), iterations, length, /sha-?256/i.test(prf) ? 'sha256' : 'sha1');
}

function decrypt(sealed: Element, key: Buffer): Buffer {
  const method = within(sealed, 'EncryptionMethod')?.attributes.get('Algorithm') ?? '';
  const bits = AES.exec(method)?.[1];
  const data = cipherValueOf(sealed);
  if (bits === undefined || key.length * 8 !== Number(bits) || data.length < 2 * BLOCK) throw new WrongKey();
  try {
    const decipher = createDecipheriv(`aes-${bits}-cbc`, key, data.subarray(0, BLOCK));
    return Buffer.concat([decipher.update(data.subarray(BLOCK)), decipher.final()]);
  } catch {
    throw new WrongKey();
  }
}

function cipherValueOf(sealed: Element): Buffer {
  const value = within(sealed, 'CipherData', 'CipherValue');
  return value === undefined ? Buffer.alloc(0) : bytesOf(value);
}

function bytesOf({ text }: Element): Buffer {
  const bare = text.replace(/\s/g, '');
  return /^[A-Za-z0-9+/]*={0,2}$/.test(bare) ? Buffer.from(bare, 'base64') : Buffer.alloc(0);
}
