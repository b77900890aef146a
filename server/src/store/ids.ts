import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Random } from '../kernel/random.ts';

/** Bytes of an id, and of the key under which ids are stored. */
export const ID_BYTES = 16;
const TIME_BYTES = 6;
/** A power of 16, so that three digits of an id tell its place. */
const PLACES = 4_096;
const MADE_AT_ONCE = 128;
const STALE_AFTER_MS = 100;

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

/** Sorts before every id made at `ms` or later, and after those made before. */
export function storedFrom(ms: number): Uint8Array {
  const stored = Buffer.alloc(ID_BYTES);
  stored.writeUIntBE(Math.max(0, Math.floor(ms)), 0, TIME_BYTES);
  return stored;
}

/** Where a row stands among those of its table, in order of time. To be compared and kept, not to be read. */
export type Place = string;

/** The place of rows by their time: those made at `ms` or later come after it, those made before do not. */
export const placeAt = (ms: number): Place => Buffer.from(storedFrom(ms)).toString('hex');

/** When a row was made, by its place: to about a tenth of a second. */
export const timeOfPlace = (place: Place): number => Number.parseInt(place.slice(0, TIME_BYTES * 2), 16);

export function idCodec(key: Uint8Array, random: Random): IdCodec {
  const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  const decipher = createDecipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  // A request asks for the same id several times; remembering it costs less than the cipher. Each id has one place,
  // which the next one with these digits takes over.
  const ids = new Array<string>(PLACES).fill('');
  const storedIds = new Array<Uint8Array>(PLACES).fill(new Uint8Array(0));
  const remember = (id: string, stored: Uint8Array): void => {
    const place = placeOf(id);
    ids[place] = id;
    storedIds[place] = stored;
  };
  // One call of the cipher costs as much for many ids as for one, so ids are made in stock, all of one moment.
  let stock: {
    readonly madeAtMs: number;
    readonly stored: Buffer;
    readonly ids: Buffer;
    used: number;
  } | null = null;
  const restock = (nowMs: number) => {
    const stored = random.bytes(ID_BYTES * MADE_AT_ONCE);
    for (let i = 0; i < MADE_AT_ONCE; i += 1) stored.writeUIntBE(nowMs, i * ID_BYTES, TIME_BYTES);
    return { madeAtMs: nowMs, stored, ids: cipher.update(stored), used: 0 };
  };
  return {
    fresh(nowMs) {
      if (stock === null || stock.used === MADE_AT_ONCE || nowMs - stock.madeAtMs > STALE_AFTER_MS) {
        stock = restock(nowMs);
      }
      const at = stock.used * ID_BYTES;
      stock.used += 1;
      const id = stock.ids.toString('hex', at, at + ID_BYTES);
      remember(id, stock.stored.subarray(at, at + ID_BYTES));
      return id;
    },
    toStored(id) {
      const place = placeOf(id);
      const known = storedIds[place];
      if (known !== undefined && ids[place] === id) return known;
      const stored = decipher.update(Buffer.from(id, 'hex'));
      remember(id, stored);
      return stored;
    },
    fromStored: (stored) => cipher.update(stored).toString('hex'),
  };
}

/** What the first three hexadecimal digits say; any text has a place. */
function placeOf(id: string): number {
  let place = 0;
  for (let i = 0; i < 3; i += 1) {
    const unit = id.charCodeAt(i);
    place = (place << 4) | ((unit > 0x40 ? unit + 9 : unit) & 0xf);
  }
  return place;
}
