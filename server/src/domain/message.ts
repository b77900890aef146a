import type { Mode } from './scope.ts';

/** The channels of the MessageBird API; the others are Roost's own. */
export const UPSTREAM_CHANNELS = ['sms', 'flash', 'tts', 'email'] as const;
export const CHANNELS = [...UPSTREAM_CHANNELS, 'whatsapp'] as const;
/** How a code reaches its recipient. */
export type Channel = (typeof CHANNELS)[number];

export const VOICES = ['male', 'female'] as const;
export type Voice = (typeof VOICES)[number];
export const DATACODINGS = ['plain', 'unicode', 'auto'] as const;
export type Datacoding = (typeof DATACODINGS)[number];

/** How the words around the code are to be made; fixed when the verification is created. */
export type Wording = {
  readonly template: string;
  /** The template, sealed, where its words are somebody's own; then `template` holds the place of the code alone. */
  readonly sealedTemplate?: string;
  readonly datacoding: Datacoding;
  readonly language: string;
  readonly voice: Voice;
  readonly subject: string | null;
  /** The line at the end of a text message that hands the code to an app, `%token` in the code's place. */
  readonly lastLine?: string;
  /** Set where the create named a `reportUrl`; its stream of events says where to (see `app/webhooks/events.ts`). */
  readonly isReported?: true;
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
  /** ASCII digits: for voice, which says them one by one, and for providers that have templates of their own. */
  readonly code: string;
  readonly wording: Wording;
  /** Sendings of this message so far, this one included. */
  readonly attempt: number;
  /** The code is of no use from here on. */
  readonly expiresAtMs: number;
  /** Where this message's receipts are to be sent, its tag included; null when nobody can reach this server. */
  readonly receiptUrl: string | null;
};

/** An amount of money in millionths of a unit of `currency` (ISO 4217), since one message costs a fraction of a cent. */
export type Money = { readonly micros: number; readonly currency: string };

/** A provider's word on what became of a message. */
export type ReceiptStatus = 'delivered' | 'undelivered';

/** What a provider made of one sending. An answer is data: the worker branches on `kind` alone. */
export type SendOutcome =
  | {
      readonly kind: 'accepted';
      /** The provider's own name for the message, by which its receipts speak of it. */
      readonly reference: string | null;
      /** What the provider says it costs, where it says so at once. */
      readonly cost?: Money;
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
  /** The code is of no use from here on, so nothing is handed over. */
  readonly expiresAtMs: number;
  readonly reference: string | null;
  /** Times its sending was begun. */
  readonly attempts: number;
  /** How it came to its provider; null where there was nothing to choose, as in the sandbox. */
  readonly routing: Routing | null;
  /** Set where the create that it came of named a `reportUrl`. */
  readonly isReported?: true;
};

/** What became of an earlier message with the same code. `unknown`: it may have gone out. */
export type HowItWent = 'refused' | 'busy' | 'unknown' | 'undelivered';
/** A step of the routes that an earlier message took. */
export type TakenStep = {
  readonly channel: Channel;
  readonly provider: string;
  readonly how: HowItWent;
};

/** Every decision about where a message goes, and what it cost. Kept as JSON with the message; holds no secret. */
export type Routing = {
  /** ISO 3166-1 alpha-2 of the recipient; null for e-mail, and where it is not known. */
  readonly country: string | null;
  /** Channels that may follow when all routes of this one have failed. */
  readonly fallback: readonly Channel[];
  /** The steps before this one, oldest first: the last of them says why this one was taken. */
  readonly taken: readonly TakenStep[];
  /** Providers that were passed over because they were known to fail. */
  readonly passedOver: readonly string[];
  readonly previousId: string | null;
  /** The message that took the next route. */
  readonly nextId: string | null;
  /** Since when this provider has been busy or its answer not known. */
  readonly troubledAtMs: number | null;
  /** Set when it waits to take the next route, and is not to be sent by this provider again. */
  readonly leaving: { readonly how: HowItWent; readonly reason: string } | null;
  /** It may have gone out, though nobody knows. */
  readonly isDoubtful: boolean;
  /** How long the provider took to answer the last sending, in milliseconds. */
  readonly tookMs: number | null;
  /** By the price book. */
  readonly estimate: Money | null;
  /** By the provider's own word. */
  readonly cost: Money | null;
};
/** Who is sending a message. A name is used for one taking only, so that a slow holder cannot finish twice. */
export type Lease = {
  /** null when nobody works on it. */
  readonly holder: string | null;
  /** From here on anybody may take it: the time of the next try, or the end of the lease. */
  readonly dueAtMs: number;
};
/** A receipt that is already known to come: only the sandbox can tell. */
export type Promised = { readonly status: ReceiptStatus; readonly dueAtMs: number };

export type Pending = About & { readonly state: 'pending'; readonly lease: Lease };
export type Sent = About & {
  readonly state: 'sent';
  readonly sentAtMs: number;
  readonly promised: Promised | null;
};
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

/** Takes a message that is due; null when it is not. `holder` is a fresh name. */
export function take(message: Pending, holder: string, leaseMs: number, nowMs: number): Pending | null {
  if (nowMs < message.lease.dueAtMs) return null;
  return { ...message, attempts: message.attempts + 1, lease: { holder, dueAtMs: nowMs + leaseMs } };
}

/** Puts a message back until `dueAtMs`. */
export const postpone = (message: Pending, dueAtMs: number): Pending => ({
  ...message,
  lease: { holder: null, dueAtMs },
});

/** The provider took the message. */
export function handedOver(
  message: Pending,
  reference: string | null,
  promised: Promised | null,
  nowMs: number,
): Sent {
  return { ...about(message), state: 'sent', reference, sentAtMs: nowMs, promised };
}

/** Ends a message that was not handed over, or not known to have been. */
export function endUnsent(
  message: Pending,
  state: 'failed' | 'canceled',
  reason: string,
  nowMs: number,
): Ended {
  return { ...about(message), state, reason, sentAtMs: null, endedAtMs: nowMs };
}

/**
 * A receipt came in. A message takes one after it has been sent, or while it is not known whether it was: a receipt
 * may be faster than the answer to the sending that it is about. Duplicates, stale and reordered receipts change
 * nothing.
 */
export function applyReceipt(
  message: Message,
  status: ReceiptStatus,
  nowMs: number,
  reason: string | null = null,
): Message {
  const ending = { state: status, endedAtMs: nowMs, reason };
  switch (message.state) {
    case 'sent':
      return { ...about(message), ...ending, sentAtMs: message.sentAtMs };
    case 'pending':
      return { ...about(certain(message)), ...ending, sentAtMs: nowMs };
    case 'failed': {
      const turnedUp = message.routing?.isDoubtful === true && status === 'delivered';
      return turnedUp ? { ...about(certain(message)), ...ending, sentAtMs: nowMs } : message;
    }
    default:
      return message;
  }
}

/** The same message with something more known about its way; unchanged where there was nothing to choose. */
export const routed = <M extends Message>(message: M, more: Partial<Routing>): M =>
  message.routing === null ? message : { ...message, routing: { ...message.routing, ...more } };

const certain = <M extends Message>(message: M): M => routed(message, { isDoubtful: false, leaving: null });

function about(message: Message): About {
  const { id, projectId, mode, verificationId, channel, provider, createdAtMs, expiresAtMs } = message;
  const { reference, attempts, routing } = message;
  return {
    ...{ id, projectId, mode, verificationId, channel, provider, createdAtMs, expiresAtMs },
    ...{ reference, attempts, routing },
    ...(message.isReported === true ? { isReported: true as const } : {}),
  };
}
