import { createHmac, timingSafeEqual } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { digestOf, seal, unseal } from './sealing.ts';
import { NEW_SESSION, type SessionData } from './session-data.ts';

/** What is remembered of browsers where nobody is signed in, by an id that only the browser holds. */
export type Sessions = {
  /**
   * null when the id is none of ours. One of ours that nothing is kept about, or that was left alone for too long,
   * stands for a session that remembers nothing.
   */
  find(id: string): SessionData | null;
  /** Keeps a session, for another while from now on; one that remembers nothing takes no room. */
  save(id: string, data: SessionData): void;
  remove(id: string): void;
  newId(): string;
};
export type SessionDeps = {
  readonly database: DatabaseSync;
  readonly nowMs: () => number;
  readonly randomBytes: (size: number) => Buffer;
};

const IDLE_MS = 30 * 60_000;
/** Once something has been proved. */
const PROVED_IDLE_MS = 5 * 60_000;
const MOST_SESSIONS = 100_000;
const SAVES_PER_SWEEP = 200;
/** 256 random bits, and a signature of 128 over them. */
const ID = /^[A-Za-z0-9_-]{64}$/;
const RANDOM_BYTES = 32;

/**
 * Sessions in a table. The id is kept as its SHA-256, and the data are sealed under a key that is made from the id, so
 * whoever reads the database can neither take over a session nor learn a phone number. An id is signed, so that a
 * browser can hold one before anything is kept: looking at pages fills no table, and a flood of visitors puts nobody
 * out who has come further.
 */
export function createSessions(
  { database, nowMs, randomBytes }: SessionDeps,
  key: Buffer,
  most = MOST_SESSIONS,
): Sessions {
  const select = database.prepare(
    'SELECT sealed_data FROM sessions WHERE id_digest = ? AND expires_at_ms > ?',
  );
  const upsert = database.prepare(
    `INSERT INTO sessions (id_digest, sealed_data, expires_at_ms, weight) VALUES (?, ?, ?, ?)
     ON CONFLICT (id_digest) DO UPDATE
       SET sealed_data = excluded.sealed_data, expires_at_ms = excluded.expires_at_ms, weight = excluded.weight`,
  );
  const drop = database.prepare('DELETE FROM sessions WHERE id_digest = ?');
  const dropExpired = database.prepare('DELETE FROM sessions WHERE expires_at_ms <= ?');
  const dropLightest = database.prepare(
    `DELETE FROM sessions WHERE id_digest IN
       (SELECT id_digest FROM sessions ORDER BY weight DESC, expires_at_ms DESC LIMIT -1 OFFSET ?)`,
  );
  const signature = (random: Buffer): Buffer =>
    createHmac('sha256', key).update(random).digest().subarray(0, 16);
  const isOurs = (id: string): boolean => {
    if (!ID.test(id)) return false;
    const bytes = Buffer.from(id, 'base64url');
    return timingSafeEqual(signature(bytes.subarray(0, RANDOM_BYTES)), bytes.subarray(RANDOM_BYTES));
  };
  let saves = 0;

  return {
    find(id) {
      if (!isOurs(id)) return null;
      const row = select.get(digestOf(id), nowMs());
      const data = row === undefined ? null : unseal(id, row.sealed_data as Uint8Array);
      return (data as SessionData | null) ?? NEW_SESSION;
    },
    save(id, data) {
      if (weightOf(data) === null) {
        drop.run(digestOf(id));
        return;
      }
      const hasProved = data.verified !== null || data.signIn !== null || data.reset !== null;
      const idleMs = hasProved ? PROVED_IDLE_MS : IDLE_MS;
      if (saves % Math.min(SAVES_PER_SWEEP, most) === 0) {
        dropExpired.run(nowMs());
        dropLightest.run(most);
      }
      saves += 1;
      upsert.run(digestOf(id), seal(id, data, randomBytes(12)), nowMs() + idleMs, weightOf(data));
    },
    remove(id) {
      drop.run(digestOf(id));
    },
    newId() {
      const random = randomBytes(RANDOM_BYTES);
      return Buffer.concat([random, signature(random)]).toString('base64url');
    },
  };
}

/** How much would be lost with a session: the lightest go first where there are too many. null: nothing at all. */
function weightOf({ flash, pending, verified, signIn, passkey, reset }: SessionData): 0 | 1 | null {
  if (pending !== null || verified !== null || signIn !== null || reset !== null) return 1;
  return flash === null && passkey === null ? null : 0;
}
