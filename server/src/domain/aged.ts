import type { Message } from './message.ts';
import type { Open } from './verification.ts';

/** The longest that a code lives, and so the most that can be let pass at once. */
export const MOST_AGED_SECONDS = 172_800;

/** When something ends that was to end at `atMs`, once `byMs` have been let pass: never later, and never in the past. */
const sooner = (atMs: number, byMs: number, nowMs: number): number =>
  Math.min(atMs, Math.max(nowMs, atMs - byMs));

/**
 * An open verification as if `byMs` more had passed for it: its code ends sooner, at the earliest now.
 *
 * Its end is all that moves. When it was made and when it was last guessed wrongly stay as they are, since the failure
 * budget, the guard's windows and retention all count from those: moved back, they would give back guesses and codes
 * that were used up. Tallies are rows of their own, which nobody moves. What does come back is what any end brings
 * back, and a delete too: attempts that nobody used, and the place among the codes that are open at once.
 */
export const agedVerification = (v: Open, byMs: number, nowMs: number): Open => ({
  ...v,
  // A clock that went back must not make something end before it began.
  expiresAtMs: sooner(v.expiresAtMs, byMs, Math.max(nowMs, v.createdAtMs)),
});

/**
 * A message as if `byMs` more had passed for it: it is of no use from `expiresAtMs` on, and what was waited for (another
 * try, a receipt that was promised) is due sooner. A lease that somebody holds stays: another node would send it too.
 */
export function agedMessage(message: Message, expiresAtMs: number, byMs: number, nowMs: number): Message {
  const aged = { ...message, expiresAtMs: Math.min(message.expiresAtMs, expiresAtMs) };
  if (aged.state === 'pending' && aged.lease.holder === null) {
    return { ...aged, lease: { holder: null, dueAtMs: sooner(aged.lease.dueAtMs, byMs, nowMs) } };
  }
  if (aged.state === 'sent' && aged.promised !== null) {
    const dueAtMs = sooner(aged.promised.dueAtMs, byMs, nowMs);
    return { ...aged, promised: { ...aged.promised, dueAtMs } };
  }
  return aged;
}
