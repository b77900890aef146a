import type { DatabaseSync } from 'node:sqlite';
import type { Iban } from '../accounts/iban.ts';
import { inTransaction } from '../accounts/transaction.ts';
import {
  changed,
  DAY_MS,
  type Facts,
  isPending,
  type Payment,
  PENDING_MS,
  type Refusal,
  settle,
  type Wanted,
} from './payment.ts';

/** Payments as they are kept. Every question names the customer: somebody else's payment is as one that is not there. */
export type Payments = ReturnType<typeof createPayments>;

type Row = { readonly [column: string]: unknown };

export function createPayments(database: DatabaseSync, randomBytes: (size: number) => Buffer) {
  const byId = database.prepare('SELECT * FROM payments WHERE id = ? AND customer_id = ?');
  const newest = database.prepare(
    'SELECT * FROM payments WHERE customer_id = ? ORDER BY created_at_ms DESC, id LIMIT ?',
  );
  const upsert = database.prepare(
    `INSERT INTO payments (id, customer_id, kind, account_id, payee_name, payee_iban, amount_cents, reference, version,
       state, reason, challenge, factor, created_at_ms, expires_at_ms, closed_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET account_id = excluded.account_id, payee_name = excluded.payee_name,
       payee_iban = excluded.payee_iban, amount_cents = excluded.amount_cents, reference = excluded.reference,
       version = excluded.version, state = excluded.state, reason = excluded.reason, challenge = excluded.challenge,
       factor = excluded.factor, expires_at_ms = excluded.expires_at_ms, closed_at_ms = excluded.closed_at_ms
     WHERE payments.customer_id = excluded.customer_id`,
  );
  const addEvidence = database.prepare(
    'UPDATE payments SET evidence = ? WHERE id = ? AND customer_id = ? AND evidence IS NULL',
  );
  const unapproved = database.prepare(
    `SELECT COALESCE(SUM(amount_cents), 0) AS cents FROM payments WHERE customer_id = ? AND kind = 'payment'
       AND state = 'executed' AND challenge IS NULL AND closed_at_ms > ?`,
  );
  const knownPayee = database.prepare(
    `SELECT 1 FROM payees WHERE customer_id = ? AND iban = ? AND name = ? AND approved_at_ms IS NOT NULL`,
  );

  const store = {
    newId: (): string => randomBytes(16).toString('hex'),
    find(customerId: string, id: string, nowMs: number): Payment | null {
      const row = byId.get(id, customerId);
      return row === undefined ? null : settle(paymentIn(row), nowMs);
    },
    /** The newest first. */
    list: (customerId: string, limit: number, nowMs: number): readonly Payment[] =>
      newest.all(customerId, limit).map((row) => settle(paymentIn(row), nowMs)),
    save(payment: Payment): void {
      const { id, customerId, kind, accountId, payeeName, payeeIban, amountCents, reference } = payment;
      const { version, state, createdAtMs, expiresAtMs } = payment;
      const reason = state === 'refused' ? payment.refusal : null;
      const { challenge, factor } = approvalOf(payment);
      const closedAtMs = 'closedAtMs' in payment ? payment.closedAtMs : null;
      upsert.run(
        ...[id, customerId, kind, accountId, payeeName, payeeIban, amountCents, reference, version],
        ...[state, reason, challenge, factor, createdAtMs, expiresAtMs, closedAtMs],
      );
    },
    draft(customerId: string, wanted: Wanted, nowMs: number): Payment {
      const payment: Payment = {
        ...wanted,
        ...{ id: store.newId(), customerId, kind: 'payment', version: 1, state: 'draft' },
        ...{ createdAtMs: nowMs, expiresAtMs: nowMs + PENDING_MS },
      };
      store.save(payment);
      return payment;
    },
    /** Changes one that is pending; null when it is not, or not any more. */
    change(customerId: string, id: string, wanted: Wanted, nowMs: number): Payment | null {
      return store.whilePending(customerId, id, nowMs, (payment) => changed(payment, wanted, nowMs));
    },
    cancel(customerId: string, id: string, nowMs: number): Payment | null {
      return store.whilePending(customerId, id, nowMs, (payment) => ({
        ...payment,
        ...{ state: 'cancelled', closedAtMs: nowMs },
      }));
    },
    /** From now on it waits for its approval. */
    wait: (customerId: string, id: string, nowMs: number): Payment | null =>
      store.whilePending(customerId, id, nowMs, (payment) => ({ ...payment, state: 'waiting' })),
    refuse: (customerId: string, id: string, refusal: Refusal, nowMs: number): Payment | null =>
      store.whilePending(customerId, id, nowMs, (payment) => ({
        ...payment,
        ...{ state: 'refused', refusal, closedAtMs: nowMs },
      })),
    whilePending(
      customerId: string,
      id: string,
      nowMs: number,
      next: (payment: Extract<Payment, { state: 'draft' | 'waiting' }>) => Payment,
    ): Payment | null {
      return inTransaction(database, () => {
        const payment = store.find(customerId, id, nowMs);
        if (payment === null || !isPending(payment)) return null;
        const after = next(payment);
        store.save(after);
        return after;
      });
    },
    /** Roost's signed statement of how a payment was approved, to have it here too; once. */
    keepEvidence(customerId: string, id: string, signed: string): void {
      addEvidence.run(signed, id, customerId);
    },
    /** null where there was no approval, or its evidence has not been fetched. */
    evidence(customerId: string, id: string): string | null {
      const signed = byId.get(id, customerId)?.evidence ?? null;
      return signed === null ? null : String(signed);
    },
    /** What decides whether an approval is needed. */
    facts: ({ customerId, payeeIban, payeeName }: Payment, nowMs: number): Facts => ({
      isKnownPayee: knownPayee.get(customerId, payeeIban, payeeName) !== undefined,
      unapprovedCents: Number(unapproved.get(customerId, nowMs - DAY_MS)?.cents),
    }),
  };
  return store;
}

function approvalOf(payment: Payment): { challenge: string | null; factor: string | null } {
  const approval = payment.state === 'executed' ? payment.approval : null;
  return { challenge: approval?.challenge ?? null, factor: approval?.factor ?? null };
}

function paymentIn(row: Row): Payment {
  const about = {
    id: String(row.id),
    customerId: String(row.customer_id),
    kind: row.kind as Payment['kind'],
    accountId: String(row.account_id),
    payeeName: String(row.payee_name),
    payeeIban: row.payee_iban as Iban,
    amountCents: Number(row.amount_cents),
    reference: row.reference === null ? null : String(row.reference),
    version: Number(row.version),
    createdAtMs: Number(row.created_at_ms),
    expiresAtMs: Number(row.expires_at_ms),
  };
  const state = row.state as Payment['state'];
  const closedAtMs = Number(row.closed_at_ms);
  switch (state) {
    case 'draft':
    case 'waiting':
      return { ...about, state };
    case 'executed': {
      const approval =
        row.challenge === null ? null : { challenge: String(row.challenge), factor: String(row.factor) };
      return { ...about, state, closedAtMs, approval };
    }
    case 'refused':
      return { ...about, state, closedAtMs, refusal: row.reason as Refusal };
    case 'expired':
    case 'cancelled':
      return { ...about, state, closedAtMs };
    default:
      return state satisfies never;
  }
}
