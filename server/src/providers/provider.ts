import type { Channel, Money, Outbound, ReceiptStatus, SendOutcome } from '../domain/message.ts';

/** One upstream account. Adding one: a file here, a line in compose.ts, a page of docs. */
export interface Provider {
  /** As the configuration names it. */
  readonly id: string;
  readonly channels: readonly Channel[];
  /** Whether a second sending of the same message is known to do nothing. */
  readonly deduplicates: boolean;
  /** Whether the code stays readable until it expires, because nobody else is shown it. */
  readonly keepsCodes: boolean;
  /** Hands a message over. What the outside world does is an outcome; only a bug throws. */
  send(message: Outbound, signal: AbortSignal): Promise<SendOutcome>;
  /** How its receipts are read; left out where it sends none, or sends them over its own connection. */
  readonly receipts?: Receipts;
  /** How receipts are read that come to one address for all of the account's messages. */
  readonly collected?: CollectedReceipts;
  /** Finds out whether it can be reached and takes our credentials, without sending anything. */
  check?(signal: AbortSignal): Promise<CheckOutcome>;
  /** Lets go of its connections, once what is under way has ended or `signal` fires. */
  close?(signal: AbortSignal): Promise<void>;
}

/** A receipt as it came in, before anything of it is believed. */
export type ReceiptRequest = {
  readonly method: string;
  /** As the provider called it, with the query: what some of them sign. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
  readonly nowMs: number;
};

export type ReceiptReading =
  | {
      readonly kind: 'receipt';
      readonly reference: string | null;
      /** `progress` says that nothing is final yet. */
      readonly status: ReceiptStatus | 'progress';
      /** The provider's reason for an undelivered message, as short plain text without personal data. */
      readonly reason: string | null;
      readonly cost: Money | null;
    }
  | { readonly kind: 'forged'; readonly reason: string }
  | { readonly kind: 'unreadable'; readonly reason: string };

export interface Receipts {
  /** Checks the signature, where the provider makes one, and reads. Never throws, whatever came. */
  read(request: ReceiptRequest): ReceiptReading;
  /** What the provider expects for an answer once the receipt is kept. */
  readonly answer: { readonly status: number; readonly type: string; readonly body: string };
}

/** One of several receipts in one request, and the address that its message was sent with (`Outbound.receiptUrl`). */
export type CollectedReceipt = {
  readonly receiptUrl: string;
  readonly reading: Extract<ReceiptReading, { readonly kind: 'receipt' }>;
};

/** For providers that cannot be told an address with each message: the message carries its address along. */
export interface CollectedReceipts {
  /** What to answer (200, as text) when the provider asks whether the address is ours; null when it may not know. */
  greet(request: ReceiptRequest): string | null;
  /**
   * Checks the signature and reads. Never throws; may ask the provider for what it signs with. The tag in each
   * `receiptUrl` is still to be checked.
   */
  read(request: ReceiptRequest): Promise<CollectedReading>;
}

export type CollectedReading =
  | { readonly kind: 'receipts'; readonly receipts: readonly CollectedReceipt[] }
  | Exclude<ReceiptReading, { readonly kind: 'receipt' }>;

export type CheckOutcome =
  | { readonly kind: 'good' /** Such as the balance or the account's name. */; readonly note: string | null }
  | {
      readonly kind: 'bad' /** What is wrong and what would be right, without a secret. */;
      readonly reason: string;
    };
