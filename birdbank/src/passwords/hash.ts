import { argon2, createHmac, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';

/** Passwords as they are kept: argon2id (RFC 9106), and the pepper over it, as a PHC string. */
export type PasswordHashes = {
  /** @throws PasswordsBusy */
  make(password: string): Promise<string>;
  /**
   * Whether this is the password. Without a hash, because there is no such customer, it takes as long and answers false.
   * @throws PasswordsBusy
   */
  check(password: string, kept: string | null): Promise<boolean>;
  /** Whether a hash was made with other parameters than those of today, and is to be made anew. */
  isOld(kept: string): boolean;
};

/** Too many are waiting: those who ask come back later, and memory stays bounded. */
export class PasswordsBusy extends Error {
  override readonly name = 'PasswordsBusy';
}

const TAG_BYTES = 32;
const SALT_BYTES = 16;
/** As OWASP has it: 19 MiB and about 20 ms a guess. */
const NOW = { memory: 19_456, passes: 2, parallelism: 1 } as const;
type Cost = { readonly memory: number; readonly passes: number; readonly parallelism: number };
const MOST_WAITING = 64;
const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;
const run = promisify(argon2);

type Options = {
  readonly pepper: Buffer;
  readonly randomBytes: (size: number) => Buffer;
  readonly atOnce?: number;
  readonly mostWaiting?: number;
};

/** Hashes on other threads, few at once, so that a flood of guesses leaves the processors to everything else. */
export function createPasswordHashes({
  pepper,
  randomBytes,
  atOnce = Math.max(1, availableParallelism() - 1),
  mostWaiting = MOST_WAITING,
}: Options): PasswordHashes {
  const inTurn = createTurns(atOnce, mostWaiting);
  const digest = (password: string, salt: Uint8Array, cost: Cost): Promise<Buffer> =>
    inTurn(async () => {
      const message = password.normalize('NFC');
      const tag = await run('argon2id', { ...cost, tagLength: TAG_BYTES, message, nonce: salt });
      return createHmac('sha256', pepper).update(tag).digest();
    });
  const nobody = { salt: randomBytes(SALT_BYTES), tag: randomBytes(TAG_BYTES), cost: NOW };

  return {
    async make(password) {
      const salt = randomBytes(SALT_BYTES);
      const tag = await digest(password, salt, NOW);
      const { memory, passes, parallelism } = NOW;
      return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`;
    },
    async check(password, kept) {
      const parts = kept === null ? null : partsOf(kept);
      const { salt, tag, cost } = parts ?? nobody;
      const isSame = timingSafeEqual(await digest(password, salt, cost), tag);
      return isSame && parts !== null;
    },
    isOld(kept) {
      const cost = partsOf(kept)?.cost;
      return (
        cost?.memory !== NOW.memory || cost.passes !== NOW.passes || cost.parallelism !== NOW.parallelism
      );
    },
  };
}

function partsOf(kept: string) {
  const [, memory, passes, parallelism, salt = '', tag = ''] = PHC.exec(kept) ?? [];
  if (memory === undefined) return null;
  return {
    cost: { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  };
}

const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

/** Lets so many works run at once, and so many wait. */
function createTurns(atOnce: number, mostWaiting: number) {
  const waiting: (() => void)[] = [];
  let free = atOnce;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (free > 0) free -= 1;
    else if (waiting.length >= mostWaiting) throw new PasswordsBusy('too many passwords are being checked');
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
