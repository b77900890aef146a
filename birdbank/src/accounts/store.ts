import type { DatabaseSync } from 'node:sqlite';
import { type Account, type AccountKind, type Booking, OVERDRAFT_CENTS } from './account.ts';
import { type Iban, ownIban } from './iban.ts';
import { openingHistory } from './opening.ts';
import { inTransaction } from './transaction.ts';

/** Accounts and their bookings. Who may see what is part of every question: a customer's id is never left out. */
export type Accounts = ReturnType<typeof createAccounts>;

type Row = { readonly [column: string]: unknown };

export function createAccounts(database: DatabaseSync, randomBytes: (size: number) => Buffer) {
  const columns = `id, customer_id, kind, iban, overdraft_cents,
    (SELECT COALESCE(SUM(amount_cents), 0) FROM bookings WHERE account_id = accounts.id) AS balance_cents`;
  const ofCustomer = database.prepare(`SELECT ${columns} FROM accounts WHERE customer_id = ? ORDER BY kind`);
  const byIban = database.prepare(`SELECT ${columns} FROM accounts WHERE iban = ?`);
  const insertAccount = database.prepare(
    'INSERT INTO accounts (id, customer_id, kind, iban, overdraft_cents) VALUES (?, ?, ?, ?, ?)',
  );
  const insertBooking = database.prepare(
    `INSERT INTO bookings (account_id, booked_at_ms, amount_cents, kind, name, iban, reference, payment_id, approval)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const page = database.prepare(
    `SELECT * FROM (
       SELECT *, SUM(amount_cents) OVER (ORDER BY booked_at_ms, id) AS balance_cents
       FROM bookings WHERE account_id = ?)
     ORDER BY booked_at_ms DESC, id DESC LIMIT ? OFFSET ?`,
  );
  const count = database.prepare('SELECT COUNT(*) AS count FROM bookings WHERE account_id = ?');

  const store = {
    /** The current account first. */
    list: (customerId: string): readonly Account[] => ofCustomer.all(customerId).map(accountIn),
    /** null when there is none, or it is somebody else's. */
    find: (customerId: string, id: string): Account | null =>
      store.list(customerId).find((account) => account.id === id) ?? null,
    /** Whoever's it is: for money that comes in. */
    withIban(iban: string): Account | null {
      const row = byIban.get(iban);
      return row === undefined ? null : accountIn(row);
    },
    book(accountId: string, booking: Booking): void {
      const { bookedAtMs, amountCents, kind, name, iban, reference, paymentId, approval } = booking;
      insertBooking.run(
        ...[accountId, bookedAtMs, amountCents, kind, name, iban, reference, paymentId, approval],
      );
    },
    /** The newest first, each with the balance after it. */
    history(account: Account, limit: number, offset: number): readonly BookedLine[] {
      return page.all(account.id, limit, offset).map(lineIn);
    },
    countBookings: (account: Account): number => Number(count.get(account.id)?.count),
    /** Gives a customer a current and a savings account with their history. Does nothing where there are some. */
    open(customerId: string, nowMs: number): void {
      inTransaction(database, () => {
        if (store.list(customerId).length > 0) return;
        const opening = openingHistory(customerId, nowMs);
        for (const kind of ['current', 'savings'] as const) {
          const id = randomBytes(16).toString('hex');
          const iban = ownIban(randomBytes(8).readBigUInt64BE());
          insertAccount.run(id, customerId, kind, iban, OVERDRAFT_CENTS[kind]);
          for (const booking of opening[kind]) store.book(id, booking);
        }
      });
    },
  };
  return store;
}

export type BookedLine = Booking & { readonly balanceCents: number };

const textOrNull = (value: unknown): string | null => (value === null ? null : String(value));

function accountIn(row: Row): Account {
  return {
    id: String(row.id),
    customerId: String(row.customer_id),
    kind: row.kind as AccountKind,
    iban: row.iban as Iban,
    overdraftCents: Number(row.overdraft_cents),
    balanceCents: Number(row.balance_cents),
  };
}

function lineIn(row: Row): BookedLine {
  return {
    bookedAtMs: Number(row.booked_at_ms),
    amountCents: Number(row.amount_cents),
    kind: row.kind as Booking['kind'],
    name: textOrNull(row.name),
    iban: textOrNull(row.iban),
    reference: textOrNull(row.reference),
    paymentId: textOrNull(row.payment_id),
    approval: textOrNull(row.approval),
    balanceCents: Number(row.balance_cents),
  };
}
