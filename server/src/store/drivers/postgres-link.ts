import type { Duplex } from 'node:stream';
import pg from 'pg';
import type { Address } from './postgres-address.ts';
import { type Answer, type Statement, Trip } from './postgres-trip.ts';

/** Longer than the server gives any statement: the network is gone, or the server hangs. */
const ANSWER_TIMEOUT_MS = 6_000;

/** One connection to a host that can be written to. Statements of one trip travel together. */
export class Link {
  /** CockroachDB does not know PostgreSQL's settings for the planner, and needs none. */
  readonly isCockroach: boolean;
  readonly #client: pg.Client;
  #broken = false;
  #last: Promise<void> = Promise.resolve();

  private constructor({ client, isCockroach }: Found) {
    this.#client = client;
    this.isCockroach = isCockroach;
    const broken = () => {
      this.#broken = true;
    };
    client.on('error', broken).on('end', broken);
  }

  /**
   * Tries the hosts in turn, beginning with number `first`, until one can be written to.
   * @throws Error in words for the operator, saying what was wrong with each
   */
  static async open(address: Address, first = 0): Promise<{ readonly link: Link; readonly host: number }> {
    const problems: string[] = [];
    for (let i = 0; i < address.hosts.length; i++) {
      const number = (first + i) % address.hosts.length;
      const host = address.hosts[number];
      if (host === undefined) continue;
      const found = await tryHost(host.client);
      if (typeof found !== 'string') return { link: new Link(found), host: number };
      problems.push(`${host.name} (${found})`);
    }
    throw new Error(`no PostgreSQL that can be written to answers at ${problems.join(', ')}`);
  }

  get isBroken(): boolean {
    return this.#broken;
  }

  /**
   * Sends statements in one go. Trips come one after another.
   * @throws what the first of them that failed got; those after it were not done. A transaction is still to be
   * rolled back then.
   */
  async trip(statements: readonly Statement[]): Promise<readonly Answer[]> {
    const before = this.#last;
    const { promise, resolve: ended } = Promise.withResolvers<void>();
    this.#last = promise;
    await before; // the client's own queue is going to be taken away
    const trip = new Trip(statements);
    const timer = setTimeout(() => this.cut(), ANSWER_TIMEOUT_MS);
    try {
      this.#client.query(trip);
      return await trip.answered;
    } finally {
      clearTimeout(timer);
      ended();
    }
  }

  /** Lets go of the connection, at once when it is broken. */
  async close(): Promise<void> {
    if (this.#broken) streamOf(this.#client).destroy();
    else await this.#client.end().catch(() => {});
  }

  /** Lets go of the connection without a word. */
  cut(): void {
    this.#broken = true;
    streamOf(this.#client).destroy();
  }
}

type Found = { readonly client: pg.Client; readonly isCockroach: boolean };

/** A connection to this host, or what is wrong with it. */
async function tryHost(config: pg.ClientConfig): Promise<Found | string> {
  const client = new pg.Client({ ...config, keepAlive: true });
  client.on('error', () => {}); // told to whoever waits for an answer
  try {
    await client.connect();
    const readOnly = await client.query({ text: 'SHOW transaction_read_only', rowMode: 'array' });
    const version = await client.query({ text: 'SELECT version()', rowMode: 'array' });
    if (readOnly.rows[0]?.[0] === 'off') {
      return { client, isCockroach: String(version.rows[0]?.[0]).startsWith('CockroachDB') };
    }
    await client.end();
    return 'it can only be read, as a standby can';
  } catch (error) {
    streamOf(client).destroy();
    return error instanceof Error ? error.message || error.name : String(error);
  }
}

const streamOf = (client: pg.Client): Duplex =>
  (client as unknown as { readonly connection: { readonly stream: Duplex } }).connection.stream;
