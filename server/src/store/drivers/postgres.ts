import type { Log } from '../../kernel/log.ts';
import type { Random } from '../../kernel/random.ts';
import { type IdCodec, idCodec } from '../ids.ts';
import { createReader } from '../reader.ts';
import { type BatchTold, type Reader, type Store, StoreUnavailable, type Transaction } from '../store.ts';
import { type Address, readAddress } from './postgres-address.ts';
import { DatabaseClock } from './postgres-clock.ts';
import { Link } from './postgres-link.ts';
import { idKey, migrate } from './postgres-migrate.ts';
import { PostgresReader } from './postgres-reader.ts';
import { CLOCK } from './postgres-statements.ts';
import { Writer } from './postgres-writer.ts';
import { WritingLink } from './postgres-writing-link.ts';

/** How old the last word about the database's time may become before it is asked again. */
const CLOCK_LIFE_MS = 2_000;

export type PostgresOptions = {
  /** `postgres://…`, see `readAddress`. */
  readonly url: string;
  readonly random: Random;
  readonly log: Log;
  readonly batch?: BatchTold;
};

type Opened = {
  readonly address: Address;
  readonly link: Link;
  readonly ids: IdCodec;
  readonly clock: DatabaseClock;
};

/**
 * One PostgreSQL, or an engine that speaks as it does, shared by any number of nodes. Works that arrive while a
 * batch is under way make up the next one: one transaction, one commit. A node has one batch in flight; several would
 * wait for one another's rows. What cannot be kept now is tried again for 5 s, and then refused.
 */
export class PostgresStore implements Store {
  readonly read: Reader;
  readonly #ids: IdCodec;
  readonly #clock: DatabaseClock;
  readonly #connection: WritingLink;
  readonly #writer: Writer;
  readonly #reader: PostgresReader;
  readonly #clockTimer: NodeJS.Timeout;
  #closed: Promise<void> | null = null;

  private constructor(
    { address, link, ids, clock }: Opened,
    { random, log, batch = () => {} }: PostgresOptions,
  ) {
    this.#ids = ids;
    this.#clock = clock;
    this.#connection = new WritingLink(address, link, log);
    this.#writer = new Writer({ connection: this.#connection, ids, clock, random, told: batch });
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
      return new PostgresStore({ address, link, ids, clock }, options);
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
    if (this.#closed !== null) return Promise.reject(new StoreUnavailable('the store is closed'));
    return this.#writer.run(work) as Promise<T>;
  }

  /** Its own vacuum takes what was deleted out of the files. */
  async scrub(): Promise<void> {}

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    clearInterval(this.#clockTimer);
    await this.#writer.finish();
    await Promise.all([this.#reader.close(), this.#connection.close()]);
  }

  #refreshClock(): void {
    if (this.#clock.ageMs() < CLOCK_LIFE_MS) return;
    this.#reader.run(CLOCK.text, []).then(
      ([row]) => this.#clock.sample(Number(row?.[0])),
      () => {}, // whoever needs the database is told by its own question
    );
  }
}
