import type { Counts } from '../../domain/guard/counts.ts';
import { NOTHING } from '../../domain/guard/counts.ts';
import type { SqlRow, Table } from '../table.ts';
import { partsOfTally, tallies } from '../tables.ts';
import type { Tally, TallyPart, TallySubject } from '../tally.ts';
import type { Part } from './postgres-parts.ts';
import { type SetStatements, withRows } from './postgres-statements.ts';
import type { Statement } from './postgres-trip.ts';

type Entry = {
  readonly subject: string;
  readonly part: number;
  own: Counts | null;
  untilMs: number;
  others: readonly Counts[];
  isKnown: boolean;
  readonly told: (() => void)[];
};
const TABLE = tallies as Table<never, never>;
/** Exact counts all stand in this part, under its lock. */
const EXACT = 0;

/** The tallies of one batch: read together, shared by its works, written together before the commit. */
export class Tallies {
  readonly #entries = new Map<string, Entry>();
  readonly #part: number;
  readonly #nowMs: () => number;
  readonly #dirty = new Set<Entry>();
  #wanted: Entry[] = [];

  /** `part` is this node's own: nobody else writes it. */
  constructor(part: number, nowMs: () => number) {
    this.#part = part;
    this.#nowMs = nowMs;
  }

  get areWanted(): boolean {
    return this.#wanted.length > 0;
  }

  /** The tally when it has been read already; otherwise it is wanted, and told by the next trip. */
  of({ name, isExact }: TallySubject): Tally | Promise<Tally> {
    const known = this.#entries.get(name);
    if (known?.isKnown === true) return this.#tally(known);
    const entry = known ?? this.#want(name, isExact ? EXACT : this.#part);
    return new Promise((resolve) => entry.told.push(() => resolve(this.#tally(entry))));
  }

  #want(subject: string, part: number): Entry {
    const entry: Entry = { subject, part, own: null, untilMs: 0, others: [], isKnown: false, told: [] };
    this.#entries.set(subject, entry);
    this.#wanted.push(entry);
    return entry;
  }

  #tally(entry: Entry): Tally {
    const dirty = this.#dirty;
    const nowMs = this.#nowMs;
    return {
      // Read anew each time: works that waited for one trip come one after another.
      get own() {
        return entry.untilMs > nowMs() ? entry.own : null;
      },
      get others() {
        return entry.others;
      },
      keep(counts, untilMs) {
        entry.own = counts;
        entry.untilMs = untilMs;
        dirty.add(entry);
      },
    };
  }

  /** Locks the exact ones, in one order on every node, then reads all parts of all. */
  parts(statements: SetStatements): Part[] {
    const wanted = this.#wanted.splice(0).sort((a, b) => (a.subject < b.subject ? -1 : 1));
    if (wanted.length === 0) return [];
    const exact = wanted.filter(({ part }) => part === EXACT);
    const locks: Statement[] = [];
    if (exact.length > 0) {
      const rows = exact.map(({ subject }) =>
        tallies.toRow({ subject, part: EXACT, counts: NOTHING, untilMs: 0 }),
      );
      const keys = rows.map(([subject = null, part = null]) => [subject, part]);
      locks.push(withRows(statements.ensure(TABLE), rows), withRows(statements.get(TABLE, 'wait'), keys));
    }
    const { values, ...list } = withRows(
      statements.list(partsOfTally as never),
      wanted.map(({ subject }) => [subject]),
    );
    return [
      {
        statements: [...locks, { ...list, values: [...values, this.#nowMs()] }],
        answered: (answers) => this.#learn(wanted, answers.at(-1)?.rows ?? []),
      },
    ];
  }

  #learn(wanted: readonly Entry[], rows: readonly SqlRow[]): void {
    const found = Map.groupBy(
      rows.map((row) => tallies.fromRow(row)),
      ({ subject }) => subject,
    );
    for (const entry of wanted) {
      const all = found.get(entry.subject) ?? [];
      const own = all.find(({ part }) => part === entry.part);
      entry.own = own?.counts ?? null;
      entry.untilMs = own?.untilMs ?? 0;
      entry.others = all.filter(({ part }) => part !== entry.part).map(({ counts }) => counts);
      entry.isKnown = true;
      for (const tell of entry.told.splice(0)) tell();
    }
  }

  /** What changed, to be written. */
  writes(statements: SetStatements): Statement[] {
    const rows = [...this.#dirty]
      .sort((a, b) => (a.subject < b.subject ? -1 : 1))
      .map(
        ({ subject, part, own, untilMs }): TallyPart => ({ subject, part, counts: own ?? NOTHING, untilMs }),
      );
    this.#dirty.clear();
    return rows.length === 0
      ? []
      : [
          withRows(
            statements.put(TABLE),
            rows.map((row) => tallies.toRow(row)),
          ),
        ];
  }
}
