import { createHmac } from 'node:crypto';
import { networkOf } from '../network.ts';
import type { SessionDeps } from '../sessions.ts';

/**
 * Wrong passwords, counted by the name that was typed, whether or not it is anybody's. Those of a browser in which this
 * customer has signed in before are counted apart from those of strangers: strangers can use up only their own, and
 * keep nobody out who is where they usually are. Nothing else is ever locked.
 */
export type Throttle = {
  /**
   * Counts a guess, before it is looked at, so that guesses in parallel are counted too. Tells until when none is looked
   * at here, or how many more may be wrong before the next wait.
   */
  take(guess: Guess): { readonly waitUntilMs: number } | { readonly left: number };
  /** It was right: what was counted for this name here is forgotten, and at this address the one guess. */
  right(guess: Guess): void;
};
export type Guess = {
  readonly name: string;
  /** Of a browser that this customer has used before; null of any other. */
  readonly knownDevice: Buffer | null;
  /** null where the address is counted already. */
  readonly clientIp: string | null;
};

const FREE = 5;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 3_600_000;
const FORGET_MS = 86_400_000;
/** From one address, over all names. */
const FREE_FROM_ADDRESS = 20;
const ADDRESS_FORGET_MS = 3_600_000;
const MOST_ROWS = 200_000;
const WRITES_PER_SWEEP = 200;

type Bucket = { readonly key: Buffer; readonly free: number; readonly forgetMs: number };

export function createThrottle({ database, nowMs }: SessionDeps, lookup: Buffer): Throttle {
  const select = database.prepare(
    'SELECT wrong, wait_until_ms FROM tries WHERE bucket = ? AND expires_at_ms > ?',
  );
  const upsert = database.prepare(
    `INSERT INTO tries (bucket, wrong, wait_until_ms, expires_at_ms) VALUES (?, ?, ?, ?)
     ON CONFLICT (bucket) DO UPDATE SET wrong = excluded.wrong, wait_until_ms = excluded.wait_until_ms,
       expires_at_ms = excluded.expires_at_ms`,
  );
  const drop = database.prepare('DELETE FROM tries WHERE bucket = ?');
  const giveBack = database.prepare(
    'UPDATE tries SET wrong = max(0, wrong - 1), wait_until_ms = 0 WHERE bucket = ?',
  );
  const dropExpired = database.prepare('DELETE FROM tries WHERE expires_at_ms <= ?');
  const dropSmallest = database.prepare(
    `DELETE FROM tries WHERE bucket IN
       (SELECT bucket FROM tries ORDER BY wrong DESC, expires_at_ms DESC LIMIT -1 OFFSET ?)`,
  );
  const keyed = (text: string): Buffer => createHmac('sha256', lookup).update(text).digest();
  let writes = 0;

  // #region guess
  const nameBucket = ({ name, knownDevice }: Guess): Bucket => {
    const where = knownDevice === null ? 'strangers' : knownDevice.toString('hex');
    return { key: keyed(`tries ${name.toLowerCase()} ${where}`), free: FREE, forgetMs: FORGET_MS };
  };
  // #endregion
  /** Somebody at home in this browser is not kept out by what others do at the same address. */
  const addressBucket = ({ clientIp, knownDevice }: Guess): readonly Bucket[] =>
    clientIp === null || knownDevice !== null
      ? []
      : [
          {
            ...{ key: keyed(`tries from ${networkOf(clientIp)}`), free: FREE_FROM_ADDRESS },
            forgetMs: ADDRESS_FORGET_MS,
          },
        ];
  const bucketsOf = (guess: Guess): readonly Bucket[] => [nameBucket(guess), ...addressBucket(guess)];

  function count({ key, free, forgetMs }: Bucket): number {
    const wrong = Number(select.get(key, nowMs())?.wrong ?? 0) + 1;
    const over = wrong - free;
    const waitMs = over < 0 ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(over, 20));
    upsert.run(key, wrong, nowMs() + waitMs, nowMs() + forgetMs);
    return Math.max(0, -over);
  }

  return {
    take(guess) {
      const buckets = bucketsOf(guess);
      const waits = buckets.map(({ key }) => Number(select.get(key, nowMs())?.wait_until_ms ?? 0));
      const waitUntilMs = Math.max(...waits);
      if (waitUntilMs > nowMs()) return { waitUntilMs };
      if (writes % WRITES_PER_SWEEP === 0) {
        dropExpired.run(nowMs());
        dropSmallest.run(MOST_ROWS);
      }
      writes += 1;
      return { left: Math.min(...buckets.map(count)) };
    },
    right(guess) {
      drop.run(nameBucket(guess).key);
      for (const { key } of addressBucket(guess)) giveBack.run(key);
    },
  };
}
