import type { Channel } from '../message.ts';
import type { Mode } from '../scope.ts';

/** A sending that the guard refused: nothing was made of it but this. */
export type Refusal = {
  readonly id: string;
  readonly projectId: string;
  readonly mode: Mode;
  readonly atMs: number;
  readonly recipientKey: string;
  /** Masked: all but the last two digits. */
  readonly recipient: string;
  readonly country: string | null;
  readonly channel: Channel;
  /** Public id of the access key that asked; empty where no key did. */
  readonly keyId: string;
  readonly rule: string;
  readonly retryAtMs: number | null;
  /** As `guard/note.ts` writes it. */
  readonly guard: string;
};
