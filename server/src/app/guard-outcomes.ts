import { NOTHING } from '../domain/guard/counts.ts';
import { readCounted } from '../domain/guard/note.ts';
import { afterOutcome, counts, type Outcome } from '../domain/guard/outcome.ts';
import type { Verification } from '../domain/verification.ts';
import type { Log } from '../kernel/log.ts';
import { type Store, type Tally, type TallySubject, type Transaction, tables } from '../store/store.ts';
import { tallyName } from './guard.ts';

export type Outcomes = {
  /** Notes what was committed; counted with others, soon after. */
  note(verification: Verification, outcome: Outcome): void;
  /** Counts all that was noted. Never rejects: what cannot be counted now is tried again. */
  flush(): Promise<void>;
};

const KEPT_MS = 8 * 86_400_000;
/** Outcomes that share a transaction. */
const AT_ONCE = 256;
/** Beyond this the oldest are forgotten, which makes the guard stricter and nothing else. */
const MOST_WAITING = 50_000;

type Noted = { readonly verification: Verification; readonly outcome: Outcome };

/**
 * Tells the guard what became of codes, a little after the answer and for many at once, so that a check costs no more
 * for it. Nothing decides by it who did not ask for a code before: whoever is killed in between leaves a success
 * uncounted, and the guard is stricter for that hour.
 */
export function createOutcomes({ store, log }: { readonly store: Store; readonly log: Log }): Outcomes {
  let waiting: Noted[] = [];
  let running: Promise<void> | null = null;
  const run = async () => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, AT_ONCE);
      try {
        await store.transaction((tx) => countOutcomes(tx, batch));
      } catch (error) {
        log.error('guard.outcomes', { waiting: waiting.length }, error);
        return;
      }
      waiting = waiting.slice(batch.length);
    }
  };
  return {
    note(verification, outcome) {
      if (verification.guard === null) return;
      waiting.push({ verification, outcome });
      if (waiting.length > MOST_WAITING) waiting = waiting.slice(AT_ONCE);
    },
    flush() {
      running ??= run().finally(() => {
        running = null;
      });
      return running;
    },
  };
}

async function countOutcomes(tx: Transaction, batch: readonly Noted[]): Promise<void> {
  const told = batch.flatMap(({ verification, outcome }) => {
    const note = verification.guard === null ? null : readCounted(verification.guard);
    return note === null ? [] : [{ verification, outcome, note }];
  });
  for (const { verification, outcome, note } of told) {
    if (outcome === 'verified') await rememberPlaces(tx, verification, note.places);
  }
  const subjects = new Map<string, TallySubject>();
  for (const { verification, note } of told) {
    for (const { kind, what, isExact, isCounted } of note.subjects) {
      if (!isCounted) continue;
      const name = tallyName(verification, kind, what);
      subjects.set(name, { name, isExact });
    }
  }
  const tallies = new Map<string, Tally>();
  await Promise.all([...subjects].map(async ([name, subject]) => tallies.set(name, await tx.tally(subject))));
  for (const { verification, outcome, note } of told) {
    for (const { kind, what, isCounted } of note.subjects) {
      const tally = tallies.get(tallyName(verification, kind, what));
      if (tally === undefined || !isCounted || !counts(kind, outcome)) continue;
      const parts = { own: tally.own ?? NOTHING, others: tally.others };
      const next = afterOutcome(parts, kind, outcome, verification.createdAtMs, tx.nowMs);
      tally.keep(next, tx.nowMs + KEPT_MS);
    }
  }
}

/** A success makes the places known from which the code was asked for. */
async function rememberPlaces(
  tx: Transaction,
  { projectId, mode, recipientKey }: Verification,
  places: readonly string[],
): Promise<void> {
  for (const hauntKey of places) {
    const key = { projectId, mode, hauntKey };
    const haunt = { ...key, userKey: recipientKey, lastSuccessAtMs: tx.nowMs };
    if ((await tx.get(tables.haunts, key)) === null) tx.insert(tables.haunts, haunt);
    else tx.update(tables.haunts, haunt);
  }
}
