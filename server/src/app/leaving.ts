import { readCounted } from '../domain/guard/note.ts';
import type { Pending } from '../domain/message.ts';
import { readRecipient } from '../domain/recipient.ts';
import type { Text } from '../domain/text.ts';
import { isProblem } from '../kernel/failure.ts';
import { type Transaction, tables } from '../store/store.ts';
import { type GuardDeps, refusalRow } from './guard.ts';
import { type GuardedText, judgeTexts, prepareText, readTextFacts } from './guard-texts.ts';
import { contentOf } from './owners.ts';
import type { Safe } from './safe.ts';

export type LeavingDeps = { readonly safe: Safe; readonly guard: GuardDeps };

/** A text that was scheduled, the first message that carries it, and who is to carry that. */
export type Leaving = {
  readonly text: Text;
  readonly message: Pending;
  readonly carrier: { readonly keepsCodes: boolean };
};
export type RefusedLeaving = { readonly rule: string; readonly decision: string; readonly reason: string };

/**
 * Judges a text that was scheduled by the rules that are in force when it leaves, and counts it in that hour. It tells
 * why it must not be sent, and writes that down under `refusalId`; null when it may leave: after that nothing may be awaited in
 * the transaction (see `Tally`).
 */
export type Leave = (tx: Transaction, leaving: Leaving, refusalId: string) => Promise<RefusedLeaving | null>;

export function createLeave(deps: LeavingDeps): Leave {
  return async (tx, leaving, refusalId) => {
    const { text } = leaving;
    const guarded = guardedOf(deps, leaving);
    const facts = await readTextFacts(tx, [guarded], text);
    const { judged, keep } = judgeTexts([guarded], facts, tx.nowMs);
    const [verdict] = judged;
    if (verdict === undefined) throw new Error('a text that leaves was not judged');
    tx.update(tables.texts, { ...text, guard: verdict.note });
    if (verdict.refusal === null) {
      keep();
      return null;
    }
    const { projectId, mode, recipientKey } = text;
    const about = { projectId, mode, recipientKey, id: refusalId };
    tx.insert(tables.refusals, refusalRow(guarded.guarded, verdict, about, tx.nowMs));
    const { rule } = verdict.refusal;
    return { rule, decision: refusalId, reason: `refused by the guard when it was to leave: ${rule}` };
  };
}

function guardedOf({ safe, guard }: LeavingDeps, { text, message, carrier }: Leaving): GuardedText {
  const { projectId, mode, channel, originator, reference, recipientKey } = text;
  const { to, wording } = contentOf(safe, text);
  const recipient = readRecipient(to, channel);
  if (isProblem(recipient)) throw new Error('a text has lost its recipient');
  return prepareText(guard, {
    ...{ occasion: 'leaving', scope: { projectId, mode }, recipientKey, keyId: keyOf(text) },
    wanted: { channel, recipient, originator, reference, wording },
    route: { keepsCodes: carrier.keepsCodes, routing: message.routing },
  });
}

/** Public id of the key that asked for it; empty of what was asked for before texts were under the guard. */
const keyOf = ({ guard }: Text): string =>
  guard === null ? '' : (readCounted(guard).subjects.find(({ kind }) => kind === 'key')?.what ?? '');
