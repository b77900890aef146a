import { isKnownNote } from '../../domain/guard/note.ts';
import type { RecipientKey } from '../../domain/scope.ts';
import type { IdCodec } from '../ids.ts';
import type { Awaitable, Transaction } from '../store.ts';
import { foundByKey, storedKey } from '../stored.ts';
import type { Query, Table } from '../table.ts';
import { recentVerifications } from '../tables.ts';
import type { RecentCode, Tally, TallySubject } from '../tally.ts';
import { textOf } from './postgres-arrays.ts';
import { type Cell, Cells, clear, type Holder, letGo, take } from './postgres-cells.ts';
import type { DatabaseClock } from './postgres-clock.ts';
import type { Link } from './postgres-link.ts';
import { Lists } from './postgres-lists.ts';
import { LOCKS, lockPart, type Manners, rowsPart, silent, tripOf } from './postgres-parts.ts';
import { begin, CLOCK, COMMIT, recipients, type SetStatements } from './postgres-statements.ts';
import { Tallies } from './postgres-tallies.ts';
import { PostgresTransaction, type Rows } from './postgres-transaction.ts';
import type { Statement } from './postgres-trip.ts';
import { type Write, Writes } from './postgres-writes.ts';

type AnyTable = Table<never, never>;
export type Work = (tx: Transaction) => Promise<unknown>;
export type Outcome =
  | { readonly kind: 'kept'; readonly value: unknown }
  | { readonly kind: 'dropped'; readonly error: unknown }
  /** Others had what it needed, or it stood in a circle of works that waited for one another: it runs again. */
  | { readonly kind: 'put-off' };

export type BatchDeps = {
  readonly link: Link;
  readonly statements: SetStatements;
  readonly ids: IdCodec;
  readonly clock: DatabaseClock;
  /** Whether rows that others have locked are left to them; the works that need those are put off. */
  readonly isPolite: boolean;
  /** The part of shared tallies that is this node's own. */
  readonly part: number;
};
const NEVER = new Promise<never>(() => {});

/**
 * Works that share one transaction of the database. All begin at once. Whatever they ask for is gathered until all
 * of them wait, then asked in one trip: one statement for each table, its keys in the same order on every node.
 * Rows stay locked in the database for the whole batch, and works on the same row take turns in memory.
 */
export class Batch implements Rows {
  /** Whether what was written has been sent together with COMMIT: from then on a lost connection tells nothing. */
  mayBeKept = false;
  readonly #deps: BatchDeps;
  readonly #manners: Manners;
  readonly #cells = new Cells();
  readonly #lists: Lists;
  readonly #writes: Writes;
  readonly #tallies: Tallies;
  readonly #running = new Set<PostgresTransaction>();
  readonly #outcomes: Outcome[] = [];
  readonly #blind = new Set<AnyTable>();
  #locks: Cell[] = [];
  #rows: Cell[] = [];
  #trips = 0;
  #hasWritten = false;
  #stirred: () => void = () => {};

