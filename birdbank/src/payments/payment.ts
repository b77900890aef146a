import { createHash } from 'node:crypto';
import type { Transaction } from '@roost/client';
import { decimalEuros } from '../accounts/amount.ts';
import { formatIban, type Iban } from '../accounts/iban.ts';

/** What a customer wants to be paid. */
export type Wanted = {
  /** The account that pays. */
  readonly accountId: string;
  readonly payeeName: string;
  readonly payeeIban: Iban;
  readonly amountCents: number;
  readonly reference: string | null;
};
type About = Wanted & {
  readonly id: string;
  readonly customerId: string;
  /** A transfer goes to another account of the same customer. */
  readonly kind: 'payment' | 'transfer';
  /** Counts the changes: what was approved before one is void even when it is changed back. */
  readonly version: number;
  readonly createdAtMs: number;
  /** Until when it may be confirmed. */
  readonly expiresAtMs: number;
};
/** How a customer approved it: the challenge leads to Roost's evidence. */
export type Approval = { readonly challenge: string; readonly factor: string };
/** Why the bank did not execute it: too little on the account, or an approval that could not be trusted. */
export type Refusal = 'funds' | 'proof';
export type Pending = About & { readonly state: 'draft' | 'waiting' };
export type Payment =
  | Pending
  | (About & { readonly closedAtMs: number } & (
        | { readonly state: 'executed'; readonly approval: Approval | null }
        | { readonly state: 'refused'; readonly refusal: Refusal }
        | { readonly state: 'expired' | 'cancelled' }
      ));

/** How long a payment may wait for its customer. */
export const PENDING_MS = 30 * 60_000;
export const MOST_NAME = 35;
export const MOST_REFERENCE = 35;
/** Up to this amount, a payment to a payee that is known needs no approval... */
export const SMALL_CENTS = 3_000;
/** ...while those of the last day stay within this sum. (PSD2 RTS, article 16, for payments at a distance.) */
export const DAILY_CENTS = 10_000;
export const DAY_MS = 86_400_000;

export const isPending = (payment: Payment): payment is Pending =>
  payment.state === 'draft' || payment.state === 'waiting';

/** Time closes a payment with nobody watching, so settle one before asking it anything. */
export function settle(payment: Payment, nowMs: number): Payment {
  if (!isPending(payment) || nowMs < payment.expiresAtMs) return payment;
  return { ...payment, state: 'expired', closedAtMs: payment.expiresAtMs };
}

/** A change makes it a draft again: nothing that was approved before holds. */
export const changed = (payment: Pending, wanted: Wanted, nowMs: number): Pending => ({
  ...payment,
  ...wanted,
  ...{ state: 'draft', version: payment.version + 1, expiresAtMs: nowMs + PENDING_MS },
});

export type Facts = {
  /** Whether a payment to this payee was approved before. */
  readonly isKnownPayee: boolean;
  /** Sum of the payments of the last day that needed no approval. */
  readonly unapprovedCents: number;
};
export type ApprovalReason = 'newPayee' | 'amount' | 'day';

/** Why a payment needs its customer's approval; null when it does not. */
export function approvalReason({ kind, amountCents }: Payment, facts: Facts): ApprovalReason | null {
  if (kind === 'transfer') return null;
  if (!facts.isKnownPayee) return 'newPayee';
  if (amountCents > SMALL_CENTS) return 'amount';
  return facts.unapprovedCents + amountCents > DAILY_CENTS ? 'day' : null;
}

/** What the customer sees in the message and approves, and what Roost binds the codes and the proof to. */
export function transactionOf({ amountCents, payeeName, payeeIban, reference }: Wanted): Transaction {
  const payee = `${payeeName}, ${formatIban(payeeIban)}`;
  const fits = [...payee].length <= 70;
  return {
    payment: {
      amount: decimalEuros(amountCents),
      currency: 'EUR',
      payee: fits ? payee : `${payeeName}, ${payeeIban}`,
      reference,
    },
  };
}

/**
 * Stands for all of a payment, 64 hexadecimal characters: also for what the message does not show, such as the account
 * that pays. It is kept in the customer's session while they approve, sealed and apart from the payment itself.
 */
export function digestOf(payment: About): string {
  const { id, customerId, kind, version, accountId, payeeName, payeeIban, amountCents, reference } = payment;
  const { createdAtMs, expiresAtMs } = payment;
  const parts = [id, customerId, kind, version, accountId, payeeName, payeeIban, amountCents, reference];
  return createHash('sha256')
    .update(JSON.stringify(['birdbank/payment/1', ...parts, createdAtMs, expiresAtMs]))
    .digest('hex');
}
