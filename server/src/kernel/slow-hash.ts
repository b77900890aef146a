import { argon2 } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';

/** A hash that costs whoever guesses 19 MiB and about 20 ms a guess: argon2id, as OWASP sets it. */
export type SlowHash = (secret: string, salt: Uint8Array) => Promise<Buffer>;

export class SlowHashBusy extends Error {
  override readonly name = 'SlowHashBusy';
}

const PARAMETERS = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;
/** What it is, in words and figures, for whoever must compute it elsewhere. */
export const SLOW_HASH = {
  algorithm: 'argon2id',
  memoryKiB: PARAMETERS.memory,
  passes: PARAMETERS.passes,
  parallelism: PARAMETERS.parallelism,
  bytes: PARAMETERS.tagLength,
} as const;
const MOST_WAITING = 512;
const run = promisify(argon2);

/**
 * Hashes on other threads, few at once, so that a flood of them leaves the processors to everything else.
 * @throws SlowHashBusy when 512 are waiting already
 */
export function createSlowHash(atOnce = Math.max(1, availableParallelism() - 1)): SlowHash {
  const waiting: (() => void)[] = [];
  let free = atOnce;
  const enter = async (): Promise<void> => {
    if (free > 0) {
      free -= 1;
      return;
    }
    if (waiting.length >= MOST_WAITING) throw new SlowHashBusy('too many hashes are waiting');
    await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return async (secret, salt) => {
    await enter();
    try {
      return await run('argon2id', { ...PARAMETERS, message: secret, nonce: salt });
    } finally {
      leave();
    }
  };
}
