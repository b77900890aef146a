import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { closedUntilMs } from '../../domain/guard/brake.ts';
import { changeOf } from '../../domain/guard/change.ts';
import type { Counts } from '../../domain/guard/counts.ts';
import type { SqlRow } from '../table.ts';
import type { Tally } from '../tally.ts';
import { type LoggedTally, loggedText, READ_TALLY_LOG, replayed } from '../tally-log.ts';

type Entry = {
  counts: Counts | null;
  untilMs: number;
  /** As they stand in the row, with what the log says since. */
  keptCounts: Counts | null;
  /** Until when its row says that its brake is closed. */
  writtenBrakeMs: number | null;
  /** The first batch that is in the log and not in its row, and when that was. Nothing where the row is up to date. */
  sinceBatch: number;
  sinceMs: number;
};
type Before = { readonly entry: Entry; readonly counts: Counts | null; readonly untilMs: number };

/** Subjects whose counts are kept in memory; beyond it those whose row is up to date are let go of. */
const MOST_KNOWN = 20_000;
/** Batches that the log holds: the next one takes the place of the oldest. */
const SLOTS = 512;
/** How long counts may stand in the log alone. Whoever reads the rows sees them that much later. */
const LOGGED_FOR_MS = 3_000;
/** Rows that one batch writes because their time has come, or as many as it counts: so no batch takes long for it. */
const MOST_ROWS = 48;
/** Subjects that may stand in the log alone; beyond it each batch writes as many rows as it brings. */
const MOST_BEHIND = 10_000;

/**
 * Counts of subjects. One process alone writes the file, so what was read once need not be read again, and what many works of
 * a batch count is written once, before the commit. It goes to a log first, as one text for all subjects of the batch, and to their
 * rows some seconds later: the rows lie all over the file, and each would dirty a page in every batch. The log
 * is a part of the batch's transaction, so what is let through is counted durably all the same. At the start, and
 * after a rollback, it is read again.
 */
export class SqliteTallies {
  readonly #db: DatabaseSync;
  readonly #get: StatementSync;
  readonly #put: StatementSync;
  readonly #append: StatementSync;
  readonly #isLogged: boolean;
  #known = new Map<string, Entry>();
  readonly #dirty = new Map<string, Entry>();
  /** Those whose row is behind, the one that has been for longest first. */
  readonly #behind = new Map<string, Entry>();
  #batch = 0;
  #isStale = true;

  /** `use` as of the store: beside a server, whose log this is, counts are written to their rows. */
  constructor(db: DatabaseSync, use: 'serve' | 'beside') {
    this.#db = db;
    this.#isLogged = use === 'serve';
    this.#get = db.prepare(
      'SELECT counts, until_ms, brake_until_ms FROM tallies WHERE subject = ? AND part = 0',
    );
    this.#get.setReturnArrays(true);
    this.#put = db.prepare(
      `INSERT INTO tallies (subject, part, counts, until_ms, brake_until_ms) VALUES (?, 0, ?, ?, ?)
       ON CONFLICT (subject, part) DO UPDATE SET counts = excluded.counts, until_ms = excluded.until_ms,
         brake_until_ms = excluded.brake_until_ms`,
    );
    this.#append = db.prepare(
      `INSERT INTO tally_log (slot, batch, kept) VALUES (?, ?, ?)
       ON CONFLICT (slot) DO UPDATE SET batch = excluded.batch, kept = excluded.kept`,
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

  /** Writes what changed, and what has waited long enough; part of the batch's transaction. */
  flush(nowMs: number): void {
    if (this.#isStale) return;
    let left = Math.max(MOST_ROWS, this.#dirty.size);
    if (this.#dirty.size > 0) this.#log(nowMs);
    for (const [subject, entry] of this.#behind) {
      // The place of its oldest batch is taken next, and then only the row holds it.
      const isLast = entry.sinceBatch <= this.#batch - SLOTS + 1;
      const isDue = entry.sinceMs <= nowMs - LOGGED_FOR_MS || this.#behind.size > MOST_BEHIND;
      if (!isLast && (left === 0 || !isDue)) break;
      this.#write(subject, entry);
      left = Math.max(0, left - 1);
    }
    if (this.#known.size > MOST_KNOWN) this.#known = new Map(this.#behind);
  }

  /** Writes all that only the log holds, in a transaction of its own. */
  close(): void {
    if (this.#isStale || this.#behind.size === 0) return;
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      for (const [subject, entry] of this.#behind) this.#write(subject, entry);
      this.#db.exec('DELETE FROM tally_log');
      this.#db.exec('COMMIT');
    } catch {
      // The log still says it all, and is read at the next start.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    }
  }

  /** What was written is undone. */
  distrust(): void {
    this.#dirty.clear();
    this.#isStale = true;
  }

  #log(nowMs: number): void {
    const batch = this.#batch + 1;
    const kept: LoggedTally[] = [];
    for (const [subject, entry] of this.#dirty) {
      const { counts, untilMs } = entry;
      if (counts === null) continue;
      // Which brakes are closed is found by the rows, and must not wait.
      if (!this.#isLogged || closedUntilMs(counts) !== entry.writtenBrakeMs) {
        this.#write(subject, entry);
        if (!this.#isLogged) continue;
      } else if (!this.#behind.has(subject)) {
        entry.sinceBatch = batch;
        entry.sinceMs = nowMs;
        this.#behind.set(subject, entry);
      }
      kept.push([subject, untilMs, changeOf(entry.keptCounts, counts)]);
      entry.keptCounts = counts;
    }
    this.#dirty.clear();
    if (kept.length === 0) return;
    // Without gaps: a place that were passed over would hold counts of before those of the places behind it.
    this.#batch = batch;
    this.#append.run(batch % SLOTS, batch, loggedText(kept));
  }

  #write(subject: string, entry: Entry): void {
    const { counts, untilMs } = entry;
    if (counts === null) return;
    entry.writtenBrakeMs = closedUntilMs(counts);
    this.#put.run(subject, JSON.stringify(counts), untilMs, entry.writtenBrakeMs);
    this.#behind.delete(subject);
  }

  #entry(subject: string): Entry {
    if (this.#isStale) this.#read();
    const known = this.#known.get(subject);
    if (known !== undefined) return known;
    const entry = this.#stored(subject);
    this.#known.set(subject, entry);
    return entry;
  }

  #stored(subject: string): Entry {
    const row = this.#get.get(subject) as unknown as readonly [string, number, number | null] | undefined;
    const counts = row === undefined ? null : (JSON.parse(row[0]) as Counts);
    const since = { sinceBatch: 0, sinceMs: 0 };
    return { counts, untilMs: row?.[1] ?? 0, keptCounts: counts, writtenBrakeMs: row?.[2] ?? null, ...since };
  }

  /** Begins with what the rows and the log say. */
  #read(): void {
    this.#known.clear();
    this.#behind.clear();
    const last = this.#db.prepare('SELECT MAX(batch) AS batch FROM tally_log').get() as {
      batch: number | null;
    };
    this.#batch = last.batch ?? 0;
    const log = this.#db.prepare(READ_TALLY_LOG);
    log.setReturnArrays(true);
    const rows = log.all() as unknown as SqlRow[];
    for (const [subject, { counts, untilMs }] of replayed(rows, (name) => this.#stored(name).counts)) {
      const entry = { ...this.#stored(subject), counts, untilMs, keptCounts: counts };
      this.#known.set(subject, entry);
      if (this.#isLogged) this.#behind.set(subject, entry);
    }
    this.#isStale = false;
  }
}

export type { Before as TallyBefore };
