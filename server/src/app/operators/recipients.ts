import type { SentFactor } from '../../domain/factor.ts';
import { count, HOUR_MS, NOTHING, sum } from '../../domain/guard/counts.ts';
import { refuse } from '../../kernel/failure.ts';
import { type Store, tables } from '../../store/store.ts';

/** Each costs money, and goes to a number that nobody has confirmed yet. */
const MOST_CODES = 10;

/**
 * Counts that an operator has a code sent to a number or mailbox that they call their own.
 * @throws Failure `budget_spent` after 10 within an hour
 */
export async function countRecipientCode(
  { store }: { readonly store: Store },
  operatorId: string,
): Promise<void> {
  const isTooMuch = await store.transaction(async (tx) => {
    const tally = await tx.tally({ name: `console recipient ${operatorId}`, isExact: true });
    const own = tally.own ?? NOTHING;
    if (sum([own], 'sends', HOUR_MS, tx.nowMs) >= MOST_CODES) return true;
    tally.keep(count(own, { sends: 1 }, tx.nowMs, tx.nowMs, 2), tx.nowMs + 2 * HOUR_MS);
    return false;
  });
  if (isTooMuch)
    throw refuse('budget_spent', `${MOST_CODES} codes were sent for you within an hour. Try again later.`);
}

/** Who carried the code that is to confirm it, and until when it works; null when there is none any more. */
export async function codeOnItsWay(
  { store }: { readonly store: Store },
  { projectId, mode, verificationId }: SentFactor,
): Promise<{ readonly provider: string; readonly expiresAtMs: number } | null> {
  if (verificationId === null) return null;
  const found = await store.read.get(tables.verifications, { projectId, mode, id: verificationId });
  if (found?.state !== 'open' || store.nowMs() >= found.expiresAtMs) return null;
  const message = await store.read.get(tables.messages, { projectId, mode, id: found.messageId });
  return message === null ? null : { provider: message.provider, expiresAtMs: found.expiresAtMs };
}
