import type { Money } from '../domain/message.ts';
import type { ReceiptReading, ReceiptRequest, Receipts } from './provider.ts';
import { isRecord } from './settings.ts';

/** Ways into what gateways write. All of it is foreign: nothing here throws, whatever came. */

/** The value of a JSON text; undefined when it is none. */
export function parsedJson(text: string | null): unknown {
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What lies at `path` within a JSON value; undefined where nothing does. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here = value;
  for (const step of path) {
    if (typeof step === 'number') here = Array.isArray(here) ? here[step] : undefined;
    else here = isRecord(here) && Object.hasOwn(here, step) ? here[step] : undefined;
  }
  return here;
}

const MOST_RECEIPT_BYTES = 65_536;

/** The body as text. Whoever asks has bounded it: see `receiptsBy`. */
export const bodyText = ({ body }: ReceiptRequest): string =>
  Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');

export const bodyForm = (request: ReceiptRequest): URLSearchParams => new URLSearchParams(bodyText(request));

export const queryOf = ({ url }: ReceiptRequest): URLSearchParams =>
  URL.canParse(url) ? new URL(url).searchParams : new URLSearchParams();

/** An amount of money as gateways write it, such as "0.0075" of "USD"; null when it is none or nothing. */
export function moneyOf(amount: unknown, currency: unknown): Money | null {
  const text = typeof amount === 'number' ? String(amount) : amount;
  if (typeof text !== 'string' || !/^-?\d{1,9}(\.\d{1,18})?(e-\d{1,2})?$/.test(text.trim())) return null;
  // Twilio writes what is taken off the balance as a negative amount.
  const micros = Math.round(Math.abs(Number(text)) * 1_000_000);
  const code = typeof currency === 'string' ? currency.trim().toUpperCase() : '';
  return micros > 0 && /^[A-Z]{3}$/.test(code) ? { micros, currency: code } : null;
}

export const forged = (reason: string): ReceiptReading => ({ kind: 'forged', reason });
export const unreadable = (reason: string): ReceiptReading => ({ kind: 'unreadable', reason });

/** Receipts that are answered with 200 and `body`, and that no request makes throw. */
export function receiptsBy(read: (request: ReceiptRequest) => ReceiptReading, body = ''): Receipts {
  return {
    answer: { status: 200, type: 'text/plain; charset=utf-8', body },
    read(request) {
      if (request.body.byteLength > MOST_RECEIPT_BYTES)
        return unreadable('the receipt is longer than 64 KiB');
      try {
        return read(request);
      } catch {
        return unreadable('the receipt cannot be read');
      }
    },
  };
}
