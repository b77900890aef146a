/** What was asked of somebody outside. */
export type Told<T> =
  | { readonly kind: 'told'; readonly value: T }
  | { readonly kind: 'failed'; readonly reason: string };

export type AskedHlr = {
  readonly id: string;
  readonly status: 'sent' | 'absent' | 'active' | 'unknown' | 'failed';
  readonly network: number | null;
  readonly details: Readonly<Record<string, string | number | null>> | null;
};
export type Balance = { readonly payment: string; readonly type: string; readonly amount: number };

/** Somebody who can ask the home networks of numbers, and has an account. What happens is an answer; only bugs throw. */
export type NumberSource = {
  readonly id: string;
  /** @param number E.164 with its plus sign */
  hlr(number: string, reference: string, signal: AbortSignal): Promise<Told<AskedHlr>>;
  readHlr(id: string, number: string, signal: AbortSignal): Promise<Told<AskedHlr>>;
  balance(signal: AbortSignal): Promise<Told<Balance>>;
};
