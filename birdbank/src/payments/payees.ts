import type { DatabaseSync } from 'node:sqlite';
import type { Iban } from '../accounts/iban.ts';

/** Somebody whom a customer pays. */
export type Payee = {
  readonly id: string;
  readonly name: string;
  readonly iban: Iban;
  /** When a payment to them was first approved; null before, when every payment needs an approval. */
  readonly approvedAtMs: number | null;
};
export type Payees = ReturnType<typeof createPayees>;

export const MOST_PAYEES = 200;

export function createPayees(database: DatabaseSync, randomBytes: (size: number) => Buffer) {
  const ofCustomer = database.prepare(
    'SELECT * FROM payees WHERE customer_id = ? ORDER BY name COLLATE NOCASE, iban',
  );
  const insert = database.prepare(
    `INSERT INTO payees (id, customer_id, name, iban) VALUES (?, ?, ?, ?)
     ON CONFLICT (customer_id, iban) DO NOTHING`,
  );
  const drop = database.prepare('DELETE FROM payees WHERE id = ? AND customer_id = ?');
  const approve = database.prepare(
    `UPDATE payees SET approved_at_ms = COALESCE(approved_at_ms, ?)
     WHERE customer_id = ? AND iban = ? AND name = ?`,
  );

  const store = {
    list: (customerId: string): readonly Payee[] =>
      ofCustomer.all(customerId).map((row) => ({
        id: String(row.id),
        name: String(row.name),
        iban: row.iban as Iban,
        approvedAtMs: row.approved_at_ms === null ? null : Number(row.approved_at_ms),
      })),
    find: (customerId: string, id: string): Payee | null =>
      store.list(customerId).find((payee) => payee.id === id) ?? null,
    /** Whether it was added: not when this account is on the list already. */
    add(customerId: string, name: string, iban: Iban): boolean {
      const { changes } = insert.run(randomBytes(16).toString('hex'), customerId, name, iban);
      return Number(changes) === 1;
    },
    remove(customerId: string, id: string): boolean {
      return Number(drop.run(id, customerId).changes) === 1;
    },
    /** Whoever was paid by a payment that was approved is known from then on. */
    markApproved(customerId: string, { name, iban }: { name: string; iban: Iban }, atMs: number): void {
      approve.run(atMs, customerId, iban, name);
    },
  };
  return store;
}
