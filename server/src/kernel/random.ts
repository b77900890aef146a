import { randomBytes, randomFillSync, randomInt } from 'node:crypto';

const POOL_BYTES = 4096;
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/** Chance is an argument, so that edges can be tested. */
export type Random = {
  /** Fresh bytes from the system's generator. */
  bytes(count: number): Buffer;
  /** `length` decimal digits, each sequence equally likely (rejection sampling, leading zeros kept). */
  digits(length: number): string;
  /** A whole number from 0 to `most` - 1, each equally likely; `most` below 2^48. */
  below(most: number): number;
};

/** Reads the generator in blocks: one call a request would cost more than the codes themselves. */
export const systemRandom: Random = {
  bytes(count) {
    if (count > 256) return randomBytes(count);
    if (used + count > POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    const bytes = Buffer.from(pool.subarray(used, used + count));
    pool.fill(0, used, used + count);
    used += count;
    return bytes;
  },
  below: (most) => randomInt(0, most),
  digits(length) {
    return String(randomInt(0, 10 ** length)).padStart(length, '0');
  },
};