  constructor(deps: BatchDeps, size: number) {
    this.#deps = deps;
    this.#manners = deps.isPolite
      ? { kind: 'polite', isBusy: (cell) => this.#putOffAll(clear(cell)) }
      : { kind: 'wait' };
    this.#lists = new Lists(deps.ids);
    this.#writes = new Writes(size === 1);
    this.#tallies = new Tallies(deps.part, () => this.nowMs);
  }

  get nowMs(): number {
    return this.#deps.clock.nowMs();
  }

  /**
   * Runs the works, in their order where they meet, and commits what they wrote.
   * @throws what the database answered; nothing is kept then, unless `mayBeKept`
   */
  async run(works: readonly Work[]): Promise<readonly Outcome[]> {
    for (const [number, work] of works.entries()) this.#start(work, number);
    for (;;) {
      await allStill();
      if (this.#rows.length > 0 || this.#lists.areWanted || this.#tallies.areWanted) await this.#ask();
      else if (this.#running.size === 0) break;
      else if ([...this.#running].every((tx) => tx.waitsFor.size > 0)) this.#putOffLast();
      else await new Promise<void>((stirred) => (this.#stirred = stirred)); // it awaits what is not the store's
    }
    await this.#commit();
    return this.#outcomes;
  }

  get<Value, K>(tx: PostgresTransaction, table: Table<Value, K>, key: K): Awaitable<Value | null> {
    const stored = storedKey(table, key, this.#deps.ids);
    if (tx.isGone) return NEVER;
    const cell = this.#cells.findOrMake(table as AnyTable, textOf(stored), stored);
    const value = () => (cell.row === null ? null : foundByKey(table, key, [...cell.row], this.#deps.ids));
    const turn = this.#take(cell, tx);
    if (turn !== null) return turn.then(() => this.#read(cell)).then(value);
    return cell.lockedInTrip === null ? this.#read(cell).then(value) : value();
  }

  /** Holds the recipient at once among the works of this batch; the next trip locks it in the database first. */
  lock(tx: PostgresTransaction, what: RecipientKey): Awaitable<void> {
    if (tx.isGone) return NEVER;
    const key = recipients.keyValues(what);
    const cell = this.#cells.findOrMake(LOCKS, textOf(key), key);
    if (cell.lockedInTrip === null && !cell.isWanted) {
      cell.isWanted = true;
      this.#locks.push(cell);
    }
    return this.#take(cell, tx) ?? undefined;
  }

  list<Value, By>(tx: PostgresTransaction, query: Query<Value, By>, by: By): Awaitable<readonly Value[]> {
    if (tx.isGone) return NEVER;
    // What was listed before is good only for a work all of whose locks are at least as old.
    const since = Math.max(0, ...[...tx.holds].map((cell) => cell.lockedInTrip ?? Number.POSITIVE_INFINITY));
    const known = this.#lists.find(query, query.equals(by), since);
    if (known !== null) return known;
    this.#stirred();
    return this.#lists.want(query, query.equals(by));
  }

  tally(tx: PostgresTransaction, subject: TallySubject): Awaitable<Tally> {
    if (tx.isGone) return NEVER;
    const tally = this.#tallies.of(subject);
    if (tally instanceof Promise) this.#stirred();
    return tally;
  }

  async recentCodes(tx: PostgresTransaction, recipientKey: string): Promise<readonly RecentCode[]> {
    const codes = await this.list(tx, recentVerifications, { recipientKey });
    return codes.map(({ createdAtMs, projectId, mode, guard }) => ({
      ...{ atMs: createdAtMs, projectId, mode },
      whence: isKnownNote(guard) ? 'known' : 'unknown',
    }));
  }

  #take(cell: Cell, tx: PostgresTransaction): Promise<void> | null {
    const turn = take(cell, tx);
    if (turn !== null) this.#stirred();
    return turn;
  }

  #read(cell: Cell): Promise<void> {
    if (cell.lockedInTrip !== null) return Promise.resolve();
    if (!cell.isWanted) {
      cell.isWanted = true;
      this.#rows.push(cell);
    }
    this.#stirred();
    return new Promise((read) => cell.readers.push(read));
  }

  #start(work: Work, number: number): void {
    const tx = new PostgresTransaction(this, this.#deps.ids, number);
    this.#running.add(tx);
    this.#outcomes[number] = { kind: 'put-off' };
    const end = (outcome: Outcome) => {
      if (tx.isGone) return;
      this.#running.delete(tx);
      this.#outcomes[number] = outcome;
      letGo(tx);
      this.#stirred();
    };
    const run = async () => {
      const value = await work(tx);
      if (tx.isGone) return;
      await this.#holdWritten(tx);
      for (const write of tx.writes) this.#apply(write);
      end({ kind: 'kept', value });
    };
    run().catch((error: unknown) => end({ kind: 'dropped', error }));
  }

  /** Waits until nobody else has what this work writes without having read it. */
  async #holdWritten(tx: PostgresTransaction): Promise<void> {
    for (const { kind, table, at } of tx.writes) {
      const cell = kind === 'insert' ? undefined : this.#cells.find(table, at);
      const turn = cell === undefined ? null : this.#take(cell, tx);
      if (turn !== null) await turn;
    }
  }

  #apply(write: Write): void {
    const { kind, table, at, row } = write;
    const cell = kind === 'insert' ? this.#cells.findOrMake(table, at, []) : this.#cells.find(table, at);
    const isKnown = cell !== undefined && (kind === 'insert' || cell.lockedInTrip !== null);
    this.#lists.forget(write, isKnown ? cell.row : undefined);
    if (isKnown) {
      cell.row = kind === 'remove' ? null : row;
      cell.lockedInTrip ??= this.#trips;
    } else {
      this.#blind.add(table);
    }
    this.#writes.add(write);
  }

  /** The work that came last starts anew in a later batch, so that the others need not wait for it. */
  #putOffLast(): void {
    this.#putOff([...this.#running].reduce((a, b) => (a.number > b.number ? a : b)));
  }

  #putOffAll(holders: readonly Holder[]): void {
    for (const holder of holders) this.#putOff(holder);
  }

  #putOff(holder: Holder): void {
    this.#running.delete(holder as PostgresTransaction);
    letGo(holder);
  }

  /** One trip for all that is wanted: recipients first, then rows, then lists, then the time. */
  async #ask(): Promise<void> {
    const { statements, clock, link } = this.#deps;
    const locks = this.#locks.splice(0);
    const rows = [...Map.groupBy(this.#rows.splice(0), ({ table }) => table)];
    rows.sort(([a], [b]) => (a.name < b.name ? -1 : 1));
    const isStale = (table: AnyTable) => this.#writes.touches(table);
    const mustWrite = rows.some(([table]) => this.#blind.has(table)) || this.#lists.tables().some(isStale);
    const trip = tripOf([
      silent(this.#trips === 0 ? begin(link) : []),
      silent(mustWrite ? this.#takeWrites() : []),
      ...(locks.length > 0 ? [lockPart(locks, statements, this.#manners)] : []),
      ...rows.map(([table, cells]) => rowsPart(table, cells, statements, this.#manners)),
      ...this.#tallies.parts(statements),
      ...this.#lists.parts(statements, this.nowMs),
      { statements: [CLOCK], answered: ([time]) => clock.sample(Number(time?.rows[0]?.[0])) },
    ]);
    const answers = await this.#send(trip.statements);
    trip.answered(answers, this.#trips);
  }

  async #commit(): Promise<void> {
    if (this.#trips === 0 && this.#writes.isEmpty && this.#locks.length === 0) return;
    // A trip of its own: writes must not be done outside of a transaction, should it not begin.
    if (this.#trips === 0 || this.#locks.length > 0) await this.#ask();
    const writes = [...this.#takeWrites(), ...this.#takeTallies()];
    this.mayBeKept = this.#hasWritten;
    const answers = await this.#send([...writes, COMMIT]);
    if (answers.at(-1)?.command !== 'COMMIT')
      throw new Error('the database rolled back instead of committing');
  }

  #takeWrites(): Statement[] {
    const writes = this.#writes.take(this.#deps.statements);
    this.#hasWritten ||= writes.length > 0;
    return writes;
  }

  #takeTallies(): Statement[] {
    const writes = this.#tallies.writes(this.#deps.statements);
    this.#hasWritten ||= writes.length > 0;
    return writes;
  }

  async #send(trip: readonly Statement[]) {
    this.#trips += 1;
    return this.#deps.link.trip(trip);
  }
}

/** Waits until every work has ended or waits for the store: they await nothing else, so no timer or I/O is needed. */
async function allStill(): Promise<void> {
  await null;
  await new Promise<void>((resolve) => process.nextTick(resolve));
}
