import type { Reading } from '../../domain/guard/judge.ts';
import { type GuardWhence, readNote } from '../../domain/guard/note.ts';
import { type Signal, scoreOf } from '../../domain/guard/signals.ts';
import type { Key } from '../../domain/scope.ts';
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
    const { whence, readings, signals } = readNote(verification.guard);
    const about = { outcome: 'sent', recipient: null, country: null, rule: null, retryAtMs: null } as const;
    return {
      ...about,
      whence,
      readings,
      signals: weighed(signals),
      atMs: verification.createdAtMs,
      channel: verification.channel,
    };
  }
  const refusal = await store.read.get(tables.refusals, key);
  if (refusal === null) throw notFound();
  const { whence, readings, signals } = readNote(refusal.guard);
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
  const decisions = mine
    .toSorted((a, b) => a.place - b.place)
    .flatMap((text): Decision[] => {
      const { guard, createdAtMs: atMs, channel, sealedRecipient: sealed } = text;
      if (guard === null) return [];
      const { whence, readings, signals, subjects } = readNote(guard);
      return [
        {
          ...{ outcome: 'sent', rule: null, retryAtMs: null, atMs, channel, whence, readings },
          recipient: sealed === null ? null : maskRecipient(safe.open('text recipient', sealed, text)),
          country: subjects.find(({ kind }) => kind === 'country')?.what ?? null,
          signals: weighed(signals),
        },
      ];
    });
  if (decisions.length === 0) throw refuse('not_found', 'message not found');
  return decisions;
}

const weighed = (parts: readonly Signal[]) => ({ score: scoreOf(parts), parts });
