import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../../kernel/backoff.ts';
import { stopwatchMs } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import type { Random } from '../../kernel/random.ts';
import { type IdCodec, idCodec } from '../ids.ts';
import { createReader } from '../reader.ts';
import { type Reader, type Store, StoreUnavailable, type Transaction } from '../store.ts';
import { type Address, readAddress } from './postgres-address.ts';
import { Batch, type Outcome, type Work } from './postgres-batch.ts';
import { DatabaseClock } from './postgres-clock.ts';
import { type Verdict, verdictOn } from './postgres-failure.ts';
import { Link } from './postgres-link.ts';
import { idKey, migrate } from './postgres-migrate.ts';
import { PostgresReader } from './postgres-reader.ts';
import { CLOCK, ROLLBACK, SetStatements } from './postgres-statements.ts';

/** Works that share one commit, at most. */
const MOST_IN_BATCH = 512;
/** How long a work is tried before it is refused, when the database is away or its rows cannot be had. */
const PATIENCE_MS = 5_000;
const FIRST_RETRY_MS = 5;
const LONGEST_RETRY_MS = 500;
/** How old the last word about the database's time may become before it is asked again. */
const CLOCK_LIFE_MS = 2_000;

export type PostgresOptions = {
  /** `postgres://…`, see `readAddress`. */
  readonly url: string;
  readonly random: Random;
  readonly log: Log;
};

type Waiting = {
  readonly work: Work;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly sinceMs: number;
  /** Times its writes were refused while it was alone in its batch. */
  refusals: number;
  /** Whether a row that it needs was not to be had. */
  isStuck: boolean;
};

/**
 * One PostgreSQL, or an engine that speaks as it does, shared by any number of nodes. Works that arrive while a
 * batch is under way make up the next one: one transaction, one commit. There is one batch in flight per node;
 * several would wait for one another's rows. What cannot be kept now is tried again for 5 s, and then refused.
 */
export class PostgresStore implements Store {
  readonly read: Reader;
  readonly #address: Address;
  readonly #ids: IdCodec;
  readonly #random: Random;
  readonly #log: Log;
  readonly #reader: PostgresReader;
  readonly #clock: DatabaseClock;
  readonly #clockTimer: NodeJS.Timeout;
  readonly #statements = new SetStatements();
  #link: Link | null;
  #host = 0;
  #waiting: Waiting[] = [];
  #most = MOST_IN_BATCH;
  #failures = 0;
  #isRunning = false;
  #running: Promise<void> = Promise.resolve();
  #closed = false;
  #ended: Promise<void> | null = null;

