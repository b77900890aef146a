import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { SessionData } from './session-data.ts';

/** Sessions by their id, 256 random bits as base64url, which only the browser holds. */
export type Sessions = {
  /** null when there is no such session, or it has been left alone for too long. */
  find(id: string): SessionData | null;
  /** Keeps a session, for another while from now on. */
  save(id: string, data: SessionData): void;
  remove(id: string): void;
  newId(): string;
};

const IDLE_MS = 30 * 60_000;
const VERIFIED_IDLE_MS = 5 * 60_000;
const MOST_SESSIONS = 100_000;
const SAVES_PER_SWEEP = 200;
/** Of the shape of SessionData. Raise it with every change that old data would not fit. */
const VERSION = 1;
const ID = /^[A-Za-z0-9_-]{43}$/;

/**
 * Sessions in a table. The id is kept as its SHA-256, and the data are sealed under a key that is made from the id, so
 * whoever reads the database can neither take over a session nor learn a phone number.
 */
export function createSessions(
  database: DatabaseSync,
  nowMs: () => number,
  randomBytes: (size: number) => Buffer,
): Sessions {
  const select = database.prepare(
    'SELECT sealed_data FROM sessions WHERE id_digest = ? AND expires_at_ms > ?',
  );
  const upsert = database.prepare(
    `INSERT INTO sessions (id_digest, sealed_data, expires_at_ms) VALUES (?, ?, ?)
     ON CONFLICT (id_digest) DO UPDATE SET sealed_data = excluded.sealed_data, expires_at_ms = excluded.expires_at_ms`,
  );
  const drop = database.prepare('DELETE FROM sessions WHERE id_digest = ?');
  const dropExpired = database.prepare('DELETE FROM sessions WHERE expires_at_ms <= ?');
  const dropOldest = database.prepare(
    `DELETE FROM sessions WHERE id_digest IN
       (SELECT id_digest FROM sessions ORDER BY expires_at_ms DESC LIMIT -1 OFFSET ?)`,
  );
  let saves = 0;

  return {
    find(id) {
      if (!ID.test(id)) return null;
      const row = select.get(digestOf(id), nowMs());
      return row === undefined ? null : unseal(id, row.sealed_data as Uint8Array);
    },
    save(id, data) {
      const idleMs = data.verified === null ? IDLE_MS : VERIFIED_IDLE_MS;
      if (saves % SAVES_PER_SWEEP === 0) {
        dropExpired.run(nowMs());
        dropOldest.run(MOST_SESSIONS);
      }
      saves += 1;
      upsert.run(digestOf(id), seal(id, data, randomBytes(12)), nowMs() + idleMs);
    },
    remove(id) {
      drop.run(digestOf(id));
    },
    newId: () => randomBytes(32).toString('base64url'),
  };
}

const digestOf = (id: string): Buffer => createHash('sha256').update(id).digest();

function keyOf(id: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', id, '', `birdbank session data ${VERSION}`, 32)));
}

function seal(id: string, data: SessionData, nonce: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', keyOf(id), nonce);
  const sealed = [cipher.update(JSON.stringify(data), 'utf8'), cipher.final()];
  return Buffer.concat([nonce, cipher.getAuthTag(), ...sealed]);
}

/** null when another version of BirdBank has sealed the data: its session is over. */
function unseal(id: string, sealed: Uint8Array): SessionData | null {
  const decipher = createDecipheriv('aes-256-gcm', keyOf(id), sealed.subarray(0, 12));
  decipher.setAuthTag(sealed.subarray(12, 28));
  try {
    const data = Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]);
    return JSON.parse(data.toString('utf8'));
  } catch {
    return null;
  }
}
