import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Clock, stopwatchMs } from '../../kernel/clock.ts';
import type { Random } from '../../kernel/random.ts';
import { SQLITE } from '../dialect.ts';
import { ID_BYTES, type IdCodec, idCodec } from '../ids.ts';
import { type Applied, checksum, migrationsTable, outstanding } from '../migrations.ts';
import { createReader } from '../reader.ts';
import { type BatchTold, type Store, StoreUnavailable, type Transaction } from '../store.ts';
import type { Query, SqlRow, SqlValue } from '../table.ts';
import { guessHistory } from '../tables.ts';
import { emptyLog, isOfTheDisk, lockFile, openReader, openWriter } from './sqlite-file.ts';
import { MemoryIndexes } from './sqlite-memory.ts';
import { RecentCodes } from './sqlite-recent.ts';
import { Statements } from './sqlite-statements.ts';
import { SqliteTallies } from './sqlite-tallies.ts';
import { type Memory, SqliteTransaction } from './sqlite-transaction.ts';

/** The queries whose index is in memory. */
const REMEMBERED = [guessHistory] as unknown as readonly Query<never, never>[];

/** Works that share one commit, at most: more would make the first of them wait too long. */
const MOST_IN_BATCH = 256;

export type SqliteOptions = {
  /** Path of the database file. */
  readonly file: string;
  readonly clock: Clock;
  readonly random: Random;
  /** `beside` a server that may be running: takes no lock, and leaves the leases of that server alone. */
  readonly use?: 'serve' | 'beside';
  readonly batch?: BatchTold;
};

type Waiting = {
  readonly work: (tx: Transaction) => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
};
type Outcome =
  | { readonly kind: 'kept'; readonly value: unknown }
  | { readonly kind: 'dropped'; readonly error: unknown };

/**
 * One SQLite file, one writing connection. Works that arrive together run one after another between BEGIN
 * and COMMIT and share its single fsync; each sees the writes of those before it and keeps or drops its own.
 * WAL with synchronous=FULL: what has been committed survives the loss of power.
 */
export class SqliteStore implements Store {
  readonly read;
  readonly #lock: DatabaseSync | null;
  readonly #writer: DatabaseSync;
  readonly #reader: DatabaseSync;
  readonly #statements: Statements;
  readonly #ids: IdCodec;
  readonly #memory: Memory;
  readonly #clock: Clock;
  readonly #batch: BatchTold;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #queries = new Map<string, StatementSync>();
  #waiting: Waiting[] = [];
  #scheduled = false;
  #running: Promise<void> = Promise.resolve();
  #closed = false;
  #ended: Promise<void> | null = null;

