import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Random } from '../kernel/random.ts';

/** Bytes of an id, and of the key under which ids are stored. */
export const ID_BYTES = 16;
const TIME_BYTES = 6;
const MOST_REMEMBERED = 8_192;

/**
 * Ids as the world sees them (32 hexadecimal characters that look random) and as they are stored (16 bytes that
 * begin with the time). Stored so, new rows go to the end of every index instead of to a random page each,
 * which is what makes a commit cheap however many rows there are. The two are one AES block apart, under a key
 * that belongs to the database and never changes.
 */
export type IdCodec = {
  fresh(nowMs: number): string;
  toStored(id: string): Uint8Array;
  fromStored(stored: Uint8Array): string;
};

export function idCodec(key: Uint8Array, random: Random): IdCodec {
  const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  const decipher = createDecipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  // A request asks for the same id several times; remembering it costs less than the cipher.
  const remembered = new Map<string, Buffer>();
  const remember = (id: string, stored: Buffer): void => {
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(id, stored);
  };
  return {
    fresh(nowMs) {
      const stored = random.bytes(ID_BYTES);
      stored.writeUIntBE(nowMs, 0, TIME_BYTES);
      const id = cipher.update(stored).toString('hex');
      remember(id, stored);
      return id;
    },
    toStored(id) {
      const known = remembered.get(id);
      if (known !== undefined) return known;
      const stored = decipher.update(Buffer.from(id, 'hex'));
      remember(id, stored);
      return stored;
    },
    fromStored: (stored) => cipher.update(stored).toString('hex'),
  };
}
