import type { Channel } from '../domain/message.ts';
import type { Key } from '../domain/scope.ts';
import type { Place } from './ids.ts';

/** A code that was asked for, as the guard's replay needs it. */
export type AskedFor = Key & {
  readonly place: Place;
  readonly atMs: number;
  readonly channel: Channel;
  readonly recipientKey: string;
  /** As `guard/note.ts` writes it. */
  readonly guard: string;
};
export type SentCode = AskedFor & {
  /** Carried by a real provider, not by the sandbox. */
  readonly isReal: boolean;
  readonly verifiedAtMs: number | null;
  readonly wrongGuesses: number;
  readonly lastWrongAtMs: number | null;
};
export type RefusedCode = AskedFor & { readonly rule: string; readonly recipient: string };

/** What the guard decided, oldest first: rows whose place is between two, both excluded. */
export type Stretch = { readonly after: Place; readonly before: Place; readonly limit: number };
export interface HistoryReader {
  /** Verifications that the guard was asked about. */
  sent(stretch: Stretch): Promise<readonly SentCode[]>;
  refused(stretch: Stretch): Promise<readonly RefusedCode[]>;
}
