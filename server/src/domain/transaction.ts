import { createHash } from 'node:crypto';
import { isProblem, type Problem } from '../kernel/failure.ts';
import { HIDDEN } from './template.ts';

/** What a user is asked to approve, and sees before doing so. */
export type Transaction =
  | {
      readonly kind: 'payment';
      /** In the currency's own decimals, such as `12.50`. */
      readonly amount: string;
      /** ISO 4217. */
      readonly currency: string;
      readonly payee: string;
      readonly reference: string | null;
    }
  | { readonly kind: 'text'; readonly text: string };

/** A transaction as it was sent. */
export type TransactionRequest = {
  readonly payment?: {
    readonly amount: string;
    readonly currency: string;
    readonly payee: string;
    readonly reference?: string | null;
  };
  readonly transactionText?: string;
};

export const MOST_PAYEE = 70;
export const MOST_REFERENCE = 35;
export const MOST_TEXT = 200;
const AMOUNT = /^(0|[1-9]\d{0,14})(?:\.(\d{1,4}))?$/;
const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));

/** Reads a transaction into its one form; null when there is none to approve. */
export function readTransaction(request: TransactionRequest): Transaction | null | Problem {
  const { payment, transactionText } = request;
  if (payment === undefined) return transactionText === undefined ? null : readText(transactionText);
  if (transactionText !== undefined) return invalid('transactionText', 'must be left out beside payment');
  const { currency } = payment;
  if (!CURRENCIES.has(currency))
    return invalid('payment.currency', 'must be a currency of ISO 4217, such as EUR');
  const amount = readAmount(payment.amount, decimalsOf(currency));
  if (isProblem(amount)) return amount;
  const payee = readLine(payment.payee, 'payment.payee', MOST_PAYEE);
  if (isProblem(payee)) return payee;
  const given = payment.reference ?? null;
  const reference = given === null ? null : readLine(given, 'payment.reference', MOST_REFERENCE);
  return isProblem(reference) ? reference : { kind: 'payment', amount, currency, payee, reference };
}

/**
 * What approves one transaction approves no other: equal transactions, equal digests (SHA-256, 64 hexadecimal
 * characters). The parts are written as JSON, so no two lists of parts give the same input.
 */
export function digestTransaction(transaction: Transaction): string {
  const parts =
    transaction.kind === 'payment'
      ? [transaction.amount, transaction.currency, transaction.payee, transaction.reference]
      : [transaction.text];
  return createHash('sha256')
    .update(JSON.stringify(['roost/transaction/1', transaction.kind, ...parts]))
    .digest('hex');
}

/** The words that stand in every message and prompt: all of what the digest covers. */
export function transactionWords(transaction: Transaction): string {
  if (transaction.kind === 'text') return transaction.text;
  const { amount, currency, payee, reference } = transaction;
  return `${currency} ${amount} to ${payee}${reference === null ? '' : `, ref ${reference}`}`;
}

const PLACEHOLDER = '%transaction';
const USUAL_TEMPLATE = 'Code %token approves: %transaction. Never share it.';

/**
 * The template of a message that asks for approval. The caller's own must hold `%transaction`, once: who approves
 * must see what. The words go in after the template was judged, since names of payees may look like links.
 */
export function approvalTemplate(
  given: string | undefined,
  transaction: Transaction,
): { readonly judged: string; readonly filled: string } | Problem {
  const template = given ?? USUAL_TEMPLATE;
  if (template.split(PLACEHOLDER).length !== 2) {
    return invalid('template', 'must contain %transaction exactly once, since this challenge approves one');
  }
  // One letter stands for the words while the rest is judged.
  const judged = template.replace(PLACEHOLDER, 'x');
  return { judged, filled: template.replace(PLACEHOLDER, () => transactionWords(transaction)) };
}

function readAmount(text: string, decimals: number): string | Problem {
  const [, whole = '', fraction = ''] = AMOUNT.exec(text) ?? [];
  const rest = fraction.slice(decimals);
  if (whole === '' || /[1-9]/.test(rest) || fraction.length > Math.max(decimals, 0)) {
    const like = decimals === 0 ? '1250' : `12.${'50'.padEnd(decimals, '0')}`;
    return invalid(
      'payment.amount',
      `must be a decimal number with at most ${decimals} decimals, such as ${like}`,
    );
  }
  const padded = fraction.padEnd(decimals, '0');
  if (!/[1-9]/.test(whole + padded)) return invalid('payment.amount', 'must be more than zero');
  return decimals === 0 ? whole : `${whole}.${padded}`;
}

function decimalsOf(currency: string): number {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return format.resolvedOptions().maximumFractionDigits ?? 2;
}

function readText(typed: string): Transaction | Problem {
  const text = readLine(typed, 'transactionText', MOST_TEXT);
  return isProblem(text) ? text : { kind: 'text', text };
}

/** One visible line, in one spelling. A percent sign would be taken for a placeholder, an at sign for an address line. */
function readLine(typed: string, parameter: string, most: number): string | Problem {
  const text = typed.normalize('NFC');
  const plain = text === text.trim() && text !== '' && [...text].length <= most && text.isWellFormed();
  if (!plain || HIDDEN.test(text) || /[\n%]|^@/.test(text)) {
    return invalid(
      parameter,
      `must be one line of 1 to ${most} visible characters without % and not begin with @`,
    );
  }
  return text;
}

const invalid = (parameter: string, what: string): Problem => ({
  code: 'invalid_parameter',
  message: `${parameter} ${what}`,
  parameter,
});
