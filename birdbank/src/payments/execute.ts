import type { DatabaseSync } from 'node:sqlite';
import { type Account, spendableCents } from '../accounts/account.ts';
import type { Accounts } from '../accounts/store.ts';
import { inTransaction } from '../accounts/transaction.ts';
import type { Payees } from './payees.ts';
import {
  type Approval,
  type ApprovalReason,
  approvalReason,
  digestOf,
  isPending,
  type Payment,
  type Pending,
} from './payment.ts';
import type { Payments } from './store.ts';

export type Ledger = {
  readonly database: DatabaseSync;
  readonly accounts: Accounts;
  readonly payments: Payments;
  readonly payees: Payees;
};

/** A customer's yes. */
export type Confirmation = {
  /** Of the payment as it was shown to them: `digestOf`. */
  readonly digest: string;
  /** Proved and redeemed; null where they only pressed the button. */
  readonly approval: Approval | null;
};

export type Executed =
  | { readonly kind: 'executed'; readonly payment: Payment }
  /** Closed before, by this very confirmation or otherwise: `payment` says how. */
  | { readonly kind: 'closed'; readonly payment: Payment }
  | { readonly kind: 'approval needed'; readonly payment: Pending; readonly reason: ApprovalReason }
  /** What was confirmed is not what stands there now. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'not found' };

// #region execute
/**
 * Executes a payment, once: what was confirmed is looked at again, booked and closed within one transaction, so nothing
 * changes in between and a second confirmation finds it closed.
 */
export function execute(
  ledger: Ledger,
  customerId: string,
  id: string,
  { digest, approval }: Confirmation,
  nowMs: number,
): Executed {
  const { database, accounts, payments } = ledger;
  return inTransaction(database, () => {
    const payment = payments.find(customerId, id, nowMs);
    if (payment === null) return { kind: 'not found' };
    if (!isPending(payment)) return { kind: 'closed', payment };
    if (digest !== digestOf(payment)) {
      payments.save({ ...payment, state: 'draft', version: payment.version + 1 });
      return { kind: 'changed' };
    }
    const reason = approval === null ? approvalReason(payment, payments.facts(payment, nowMs)) : null;
    if (reason !== null) return { kind: 'approval needed', payment, reason };
    const account = accounts.find(customerId, payment.accountId);
    if (account === null || account.iban === payment.payeeIban) return { kind: 'changed' };
    if (payment.amountCents > spendableCents(account)) {
      const refused: Payment = { ...payment, state: 'refused', refusal: 'funds', closedAtMs: nowMs };
      payments.save(refused);
      return { kind: 'closed', payment: refused };
    }
    return { kind: 'executed', payment: booked(ledger, payment, account, approval, nowMs) };
  });
}
// #endregion

function booked(
  { accounts, payments, payees }: Ledger,
  payment: Pending,
  account: Account,
  approval: Approval | null,
  nowMs: number,
): Payment {
  const { customerId, kind, payeeName: name, payeeIban: iban, amountCents, reference, id } = payment;
  const executed: Payment = { ...payment, state: 'executed', approval, closedAtMs: nowMs };
  payments.save(executed);
  const line = { bookedAtMs: nowMs, reference, paymentId: id, approval: approval?.challenge ?? null };
  accounts.book(account.id, { ...line, kind, amountCents: -amountCents, name, iban });
  const ours = accounts.withIban(iban);
  if (ours !== null) {
    const arrived = kind === 'transfer' ? 'transfer' : 'received';
    accounts.book(ours.id, { ...line, kind: arrived, amountCents, name: null, iban: account.iban });
  }
  if (approval !== null) payees.markApproved(customerId, { name, iban }, nowMs);
  return executed;
}
