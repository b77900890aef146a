import type { Channel, Datacoding, Voice } from './message.ts';
import type { Mode } from './scope.ts';

/** What asked for a text: a resource of the MessageBird wire, or Roost itself, which tells somebody something. */
export type TextKind = 'message' | 'voicemessage' | 'notice';

/** What its wire was told and shows again, without anything of the body or the recipient. */
export type TextDetails = { readonly [name: string]: string | number | boolean | null };

/** How a text is to be said, where it is spoken or mailed. */
export type TextWording = {
  readonly datacoding: Datacoding;
  readonly language: string;
  readonly voice: Voice;
  readonly subject: string | null;
};

/**
 * A text without a code for one recipient. Its message carries it like any other, over the same routes; `batchId`
 * names the request that it came with, which may have had many recipients.
 */
export type Text = {
  readonly id: string;
  readonly projectId: string;
  readonly mode: Mode;
  readonly batchId: string;
  /** Its place among those of its batch, from 0. */
  readonly place: number;
  readonly kind: TextKind;
  readonly channel: Channel;
  readonly recipientKey: string;
  /** Whom it is for; null once it was deleted, or has been erased long after. */
  readonly sealedRecipient: Uint8Array | null;
  readonly sealedBody: Uint8Array | null;
  readonly sealedReportUrl: Uint8Array | null;
  readonly originator: string;
  readonly reference: string | null;
  readonly wording: TextWording;
  readonly details: TextDetails;
  /** The newest message of this text. */
  readonly messageId: string;
  readonly createdAtMs: number;
  /** When it is to leave; null for at once. */
  readonly scheduledAtMs: number | null;
  /** It is of no use from here on, so nothing is handed over. */
  readonly expiresAtMs: number;
  readonly canceledAtMs: number | null;
  /** What the guard thought of it when it was asked for, or when it left if it was scheduled; as `guard/note.ts` writes it; null of what was sent before it was asked. */
  readonly guard: string | null;
};

/** Whether it may still be handed to a provider. */
export const isWanted = (text: Text, nowMs: number): boolean =>
  text.canceledAtMs === null &&
  nowMs < text.expiresAtMs &&
  text.sealedBody !== null &&
  text.sealedRecipient !== null;

/** Whom it was for and what it said are forgotten. What has not left yet never will. */
export const forgetText = (text: Text, nowMs: number): Text => ({
  ...text,
  sealedRecipient: null,
  sealedBody: null,
  sealedReportUrl: null,
  canceledAtMs: text.canceledAtMs ?? nowMs,
});
