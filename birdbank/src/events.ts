import type { SessionDeps } from './sessions.ts';

/** What has happened to an account, for its owner to look through. Holds no number, no code and no name. */
export type Events = {
  add(customerId: string, event: NewEvent): void;
  /** The newest first. */
  list(customerId: string, most: number): readonly Event[];
  /** Notes where a factor was used just now: what the browser called itself. */
  used(customerId: string, factorId: string, device: string): void;
  /** Where each factor was last used, by its id; those that are gone have none. */
  whereUsed(customerId: string): ReadonlyMap<string, string>;
  forgetUse(customerId: string, factorId: string): void;
};
export type EventKind =
  | 'signed-up'
  | 'signed-in'
  | 'signed-in-new-device'
  | 'signed-out-everywhere'
  | 'session-ended'
  | 'other-sessions-ended'
  | 'wrong-password'
  | 'wrong-code'
  | 'password-changed'
  | 'password-reset'
  | 'name-changed'
  | 'factor-added'
  | 'factor-removed'
  | 'device-forgotten';
export type NewEvent = {
  readonly kind: EventKind;
  /** The kind of factor that it is about, or by which it was done; null when none. */
  readonly factor: string | null;
  /** What the browser called itself. */
  readonly device: string;
};
export type Event = NewEvent & { readonly atMs: number };

const MOST_EVENTS = 200;
const KEEP_MS = 400 * 86_400_000;

export function createEvents({ database, nowMs }: Pick<SessionDeps, 'database' | 'nowMs'>): Events {
  const insert = database.prepare(
    'INSERT INTO events (customer_id, at_ms, kind, detail, device) VALUES (?, ?, ?, ?, ?)',
  );
  const trim = database.prepare(
    `DELETE FROM events WHERE customer_id = ? AND (at_ms < ? OR id IN
       (SELECT id FROM events WHERE customer_id = ? ORDER BY at_ms DESC, id DESC LIMIT -1 OFFSET ?))`,
  );
  const newest = database.prepare(
    'SELECT * FROM events WHERE customer_id = ? ORDER BY at_ms DESC, id DESC LIMIT ?',
  );
  const upsertUse = database.prepare(
    `INSERT INTO factor_uses (customer_id, factor_id, device) VALUES (?, ?, ?)
     ON CONFLICT (customer_id, factor_id) DO UPDATE SET device = excluded.device`,
  );
  const uses = database.prepare('SELECT factor_id, device FROM factor_uses WHERE customer_id = ?');
  const dropUse = database.prepare('DELETE FROM factor_uses WHERE customer_id = ? AND factor_id = ?');
  return {
    used(customerId, factorId, device) {
      upsertUse.run(customerId, factorId, device);
    },
    whereUsed: (customerId) =>
      new Map(uses.all(customerId).map((row) => [String(row.factor_id), String(row.device)])),
    forgetUse(customerId, factorId) {
      dropUse.run(customerId, factorId);
    },
    add(customerId, { kind, factor, device }) {
      insert.run(customerId, nowMs(), kind, factor, device);
      trim.run(customerId, nowMs() - KEEP_MS, customerId, MOST_EVENTS);
    },
    list: (customerId, most) =>
      newest.all(customerId, most).map((row) => ({
        kind: row.kind as EventKind,
        factor: row.detail as string | null,
        device: String(row.device),
        atMs: Number(row.at_ms),
      })),
  };
}
