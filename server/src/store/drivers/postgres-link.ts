import type { Duplex } from 'node:stream';
import pg from 'pg';
import type { SqlRow, SqlValue } from '../table.ts';
import type { Address } from './postgres-address.ts';

export type Statement = {
  readonly text: string;
  readonly values?: readonly SqlValue[];
};
export type Answer = { readonly rows: readonly SqlRow[]; readonly command: string };

/** Longer than the server gives any statement: the network is gone, or the server hangs. */
const ANSWER_TIMEOUT_MS = 6_000;
const BIGINT = 20;
const BYTEA = 17;

const asText = (text: string): string => text;
const readBytes = pg.types.getTypeParser(BYTEA, 'text');
const types = {
  getTypeParser: (oid: number) => (oid === BIGINT ? Number : oid === BYTEA ? readBytes : asText),
} as pg.CustomTypesConfig;

/** One connection to a host that can be written to. Statements of one trip travel together. */
export class Link {
  /** CockroachDB does not know PostgreSQL's settings for the planner, and needs none. */
  readonly isCockroach: boolean;
  readonly #client: pg.Client;
  #broken = false;

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
   * Sends statements in one go, and answers when all of them have been answered.
   * @throws what the first of them that failed got; those after it have been answered too
   */
  async trip(statements: readonly Statement[]): Promise<readonly Answer[]> {
    const stream = streamOf(this.#client);
    stream.cork();
    // None is prepared for longer than the trip. A pooler would lose it, and a plan that was made when a table was
    // empty would be used when it is full: the server plans anew for each trip, which takes it 0.1 ms.
    const asked = statements.map(({ text, values }) =>
      this.#client.query({
        text,
        rowMode: 'array',
        ...(values === undefined ? {} : { values: values as unknown[] }),
      }),
    );
    stream.uncork();
    const answers: Answer[] = [];
    let failure: { readonly reason: unknown } | null = null;
    for (const answer of await Promise.allSettled(asked)) {
      if (answer.status === 'fulfilled') answers.push(answer.value as unknown as Answer);
      else failure ??= answer;
    }
    if (failure !== null) throw failure.reason;
    return answers;
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
  const client = new pg.Client({
    ...config,
    ...{ types, pipeline: true, keepAlive: true, query_timeout: ANSWER_TIMEOUT_MS },
  });
  client.on('error', () => {}); // told to whoever waits for an answer
  try {
    await client.connect();
    const [readOnly, version] = await Promise.all([
      client.query({ text: 'SHOW transaction_read_only', rowMode: 'array' }),
      client.query({ text: 'SELECT version()', rowMode: 'array' }),
    ]);
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
