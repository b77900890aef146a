import type { CustomerSession } from './customer.ts';
import { type Network, networkShown } from './network.ts';
import { digestOf, seal, unseal } from './sealing.ts';
import type { SessionDeps } from './sessions.ts';
import type { Place, Started } from './visit.ts';

/** Sessions of customers who have shown both factors, by an id of 256 random bits that only the browser holds. */
export type CustomerSessions = {
  /** A new session; answers its id. */
  begin(started: Started, place: Place): string;
  /** null when there is none, when it was left alone for too long, or has lasted its whole time. Keeps nothing alive. */
  find(id: string): FoundSession | null;
  /** Keeps what a session remembers, for another while from now on. One that has ended meanwhile stays ended. */
  save(id: string, data: CustomerSession, place: Place): void;
  /** Gives a session a new id; the old one is dead. null when it has ended meanwhile: it stays ended. */
  renew(id: string, data: CustomerSession, place: Place): string | null;
  remove(id: string): void;
  /** Ends all sessions of a customer, but for one. */
  removeAll(customerId: string, exceptId: string | null): void;
  /** Those of a customer that have not ended, the one used last first. At most ten. */
  list(customerId: string): readonly ListedSession[];
  /** Ends the session that a customer sees under this name, and tells what it was; null when they have none of it. */
  removeListed(customerId: string, name: string): ListedSession | null;
};
export type FoundSession = {
  readonly session: CustomerSession;
  readonly endsAtMs: number;
  readonly name: string;
};
/** A session as its owner sees it, from whichever of them. */
export type ListedSession = {
  /** Says nothing of its id, and stays when that is renewed. */
  readonly name: string;
  readonly startedAtMs: number;
  readonly lastUsedAtMs: number;
  /** Where it was used last; null of one that began before this was kept. */
  readonly place: SessionPlace | null;
};
type SessionPlace = {
  /** What the browser called itself. */
  readonly label: string;
  readonly network: Network;
  /** What we call the browser, under our key, as base64url; null while it had no name. */
  readonly device: string | null;
};

const IDLE_MS = 5 * 60_000;
const WHOLE_MS = 12 * 3_600_000;
const MOST_A_CUSTOMER = 10;
const BEGINS_PER_SWEEP = 50;
const ID = /^[A-Za-z0-9_-]{43}$/;

/** When a session that was used just now ends, unless it is used again. */
export const endOf = ({ startedAtMs }: CustomerSession, nowMs: number): number =>
  Math.min(nowMs + IDLE_MS, startedAtMs + WHOLE_MS);

/**
 * They share no table and no cookie with sessions of strangers, so that none can pass for the other. `places` is the key
 * under which it is kept where a session was used last.
 */
export function createCustomerSessions(
  { database, nowMs, randomBytes }: SessionDeps,
  places: Buffer,
): CustomerSessions {
  const select = database.prepare(
    `SELECT name, sealed_data, min(expires_at_ms, ends_at_ms) AS ends FROM customer_sessions
     WHERE id_digest = ? AND expires_at_ms > ? AND ends_at_ms > ?`,
  );
  const insert = database.prepare(
    `INSERT INTO customer_sessions (id_digest, customer_id, name, sealed_data, sealed_place, expires_at_ms, ends_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const update = database.prepare(
    `UPDATE customer_sessions SET id_digest = ?, sealed_data = ?, sealed_place = ?, expires_at_ms = ?
     WHERE id_digest = ? AND expires_at_ms > ?`,
  );
  const all = database.prepare(
    `SELECT name, sealed_place, expires_at_ms, ends_at_ms FROM customer_sessions
     WHERE customer_id = ? AND expires_at_ms > ? AND ends_at_ms > ? ORDER BY expires_at_ms DESC, name`,
  );
  const dropListed = database.prepare('DELETE FROM customer_sessions WHERE customer_id = ? AND name = ?');
  const drop = database.prepare('DELETE FROM customer_sessions WHERE id_digest = ?');
  const dropOthers = database.prepare(
    'DELETE FROM customer_sessions WHERE customer_id = ? AND id_digest <> ?',
  );
  const dropOldest = database.prepare(
    `DELETE FROM customer_sessions WHERE id_digest IN
       (SELECT id_digest FROM customer_sessions WHERE customer_id = ? ORDER BY expires_at_ms DESC LIMIT -1 OFFSET ?)`,
  );
  const dropExpired = database.prepare(
    'DELETE FROM customer_sessions WHERE expires_at_ms <= ? OR ends_at_ms <= ?',
  );
  let begins = 0;

  const newId = (): string => randomBytes(32).toString('base64url');
  const placeKey = (customerId: string): string => `${places.toString('base64url')} ${customerId}`;
  function sealPlace(customerId: string, { clientIp, device, label }: Place): Buffer {
    const place: SessionPlace = {
      ...{ label, network: networkShown(clientIp) },
      device: device?.toString('base64url') ?? null,
    };
    return seal(placeKey(customerId), place, randomBytes(12));
  }
  /** false when the session has ended meanwhile. */
  function keep(id: string, nextId: string, data: CustomerSession, place: Place): boolean {
    const sealed = [seal(nextId, data, randomBytes(12)), sealPlace(data.customerId, place)];
    const now = nowMs();
    return update.run(digestOf(nextId), ...sealed, now + IDLE_MS, digestOf(id), now).changes === 1;
  }

  const list = (customerId: string): readonly ListedSession[] =>
    all.all(customerId, nowMs(), nowMs()).map((row) => {
      const sealed = row.sealed_place as Uint8Array | null;
      return {
        name: String(row.name),
        startedAtMs: Number(row.ends_at_ms) - WHOLE_MS,
        lastUsedAtMs: Number(row.expires_at_ms) - IDLE_MS,
        place: sealed === null ? null : (unseal(placeKey(customerId), sealed) as SessionPlace | null),
      };
    });

  return {
    begin({ customerId, fresh }, place) {
      if (begins % BEGINS_PER_SWEEP === 0) dropExpired.run(nowMs(), nowMs());
      begins += 1;
      dropOldest.run(customerId, MOST_A_CUSTOMER - 1);
      const [id, now] = [newId(), nowMs()];
      const data = { customerId, fresh, startedAtMs: now, asked: [], enrolling: null, flash: null };
      const sealed = [seal(id, data, randomBytes(12)), sealPlace(customerId, place)] as const;
      const name = randomBytes(12).toString('hex');
      insert.run(digestOf(id), customerId, name, ...sealed, now + IDLE_MS, now + WHOLE_MS);
      return id;
    },
    find(id) {
      if (!ID.test(id)) return null;
      const row = select.get(digestOf(id), nowMs(), nowMs());
      if (row === undefined) return null;
      const session = unseal(id, row.sealed_data as Uint8Array) as CustomerSession | null;
      return session === null ? null : { session, endsAtMs: Number(row.ends), name: String(row.name) };
    },
    save(id, data, place) {
      keep(id, id, data, place);
    },
    renew(id, data, place) {
      const next = newId();
      return keep(id, next, data, place) ? next : null;
    },
    remove(id) {
      if (ID.test(id)) drop.run(digestOf(id));
    },
    removeAll(customerId, exceptId) {
      dropOthers.run(customerId, exceptId === null ? Buffer.alloc(0) : digestOf(exceptId));
    },
    list,
    removeListed(customerId, name) {
      const found = list(customerId).find((session) => session.name === name) ?? null;
      return found !== null && dropListed.run(customerId, name).changes === 1 ? found : null;
    },
  };
}
