import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Account } from '../../src/accounts/account.ts';
import type { Iban } from '../../src/accounts/iban.ts';
import { createAccounts } from '../../src/accounts/store.ts';
import { openDatabase } from '../../src/database.ts';
import type { Ledger } from '../../src/payments/execute.ts';
import { createPayees } from '../../src/payments/payees.ts';
import type { Payment } from '../../src/payments/payment.ts';
import { createPayments } from '../../src/payments/store.ts';

export const NOW = Date.parse('2026-11-23T12:00:00Z');
export const ZOON = { name: 'Vogel & Zoon BV', iban: 'NL91ABNA0417164300' as Iban };

/** The books of the real BirdBank in a database of their own, without its pages, for two customers. */
export function openLedger(t: TestContext, nowMs = NOW) {
  const folder = mkdtempSync(join(tmpdir(), 'birdbank-ledger-'));
  const database = openDatabase(folder);
  t.after(() => {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const accounts = createAccounts(database, randomBytes);
  const payees = createPayees(database, randomBytes);
  const payments = createPayments(database, randomBytes);
  const ledger: Ledger = { database, accounts, payees, payments };
  return {
    ...ledger,
    /** A customer with two accounts and one payee, who is new. */
    addCustomer(id: string): { current: Account; savings: Account } {
      database
        .prepare(
          'INSERT INTO customers (id, password, created_at_ms, password_changed_at_ms) VALUES (?, ?, ?, ?)',
        )
        .run(id, 'none', nowMs, nowMs);
      accounts.open(id, nowMs);
      payees.add(id, ZOON.name, ZOON.iban);
      const [current, savings] = accounts.list(id);
      if (current === undefined || savings === undefined) throw new Error('there are no accounts');
      return { current, savings };
    },
    /** A draft of a payment to the payee. */
    draft(account: Account, amountCents: number, more: Partial<Payment> = {}): Payment {
      const wanted = { accountId: account.id, payeeName: ZOON.name, payeeIban: ZOON.iban, amountCents };
      return payments.draft(account.customerId, { ...wanted, reference: null, ...more }, nowMs);
    },
    /** Every booking there is, as one text: it differs when anything was booked. */
    booked: (): string =>
      JSON.stringify(database.prepare('SELECT COUNT(*), SUM(amount_cents), MAX(id) FROM bookings').all()),
  };
}
