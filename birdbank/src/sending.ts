import type { Created } from '@roost/client';
import type { Bank } from './bank.ts';
import { resendWaitMs } from './resend-wait.ts';
import type { Pending, TypedNumber } from './session-data.ts';
import type { BaseVisit } from './visit.ts';
import { appLine, askedFrom } from './whereabouts.ts';

// #region send
/** Has Roost send a code. The country is for a number that was typed as within it; empty when there is none. */
export function sendCode(
  bank: Bank,
  visit: BaseVisit,
  template: string,
  { number, country }: TypedNumber,
): Promise<Created> {
  return bank.roost.verify.create({
    recipient: number,
    ...(country === '' ? {} : { countryCode: country }),
    originator: 'BirdBank',
    template,
    timeout: 300,
    ...appLine(bank),
    ...askedFrom(visit),
  });
}
// #endregion

/** What the session must remember of a code. `before` is the one that it replaces, sent to the same number. */
export function pendingOf(
  created: Created,
  typed: TypedNumber,
  before: Pending | null,
  nowMs: number,
): Pending {
  return {
    id: created.id,
    recipient: created.recipient,
    typed,
    expiresAtMs: created.validUntilDatetime.getTime(),
    attemptsLeft: null,
    sentAtMs: nowMs,
    sends: (before?.sends ?? 0) + 1,
    earlierIds: before === null ? [] : [before.id, ...before.earlierIds].slice(0, 10),
    sandbox: created.sandbox,
    isOutcomeUnknown: false,
  };
}

/** When another code may be asked for. */
export const resendFromMs = ({ sentAtMs, sends }: Pending): number => sentAtMs + resendWaitMs(sends);

/** Takes an old verification back, which frees what Roost holds for it. It would also end by itself. */
export async function forget({ roost }: Bank, { id }: Pending): Promise<void> {
  await roost.verify.delete(id).catch(() => {});
}
