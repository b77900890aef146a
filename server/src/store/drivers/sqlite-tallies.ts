import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { closedUntilMs } from '../../domain/guard/brake.ts';
import type { Counts } from '../../domain/guard/counts.ts';
import type { Tally } from '../tally.ts';

type Entry = { counts: Counts | null; untilMs: number };
type Before = { readonly entry: Entry; readonly counts: Counts | null; readonly untilMs: number };

/** Subjects whose counts are kept in memory; beyond it those that were written are let go of. */
const MOST_KNOWN = 20_000;

/**
 * Counts of subjects. One process alone writes the file, so what was read once need not be read again, and a subject
 * that many works of a batch count on is written once, before the commit.
 */
export class SqliteTallies {
  readonly #get: StatementSync;
  readonly #put: StatementSync;
  readonly #known = new Map<string, Entry>();
  readonly #dirty = new Map<string, Entry>();

  constructor(db: DatabaseSync) {
    this.#get = db.prepare('SELECT counts, until_ms FROM tallies WHERE subject = ? AND part = 0');
    this.#get.setReturnArrays(true);
    this.#put = db.prepare(
      `INSERT INTO tallies (subject, part, counts, until_ms, brake_until_ms) VALUES (?, 0, ?, ?, ?)
       ON CONFLICT (subject, part) DO UPDATE SET counts = excluded.counts, until_ms = excluded.until_ms,
         brake_until_ms = excluded.brake_until_ms`,
    );
  }

  /** `undo` is given what to take back should the work be dropped. */
  of(subject: string, nowMs: number, undo: Before[]): Tally {
    const entry = this.#entry(subject);
    const dirty = this.#dirty;
    return {
      own: entry.counts !== null && nowMs < entry.untilMs ? entry.counts : null,
      others: [],
      keep(counts, untilMs) {
        undo.push({ entry, counts: entry.counts, untilMs: entry.untilMs });
        entry.counts = counts;
        entry.untilMs = untilMs;
        dirty.set(subject, entry);
      },
    };
  }

  undo(taken: Before[]): void {
    for (const { entry, counts, untilMs } of taken.splice(0).reverse()) {
      entry.counts = counts;
      entry.untilMs = untilMs;
    }
  }

  /** Writes what changed; part of the batch's transaction. */
  flush(): void {
    for (const [subject, entry] of this.#dirty) {
      const { counts, untilMs } = entry;
      if (counts !== null) this.#put.run(subject, JSON.stringify(counts), untilMs, closedUntilMs(counts));
    }
    this.#dirty.clear();
    if (this.#known.size > MOST_KNOWN) this.#known.clear();
  }

  /** What was written is undone. */
  distrust(): void {
    this.#known.clear();
    this.#dirty.clear();
  }

  #entry(subject: string): Entry {
    const known = this.#known.get(subject);
    if (known !== undefined) return known;
    const row = this.#get.get(subject) as unknown as readonly [string, number] | undefined;
    const entry: Entry =
      row === undefined
        ? { counts: null, untilMs: 0 }
        : { counts: JSON.parse(row[0]) as Counts, untilMs: row[1] };
    this.#known.set(subject, entry);
    return entry;
  }
}

export type { Before as TallyBefore };
