import type { Mode } from './verification.ts';

export const CHANNELS = ['sms', 'flash', 'tts', 'email'] as const;
/** How a code reaches its recipient. */
export type Channel = (typeof CHANNELS)[number];

export const VOICES = ['male', 'female'] as const;
export type Voice = (typeof VOICES)[number];
export const DATACODINGS = ['plain', 'unicode', 'auto'] as const;
export type Datacoding = (typeof DATACODINGS)[number];

/** How the words around the code are to be made; fixed when the verification is created. */
export type Wording = {
  readonly template: string;
  readonly datacoding: Datacoding;
  readonly language: string;
  readonly voice: Voice;
  readonly subject: string | null;
};

/** What a provider is given to carry. It holds a code and a recipient: never log or store it. */
export type Outbound = {
  readonly messageId: string;
  readonly provider: string;
  readonly channel: Channel;
  /** E.164 with its plus sign, or an e-mail address. */
  readonly to: string;
  readonly originator: string;
  readonly text: string;
  readonly wording: Wording;
  /** Sendings of this message so far, this one included. */
  readonly attempt: number;
};

/** A provider's word on what became of a message. */
export type ReceiptStatus = 'delivered' | 'undelivered';

/** What a provider made of one sending. An answer is data: the worker branches on `kind` alone. */
export type SendOutcome =
  | {
      readonly kind: 'accepted';
      readonly reference: string | null;
      /** A receipt that is already known to come, and when: only the sandbox can tell. */
      readonly receipt?: { readonly status: ReceiptStatus; readonly afterMs: number };
    }
  | { readonly kind: 'refused'; readonly reason: string } // for good; another route may still work
  | { readonly kind: 'busy'; readonly retryAfterMs: number | null }
  | { readonly kind: 'unknown'; readonly reason: string }; // timed out: it may have gone out

type About = {
  readonly id: string;
  readonly projectId: string;
  readonly mode: Mode;
  readonly verificationId: string;
  readonly channel: Channel;
  readonly provider: string;
  readonly createdAtMs: number;
  /** The code is of no use from here on: nothing is handed over, and the sealed copy goes. */
  readonly codeExpiresAtMs: number;
  /** The code, sealed; null once it is handed over or of no use. The sandbox keeps it until expiry. */
  readonly sealedCode: Uint8Array | null;
  readonly reference: string | null;
};
export type Pending = About & { readonly state: 'pending' };
export type Sent = About & { readonly state: 'sent'; readonly sentAtMs: number };
export type MessageEnding = 'delivered' | 'undelivered' | 'failed' | 'canceled';
export type Ended = About & {
  readonly state: MessageEnding;
  readonly sentAtMs: number | null;
  readonly endedAtMs: number;
  readonly reason: string | null;
};
/** One sending of a code over one channel by one provider. */
export type Message = Pending | Sent | Ended;
export type MessageState = Message['state'];

/** The provider took the message. `keepCode` is for the sandbox, which shows it until it expires. */
export function handedOver(
  message: Message,
  reference: string | null,
  keepCode: 'keep-code' | 'wipe-code',
  nowMs: number,
): Message {
  if (message.state !== 'pending') return message;
  const sealedCode = keepCode === 'keep-code' ? message.sealedCode : null;
  return { ...message, state: 'sent', sentAtMs: nowMs, reference, sealedCode };
}

/** Ends a message that was not handed over; its sealed code goes with it. */
export function endUnsent(
  message: Message,
  state: 'failed' | 'canceled',
  reason: string,
  nowMs: number,
): Message {
  if (message.state !== 'pending') return message;
  return { ...message, state, reason, sentAtMs: null, endedAtMs: nowMs, sealedCode: null };
}

/**
 * A receipt came in. Only a message that was sent and has not ended takes one: duplicates, stale and
 * reordered receipts change nothing.
 */
export function applyReceipt(message: Message, status: ReceiptStatus, nowMs: number): Message {
  if (message.state !== 'sent') return message;
  return { ...message, state: status, endedAtMs: nowMs, reason: null };
}

/** Takes the sealed code away, when the code is of no use any more. */
export const wipeCode = (message: Message): Message => ({ ...message, sealedCode: null });