  /** @throws Error in words for the operator when another process uses the file, or its schema is not ours */
  constructor({ file, clock, random, use = 'serve', batch = () => {} }: SqliteOptions) {
    this.#lock = use === 'serve' ? lockFile(file) : null;
    this.#writer = openWriter(file);
    migrate(this.#writer, clock);
    // Nobody else serves from this file, so whoever held a lease is gone: its messages may be taken at once.
    if (use === 'serve') {
      this.#writer.exec(
        'UPDATE messages SET due_at_ms = 0 WHERE due_at_ms IS NOT NULL AND holder IS NOT NULL',
      );
    }
    this.#ids = idCodec(idKey(this.#writer, random), random);
    this.#memory = {
      indexes: new MemoryIndexes(this.#writer, this.#ids, REMEMBERED),
      tallies: new SqliteTallies(this.#writer, use),
      recent: new RecentCodes(this.#writer),
    };
    this.#reader = openReader(file);
    this.#statements = new Statements(this.#writer);
    this.#clock = clock;
    this.#batch = batch;
    this.#begin = this.#writer.prepare('BEGIN IMMEDIATE');
    this.#commit = this.#writer.prepare('COMMIT');
    this.read = createReader((sql, values) => this.#ask(sql, values), this.#ids);
  }

  nowMs(): number {
    return this.#clock();
  }

  newId(): string {
    return this.#ids.fresh(this.#clock());
  }

  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new StoreUnavailable('the store is closed'));
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, resolve: resolve as (value: unknown) => void, reject });
      if (this.#scheduled) return;
      this.#scheduled = true;
      // After the poll phase, so that all requests read in this turn of the loop share the commit.
      setImmediate(() => this.#startBatch());
    });
  }

  async scrub(): Promise<void> {
    await this.#running; // the next batch begins in a later turn of the loop
    if (!this.#closed) emptyLog(this.#writer);
  }

  close(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<void> {
    this.#closed = true;
    while (this.#scheduled) await new Promise((resolve) => setImmediate(resolve));
    await this.#running;
    this.#memory.tallies.close();
    this.#reader.close();
    this.#writer.close();
    this.#lock?.close();
  }

  #startBatch(): void {
    const batch = this.#waiting.splice(0, MOST_IN_BATCH);
    this.#running = this.#runBatch(batch).finally(() => {
      this.#scheduled = this.#waiting.length > 0;
      if (this.#scheduled) setImmediate(() => this.#startBatch());
    });
  }

  /** Runs the works until all of them that can be kept are committed. Never rejects. */
  async #runBatch(batch: readonly Waiting[]): Promise<void> {
    let rest = batch;
    while (rest.length > 0) {
      const sinceMs = stopwatchMs();
      const outcomes: Outcome[] = [];
      let spoiler: Waiting | null = null;
      try {
        this.#begin.run();
        for (const waiting of rest) {
          const tx = new SqliteTransaction(this.#statements, this.#ids, this.#memory, this.#clock());
          const outcome = await run(waiting, tx);
          outcomes.push(outcome);
          if (outcome.kind === 'dropped') {
            tx.drop();
            // SQLite may have rolled back by itself, and what followed would not be in a transaction any more.
            if (isOfTheDisk(outcome.error)) throw outcome.error;
            continue;
          }
          spoiler = waiting;
          tx.flush();
          spoiler = null;
        }
        this.#memory.tallies.flush(this.#clock());
        this.#commit.run();
        this.#memory.recent.commit();
        this.#batch(rest.length, stopwatchMs() - sinceMs, this.#waiting.length);
      } catch (error) {
        this.#rollBack();
        if (spoiler === null || isOfTheDisk(error)) {
          for (const { reject } of rest)
            reject(new StoreUnavailable('the database cannot keep it', { cause: error }));
          return;
        }
        // One work's writes were refused by the database. The others run again without it.
        spoiler.reject(new StoreUnavailable('the database refused a write', { cause: error }));
        rest = rest.filter((waiting) => waiting !== spoiler);
        continue;
      }
      rest.forEach((waiting, i) => {
        const outcome = outcomes[i];
        if (outcome?.kind === 'kept') waiting.resolve(outcome.value);
        else waiting.reject(outcome?.error);
      });
      return;
    }
  }

  #rollBack(): void {
    this.#memory.indexes.distrust();
    this.#memory.tallies.distrust();
    this.#memory.recent.rollBack();
    try {
      if (this.#writer.isTransaction) this.#writer.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back by itself, as it does after a full disk or an I/O error.
    }
  }

  #ask(sql: string, values: readonly SqlValue[]): readonly SqlRow[] {
    let statement = this.#queries.get(sql);
    if (statement === undefined) {
      statement = this.#reader.prepare(sql);
      statement.setReturnArrays(true);
      this.#queries.set(sql, statement);
    }
    try {
      return statement.all(...(values as SqlValue[])) as unknown as SqlRow[];
    } catch (error) {
      if (!isOfTheDisk(error)) throw error;
      throw new StoreUnavailable('the database cannot be read', { cause: error });
    }
  }
}

async function run({ work }: Waiting, tx: SqliteTransaction): Promise<Outcome> {
  try {
    return { kind: 'kept', value: await work(tx) };
  } catch (error) {
    return { kind: 'dropped', error };
  }
}

/** The key of this database's ids: made with it, and never changed. */
function idKey(db: DatabaseSync, random: Random): Buffer {
  const fresh = random.bytes(ID_BYTES).toString('hex');
  db.prepare("INSERT INTO settings (name, value) VALUES ('id key', ?) ON CONFLICT (name) DO NOTHING").run(
    fresh,
  );
  const row = db.prepare("SELECT value FROM settings WHERE name = 'id key'").get() as { value: string };
  return Buffer.from(row.value, 'hex');
}

/** Takes the outstanding steps, each whole or not at all. */
function migrate(db: DatabaseSync, clock: Clock): void {
  db.exec(migrationsTable(SQLITE));
  db.exec('BEGIN IMMEDIATE');
  try {
    const applied = db.prepare('SELECT number, checksum FROM migrations').all() as unknown as Applied[];
    for (const step of outstanding(applied, SQLITE)) {
      for (const statement of step.statements(SQLITE)) db.exec(statement);
      db.prepare('INSERT INTO migrations (number, name, checksum, applied_at_ms) VALUES (?, ?, ?, ?)').run(
        step.number,
        step.name,
        checksum(step, SQLITE),
        clock(),
      );
    }
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    db.close();
    throw error;
  }
}
