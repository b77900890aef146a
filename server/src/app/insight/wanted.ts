import type { Channel } from '../../domain/message.ts';
import type { Mode } from '../../domain/scope.ts';
import type { Verification } from '../../domain/verification.ts';
import type { Place } from '../../store/store.ts';

/** What is looked for. Everything but `before` is a condition; those that are null are none. */
export type Wanted = {
  readonly state: Verification['state'] | 'refused' | null;
  readonly mode: Mode | null;
  readonly projectId: string | null;
  readonly channel: Channel | null;
  readonly provider: string | null;
  /** ISO 3166-1. */
  readonly country: string | null;
  /** Some of the words of why it failed or was refused. */
  readonly reason: string | null;
  readonly recipientKey: string | null;
  readonly reference: string | null;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** Where the page before this one ended. */
  readonly before: Place | null;
};

/** No condition at all. */
export const EVERYTHING: Wanted = {
  ...{ state: null, mode: null, projectId: null, channel: null, provider: null, country: null, reason: null },
  ...{ recipientKey: null, reference: null, fromMs: null, toMs: null, before: null },
};