  private constructor(
    address: Address,
    link: Link,
    ids: IdCodec,
    clock: DatabaseClock,
    options: PostgresOptions,
  ) {
    this.#address = address;
    this.#link = link;
    this.#ids = ids;
    this.#clock = clock;
    this.#random = options.random;
    this.#log = options.log;
    this.#reader = new PostgresReader(address);
    this.read = createReader((sql, values) => this.#reader.run(sql, values), ids);
    this.#clockTimer = setInterval(() => this.#refreshClock(), CLOCK_LIFE_MS / 2).unref();
  }

  /**
   * Connects, and brings the schema up to date.
   * @throws Error in words for the operator
   */
  static async open(options: PostgresOptions): Promise<PostgresStore> {
    const address = readAddress(options.url);
    const { link } = await Link.open(address);
    try {
      await migrate(link);
      const ids = idCodec(await idKey(link, options.random), options.random);
      const clock = new DatabaseClock();
      const [time] = await link.trip([CLOCK]);
      clock.sample(Number(time?.rows[0]?.[0]));
      return new PostgresStore(address, link, ids, clock, options);
    } catch (error) {
      await link.close();
      throw error;
    }
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  newId(): string {
    return this.#ids.fresh(this.#clock.nowMs());
  }

  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new StoreUnavailable('the store is closed'));
    return new Promise<T>((resolve, reject) => {
      const sinceMs = stopwatchMs();
      this.#waiting.push({
        work,
        resolve: resolve as Waiting['resolve'],
        reject,
        sinceMs,
        refusals: 0,
        isStuck: false,
      });
      if (this.#isRunning) return;
      this.#isRunning = true;
      this.#running = this.#runAll();
    });
  }

  close(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#clockTimer);
    await this.#running;
    await this.#reader.close();
    await this.#link?.close();
  }

  async #runAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      // After the poll phase, so that all requests read in this turn of the loop share the commit.
      await new Promise((resolve) => setImmediate(resolve));
      await this.#runBatch(this.#waiting.splice(0, this.#most));
    }
    this.#isRunning = false;
  }

  /** Runs one batch. Each of its works is settled, or waits again at the front. Never rejects. */
  async #runBatch(batch: readonly Waiting[]): Promise<void> {
    const link = await this.#connected();
    if (link === null) return this.#tryAgain(batch);
    // Whoever came upon a locked row once waits for it no more: with it would wait everybody else in the batch.
    const isPolite = batch.some(({ isStuck }) => isStuck);
    const attempt = new Batch(this.#depsOf(link, isPolite), batch.length);
    try {
      const outcomes = await attempt.run(batch.map(({ work }) => work));
      this.#most = Math.min(MOST_IN_BATCH, this.#most * 2);
      this.#failures = 0;
      await this.#settle(batch, outcomes);
    } catch (error) {
      const verdict = verdictOn(error);
      if (verdict === 'lost') await this.#drop(link, error);
      else await link.trip([ROLLBACK]).catch((cause) => this.#drop(link, cause));
      if (verdict === 'lost' && attempt.mayBeKept)
        refuse(batch, 'it is not known whether it was kept', error);
      else await this.#afterFailure(batch, verdict, isPolite, error);
    }
  }

  #depsOf(link: Link, isPolite: boolean) {
    return { link, isPolite, statements: this.#statements, ids: this.#ids, clock: this.#clock };
  }

  async #settle(batch: readonly Waiting[], outcomes: readonly Outcome[]): Promise<void> {
    const putOff: Waiting[] = [];
    batch.forEach((waiting, i) => {
      const outcome = outcomes[i];
      if (outcome?.kind === 'kept') waiting.resolve(outcome.value);
      else if (outcome?.kind === 'dropped') waiting.reject(outcome.error);
      else putOff.push(waiting);
    });
    if (putOff.length === 0) return;
    for (const waiting of putOff) waiting.isStuck = true;
    if (putOff.length === batch.length) await this.#tryAgain(putOff);
    else this.#putBack(putOff);
  }

  /** Nothing of the batch was kept. Smaller batches follow, until whoever was in the way is alone. */
  async #afterFailure(
    batch: readonly Waiting[],
    verdict: Verdict,
    wasPolite: boolean,
    error: unknown,
  ): Promise<void> {
    if (verdict === 'exhausted') return refuse(batch, 'the database cannot keep it', error);
    const [alone] = batch;
    if (verdict === 'refused' && batch.length === 1 && alone !== undefined) {
      alone.refusals += 1;
      // Somebody else may have made the same row meanwhile; then the work now finds it.
      if (alone.refusals > 1) return refuse(batch, 'the database refused a write', error);
    }
    if (verdict === 'conflict') for (const waiting of batch) waiting.isStuck = true;
    if (verdict === 'refused' || (verdict === 'conflict' && wasPolite))
      this.#most = Math.ceil(batch.length / 2);
    await this.#tryAgain(batch, error);
  }

  async #tryAgain(batch: readonly Waiting[], error?: unknown): Promise<void> {
    this.#putBack(batch, error);
    const spread = this.#random.below(256) / 255;
    await sleep(backoffMs(this.#failures, FIRST_RETRY_MS, LONGEST_RETRY_MS, spread));
    this.#failures += 1;
  }

  /** Works wait again, at the front, save those that have been tried for long enough. */
  #putBack(batch: readonly Waiting[], error?: unknown): void {
    const nowMs = stopwatchMs();
    const isLate = ({ sinceMs }: Waiting) => nowMs - sinceMs > PATIENCE_MS;
    const all = [...batch, ...this.#waiting];
    this.#waiting = all.filter((waiting) => !isLate(waiting));
    refuse(all.filter(isLate), 'the database, or a row, was not to be had in time', error);
  }

  async #connected(): Promise<Link | null> {
    if (this.#link !== null && !this.#link.isBroken) return this.#link;
    try {
      const { link, host } = await Link.open(this.#address, this.#host);
      if (this.#failures > 0) this.#log.info('store.connected', { host: this.#address.hosts[host]?.name });
      this.#link = link;
      this.#host = host;
      return link;
    } catch (error) {
      this.#log.error('store.unreachable', {}, error);
      return null;
    }
  }

  async #drop(link: Link, error: unknown): Promise<void> {
    this.#log.warn('store.connection-lost', {
      reason: error instanceof Error ? error.message : String(error),
    });
    link.cut();
    this.#link = null;
  }

  #refreshClock(): void {
    if (this.#clock.ageMs() < CLOCK_LIFE_MS) return;
    this.#reader.run(CLOCK.text, []).then(
      ([row]) => this.#clock.sample(Number(row?.[0])),
      () => {}, // whoever needs the database is told by its own question
    );
  }
}

function refuse(batch: readonly Waiting[], why: string, cause: unknown): void {
  for (const { reject } of batch) reject(new StoreUnavailable(why, { cause }));
}
