/**
 * Which of some words are among many, told in few bits: never a wrong no, seldom a wrong yes (Bloom 1970). With ten
 * bits a word and four places each, one of a hundred words that are not there seems to be.
 */
const BITS_EACH = 10;
const PLACES = 4;

/** @param words as `wordBits` makes them */
export function makeSieve(words: readonly Uint32Array[]): Uint8Array {
  const bytes = new Uint8Array(Math.max(8, Math.ceil((words.length * BITS_EACH) / 8)));
  for (const word of words) {
    for (let i = 0; i < PLACES; i += 1) {
      const bit = placeOf(word, i, bytes.length);
      bytes[bit >>> 3] = (bytes[bit >>> 3] ?? 0) | (1 << (bit & 7));
    }
  }
  return bytes;
}

export function mayHold(sieve: Uint8Array, word: Uint32Array): boolean {
  for (let i = 0; i < PLACES; i += 1) {
    const bit = placeOf(word, i, sieve.length);
    if (((sieve[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}

/** Two numbers that stand for a text, evenly spread. They need not be secret: what they are made of is, or is none. */
export function wordBits(text: string): Uint32Array {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x5bd1e995);
    b ^= b >>> 15;
  }
  return Uint32Array.of(mixed(a), mixed(b) | 1);
}

function mixed(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

const placeOf = (word: Uint32Array, i: number, bytes: number): number =>
  ((word[0] ?? 0) + i * (word[1] ?? 0)) % (bytes * 8);
