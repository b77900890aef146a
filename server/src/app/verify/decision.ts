import type { Reading } from '../../domain/guard/judge.ts';
import { type GuardNote, type GuardWhence, readNote } from '../../domain/guard/note.ts';
import { type Signal, scoreOf } from '../../domain/guard/signals.ts';
import type { Key } from '../../domain/scope.ts';
import type { Text } from '../../domain/text.ts';
import { notFound } from '../../domain/verification.ts';
import { refuse } from '../../kernel/failure.ts';
import { maskRecipient } from '../../kernel/mask.ts';
import { type Store, tables } from '../../store/store.ts';
import type { Safe } from '../safe.ts';

export type DecisionDeps = { readonly store: Store };

/** Why a code was sent, or why it was not. */
export type Decision = {
  readonly outcome: 'sent' | 'refused';
  readonly atMs: number;
  readonly channel: string;
  /** Masked; null of a code that was sent, whose verification tells it. */
  readonly recipient: string | null;
  readonly country: string | null;
  /** The rule that refused; null when none did. */
  readonly rule: string | null;
  readonly retryAtMs: number | null;
  readonly whence: GuardWhence;
  /** Why rules on what many numbers share neither held nor counted it; null where they did. */
  readonly exempt: 'verified' | 'listed' | null;
  readonly readings: readonly Reading[];
  /** What stood out about the number, and how much each weighs. No rule decides by it. */
  readonly signals: { readonly score: number; readonly parts: readonly Signal[] };
};

/**
 * What the guard thought of a sending: by the id of its verification, or of the refusal that was answered instead.
 * @throws Failure `not_found`, also when the guard was not asked
 */
export async function readDecision({ store }: DecisionDeps, key: Key): Promise<Decision> {
  const verification = await store.read.get(tables.verifications, key);
  if (verification !== null && verification.guard !== null) {
    const note = readNote(verification.guard);
    const { whence, readings, signals } = note;
    const about = { outcome: 'sent', recipient: null, country: null, rule: null, retryAtMs: null } as const;
    return {
      ...about,
      whence,
      exempt: exemptOf(note),
      readings,
      signals: weighed(signals),
      atMs: verification.createdAtMs,
      channel: verification.channel,
    };
  }
  const refusal = await store.read.get(tables.refusals, key);
  if (refusal === null) throw notFound();
  const note = readNote(refusal.guard);
  const { whence, readings, signals } = note;
  const { atMs, channel, recipient, country, rule, retryAtMs } = refusal;
  return {
    outcome: 'refused',
    atMs,
    channel,
    recipient,
    country,
    rule,
    retryAtMs,
    whence,
    exempt: exemptOf(note),
    readings,
    signals: weighed(signals),
  };
}

/**
 * What the guard thought of the texts of one request, in its order.
 * @throws Failure `not_found`, also when they were deleted or the guard was not asked
 */
export async function readTextDecisions(
  { store, safe }: DecisionDeps & { readonly safe: Pick<Safe, 'open'> },
  { projectId, mode, id: batchId }: Key,
): Promise<readonly Decision[]> {
  const found = await store.read.list(tables.textsOfBatch, { projectId, mode, batchId }, store.nowMs());
  const mine = found.filter(({ kind, canceledAtMs }) => kind !== 'notice' && canceledAtMs === null);
  const judged = mine.toSorted((a, b) => a.place - b.place).filter(({ guard }) => guard !== null);
  const decisions = await Promise.all(
    judged.map(async (text): Promise<Decision> => {
      const { channel, sealedRecipient: sealed } = text;
      const note = readNote(text.guard ?? '');
      const { whence, readings, signals, subjects } = note;
      // What is refused when it is asked for becomes no text, so this was refused when it was to leave.
      const rule = readings.find(({ verdict }) => verdict === 'over')?.rule ?? null;
      return {
        ...{ outcome: rule === null ? 'sent' : 'refused', rule, retryAtMs: null, channel, whence, readings },
        exempt: exemptOf(note),
        atMs: await judgedAtMs(store, text),
        recipient: sealed === null ? null : maskRecipient(safe.open('text recipient', sealed, text)),
        country: subjects.find(({ kind }) => kind === 'country')?.what ?? null,
        signals: weighed(signals),
      };
    }),
  );
  if (decisions.length === 0) throw refuse('not_found', 'message not found');
  return decisions;
}

const exemptOf = ({ isProven, isSafe }: GuardNote): Decision['exempt'] =>
  isProven ? 'verified' : isSafe === true ? 'listed' : null;

/** What was scheduled is judged once more when it leaves. */
async function judgedAtMs(store: Store, text: Text): Promise<number> {
  const { createdAtMs, scheduledAtMs, messageId } = text;
  if (scheduledAtMs === null) return createdAtMs;
  const message = await store.read.get(tables.messages, { ...text, id: messageId });
  const isWaiting = message?.state === 'pending' && message.attempts === 0;
  return isWaiting ? createdAtMs : scheduledAtMs;
}

const weighed = (parts: readonly Signal[]) => ({ score: scoreOf(parts), parts });
