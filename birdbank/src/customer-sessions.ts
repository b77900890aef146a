import type { CustomerSession } from './customer.ts';
import { digestOf, seal, unseal } from './sealing.ts';
import type { SessionDeps } from './sessions.ts';
import type { Started } from './visit.ts';

/** Sessions of customers who have shown both factors, by an id of 256 random bits that only the browser holds. */
export type CustomerSessions = {
  /** A new session; answers its id. */
  begin(started: Started): string;
  /** null when there is none, when it was left alone for too long, or has lasted its whole time. Keeps nothing alive. */
  find(id: string): Found | null;
  /** Keeps what a session remembers, for another while from now on. One that has ended meanwhile stays ended. */
  save(id: string, data: CustomerSession): void;
  /** Gives a session a new id; the old one is dead. null when it has ended meanwhile: it stays ended. */
  renew(id: string, data: CustomerSession): string | null;
  remove(id: string): void;
  /** Ends all sessions of a customer, but for one. */
  removeAll(customerId: string, exceptId: string | null): void;
};
type Found = { readonly session: CustomerSession; readonly endsAtMs: number };

const IDLE_MS = 5 * 60_000;
const WHOLE_MS = 12 * 3_600_000;
const MOST_A_CUSTOMER = 10;
const BEGINS_PER_SWEEP = 50;
const ID = /^[A-Za-z0-9_-]{43}$/;

/** When a session that was used just now ends, unless it is used again. */
export const endOf = ({ startedAtMs }: CustomerSession, nowMs: number): number =>
  Math.min(nowMs + IDLE_MS, startedAtMs + WHOLE_MS);

/** They share no table and no cookie with sessions of strangers, so that none can pass for the other. */
export function createCustomerSessions({ database, nowMs, randomBytes }: SessionDeps): CustomerSessions {
  const select = database.prepare(
    `SELECT sealed_data, min(expires_at_ms, ends_at_ms) AS ends FROM customer_sessions
     WHERE id_digest = ? AND expires_at_ms > ? AND ends_at_ms > ?`,
  );
  const insert = database.prepare(
    `INSERT INTO customer_sessions (id_digest, customer_id, sealed_data, expires_at_ms, ends_at_ms)
     VALUES (?, ?, ?, ?, ?)`,
  );
  const update = database.prepare(
    'UPDATE customer_sessions SET sealed_data = ?, expires_at_ms = ? WHERE id_digest = ? AND expires_at_ms > ?',
  );
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

  function add(data: CustomerSession): string {
    const id = randomBytes(32).toString('base64url');
    const now = nowMs();
    const sealed = seal(id, data, randomBytes(12));
    insert.run(digestOf(id), data.customerId, sealed, now + IDLE_MS, data.startedAtMs + WHOLE_MS);
    return id;
  }

  return {
    begin({ customerId, fresh }) {
      if (begins % BEGINS_PER_SWEEP === 0) dropExpired.run(nowMs(), nowMs());
      begins += 1;
      dropOldest.run(customerId, MOST_A_CUSTOMER - 1);
      return add({ customerId, fresh, startedAtMs: nowMs(), asked: [], enrolling: null, flash: null });
    },
    find(id) {
      if (!ID.test(id)) return null;
      const row = select.get(digestOf(id), nowMs(), nowMs());
      if (row === undefined) return null;
      const session = unseal(id, row.sealed_data as Uint8Array) as CustomerSession | null;
      return session === null ? null : { session, endsAtMs: Number(row.ends) };
    },
    save(id, data) {
      update.run(seal(id, data, randomBytes(12)), nowMs() + IDLE_MS, digestOf(id), nowMs());
    },
    renew(id, data) {
      return drop.run(digestOf(id)).changes === 0 ? null : add(data);
    },
    remove(id) {
      if (ID.test(id)) drop.run(digestOf(id));
    },
    removeAll(customerId, exceptId) {
      dropOthers.run(customerId, exceptId === null ? Buffer.alloc(0) : digestOf(exceptId));
    },
  };
}
