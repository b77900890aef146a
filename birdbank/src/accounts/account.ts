import type { Iban } from './iban.ts';

export type AccountKind = 'current' | 'savings';
export type Account = {
  readonly id: string;
  readonly customerId: string;
  readonly kind: AccountKind;
  readonly iban: Iban;
  /** By how many cents it may be below zero. */
  readonly overdraftCents: number;
  /** The sum of its bookings. */
  readonly balanceCents: number;
};

/** What a booking is for. Names of people and shops are data; how each kind is called, the words say. */
export type BookingKind =
  | 'opening'
  | 'salary'
  | 'card'
  | 'debit'
  | 'interest'
  | 'transfer'
  | 'payment'
  | 'received';
/** One change of one account, never changed afterwards. */
export type Booking = {
  readonly bookedAtMs: number;
  /** Of either sign, never zero. */
  readonly amountCents: number;
  readonly kind: BookingKind;
  /** Who is on the other side; null for the bank itself. */
  readonly name: string | null;
  readonly iban: string | null;
  readonly reference: string | null;
  /** The payment that it is part of. */
  readonly paymentId: string | null;
  /** The challenge by which its customer approved it: Roost keeps the evidence under this id. */
  readonly approval: string | null;
};

export const OVERDRAFT_CENTS: Readonly<Record<AccountKind, number>> = { current: 50_000, savings: 0 };

/** What may still go out, in cents; never less than zero. */
export const spendableCents = ({ balanceCents, overdraftCents }: Account): number =>
  Math.max(0, balanceCents + overdraftCents);
