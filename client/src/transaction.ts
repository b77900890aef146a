import { objectOf, orNull, type Reader, text } from './reading.ts';

export type Payment = {
  /** In decimals of the currency: `12.50`. Roost answers it with all of them. */
  readonly amount: string;
  /** ISO 4217, such as `EUR`. */
  readonly currency: string;
  /** Who is paid, as the user is to read it: one line of at most 70 characters. */
  readonly payee: string;
  /** What for: one line of at most 35 characters. */
  readonly reference?: string | null;
};
/** What a user is asked to approve, and sees before doing so: a payment, or anything else in one line. */
export type Transaction =
  | { readonly payment: Payment; readonly transactionText?: never }
  | { readonly transactionText: string; readonly payment?: never };

const payment: Reader<Payment> = objectOf({
  ...{ amount: text, currency: text, payee: text, reference: orNull(text) },
});

/** The transaction among the fields of an answer; null when there is none. */
export function readTransaction(body: unknown): Transaction | null {
  const found = objectOf({ payment: orNull(payment), transactionText: orNull(text) })(body);
  if (found.payment !== null) return { payment: found.payment };
  return found.transactionText === null ? null : { transactionText: found.transactionText };
}
