import type { SessionDeps } from './sessions.ts';
import type { Started } from './visit.ts';

/** Browsers in which a customer has signed in. They are known by a cookie, which is kept by its keyed digest alone. */
export type Devices = {
  /** Notes that somebody has signed in here. */
  see(started: Started, digest: Buffer, label: string): void;
  isKnown(customerId: string, digest: Buffer | null): boolean;
  /** Whether a password is enough here, because another factor was shown here lately. */
  isTrusted(customerId: string, digest: Buffer | null): boolean;
  list(customerId: string): readonly Device[];
  /** Forgets a device: it is asked for everything again. */
  forget(customerId: string, id: string): void;
  /** This device is trusted no more. */
  distrust(customerId: string, digest: Buffer): void;
  /** No device is trusted any more, but for one. */
  distrustAll(customerId: string, exceptDigest?: Buffer | null): void;
};
export type Device = {
  readonly id: string;
  readonly digest: Buffer;
  readonly label: string;
  readonly firstSeenAtMs: number;
  readonly lastSeenAtMs: number;
  readonly trustedUntilMs: number | null;
};

export const TRUST_DAYS = 30;
const DAY_MS = 86_400_000;
const MOST_DEVICES = 20;
const KEEP_DAYS = 400;

export function createDevices({ database, nowMs, randomBytes }: SessionDeps): Devices {
  const upsert = database.prepare(
    `INSERT INTO devices (customer_id, token_digest, id, label, first_seen_at_ms, last_seen_at_ms, trusted_until_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (customer_id, token_digest) DO UPDATE
       SET label = excluded.label, last_seen_at_ms = excluded.last_seen_at_ms,
           trusted_until_ms = coalesce(excluded.trusted_until_ms, trusted_until_ms)`,
  );
  const one = database.prepare(
    'SELECT last_seen_at_ms, trusted_until_ms FROM devices WHERE customer_id = ? AND token_digest = ?',
  );
  const all = database.prepare(
    'SELECT * FROM devices WHERE customer_id = ? AND last_seen_at_ms > ? ORDER BY last_seen_at_ms DESC',
  );
  const drop = database.prepare('DELETE FROM devices WHERE customer_id = ? AND id = ?');
  const distrustOne = database.prepare(
    'UPDATE devices SET trusted_until_ms = NULL WHERE customer_id = ? AND token_digest = ?',
  );
  const distrustOthers = database.prepare(
    'UPDATE devices SET trusted_until_ms = NULL WHERE customer_id = ? AND token_digest <> ?',
  );
  const dropOldest = database.prepare(
    `DELETE FROM devices WHERE customer_id = ? AND id IN
       (SELECT id FROM devices WHERE customer_id = ? ORDER BY last_seen_at_ms DESC LIMIT -1 OFFSET ?)`,
  );
  const find = (customerId: string, digest: Buffer | null) =>
    digest === null ? undefined : one.get(customerId, digest);

  return {
    see({ customerId, isTrusted, fresh }, digest, label) {
      const now = nowMs();
      const trustedUntil = isTrusted && fresh !== null ? now + TRUST_DAYS * DAY_MS : null;
      const id = randomBytes(12).toString('base64url');
      upsert.run(customerId, digest, id, label, now, now, trustedUntil);
      dropOldest.run(customerId, customerId, MOST_DEVICES);
    },
    isKnown(customerId, digest) {
      const found = find(customerId, digest);
      return found !== undefined && Number(found.last_seen_at_ms) > nowMs() - KEEP_DAYS * DAY_MS;
    },
    isTrusted(customerId, digest) {
      return Number(find(customerId, digest)?.trusted_until_ms ?? 0) > nowMs();
    },
    list(customerId) {
      return all.all(customerId, nowMs() - KEEP_DAYS * DAY_MS).map((row) => ({
        id: String(row.id),
        digest: Buffer.from(row.token_digest as Uint8Array),
        label: String(row.label),
        firstSeenAtMs: Number(row.first_seen_at_ms),
        lastSeenAtMs: Number(row.last_seen_at_ms),
        trustedUntilMs: Number(row.trusted_until_ms ?? 0) > nowMs() ? Number(row.trusted_until_ms) : null,
      }));
    },
    forget(customerId, id) {
      drop.run(customerId, id);
    },
    distrust(customerId, digest) {
      distrustOne.run(customerId, digest);
    },
    distrustAll(customerId, exceptDigest = null) {
      distrustOthers.run(customerId, exceptDigest ?? Buffer.alloc(0));
    },
  };
}
