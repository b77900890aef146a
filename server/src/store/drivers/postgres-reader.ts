import { StoreUnavailable } from '../store.ts';
import type { SqlRow, SqlValue } from '../table.ts';
import type { Address } from './postgres-address.ts';
import { verdictOn } from './postgres-failure.ts';
import { Link } from './postgres-link.ts';
import type { Statement } from './postgres-trip.ts';

/** A connection for questions, made when it is first needed and again when it was lost. */
type Seat = { link: Promise<Link> | null; asked: number };

/** Questions outside of transactions, over a few connections of their own. */
export class PostgresReader {
  readonly #address: Address;
  readonly #seats: readonly Seat[];
  readonly #texts = new Map<string, string>();

  constructor(address: Address) {
    this.#address = address;
    this.#seats = Array.from({ length: address.readers }, () => ({ link: null, asked: 0 }));
  }

  /**
   * Runs one SELECT with `?` for its values. It changes nothing, so it is asked once more when a connection is lost.
   * @throws StoreUnavailable when the database does not answer
   */
  async run(sql: string, values: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    const statement = { text: this.#numbered(sql), values };
    try {
      return await this.#ask(statement).catch((error: unknown) => {
        if (verdictOn(error) === 'lost') return this.#ask(statement);
        throw error;
      });
    } catch (error) {
      throw new StoreUnavailable('the database did not answer a question', { cause: error });
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#seats.map(async ({ link }) => (await link?.catch(() => null))?.close()));
  }

  async #ask(statement: Statement): Promise<readonly SqlRow[]> {
    const seat = this.#seats.reduce((a, b) => (b.asked < a.asked ? b : a));
    seat.asked += 1;
    try {
      const link = await this.#linkOf(seat);
      const [answer] = await link.trip([statement]).catch((error: unknown) => {
        if (verdictOn(error) === 'lost') link.cut();
        throw error;
      });
      return answer?.rows ?? [];
    } finally {
      seat.asked -= 1;
    }
  }

  async #linkOf(seat: Seat): Promise<Link> {
    const known = seat.link;
    if (known !== null) {
      const link = await known.catch(() => null);
      if (link !== null && !link.isBroken) return link;
      if (seat.link === known) seat.link = null;
    }
    seat.link ??= Link.open(this.#address).then(({ link }) => link);
    return seat.link;
  }

  #numbered(sql: string): string {
    let text = this.#texts.get(sql);
    if (text === undefined) {
      let count = 0;
      text = sql.replace(/\?/g, () => `$${++count}`);
      this.#texts.set(sql, text);
    }
    return text;
  }
}
