import type { Channel, Outbound, SendOutcome } from '../domain/message.ts';

/** One upstream account. Adding one: a file here, a line in compose.ts, a page of docs. */
export interface Provider {
  readonly id: string;
  readonly channels: readonly Channel[];
  /** Whether a second sending of the same message is known to do nothing. */
  readonly deduplicates: boolean;
  /** Whether the code stays readable until it expires, because nobody else is shown it. */
  readonly keepsCodes: boolean;
  /** Hands a message over. What the outside world does is an outcome; only a bug throws. */
  send(message: Outbound, signal: AbortSignal): Promise<SendOutcome>;
}
