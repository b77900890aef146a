import pg from 'pg';
import type { ColumnKind, SqlRow, SqlValue } from '../table.ts';

export type Statement = {
  readonly text: string;
  readonly values?: readonly SqlValue[];
  /** What the columns of its rows hold, where that is known: the server need not tell it then. */
  readonly returns?: readonly ColumnKind[];
};
export type Answer = { readonly rows: readonly SqlRow[]; readonly command: string };

type Read = (text: string) => SqlValue;
const BIGINT = 20;
const BYTEA = 17;
const asText: Read = (text) => text;
const readBytes = pg.types.getTypeParser(BYTEA, 'text') as Read;
const BY_KIND: { readonly [kind in ColumnKind]: Read } = {
  ...{ text: asText, json: asText, int: Number, bytes: readBytes, hex: readBytes, id: readBytes },
};
const byType = (oid: number): Read => (oid === BIGINT ? Number : oid === BYTEA ? readBytes : asText);

/** What the client's connection offers to those who write to it themselves. */
type Wire = {
  readonly stream: { cork(): void; uncork(): void };
  parse(query: { text: string }): void;
  bind(config: { values: readonly (string | Buffer | null)[] }): void;
  describe(message: { type: 'P'; name: string }): void;
  execute(config: null): void;
  sync(): void;
};

/**
 * Statements that travel together and are answered together: the server hears one request to answer at the end of
 * all, not one after each. When one fails, those after it are not done. None is prepared for longer than the trip. A
 * pooler would lose it, and a plan that was made when a table was empty would be used when it is full: the server
 * plans anew each time, which takes it 0.1 ms.
 */
export class Trip {
  /** @throws what the first statement that failed got, or what became of the connection */
  readonly answered: Promise<readonly Answer[]>;
  readonly #statements: readonly Statement[];
  readonly #answers: Answer[] = [];
  readonly #resolve: (answers: readonly Answer[]) => void;
  readonly #reject: (error: unknown) => void;
  #readers: readonly Read[] | null = null;
  #rows: SqlRow[] = [];

  constructor(statements: readonly Statement[]) {
    this.#statements = statements;
    const { promise, resolve, reject } = Promise.withResolvers<readonly Answer[]>();
    this.answered = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Called by the client when it is this trip's turn. */
  submit(connection: pg.Connection): void {
    const wire = connection as unknown as Wire;
    wire.stream.cork();
    for (const { text, values = [], returns } of this.#statements) {
      wire.parse({ text });
      wire.bind({ values: values.map(asParameter) });
      if (returns === undefined) wire.describe({ type: 'P', name: '' });
      wire.execute(null);
    }
    wire.sync();
    wire.stream.uncork();
  }

  handleRowDescription({ fields }: { readonly fields: readonly { readonly dataTypeID: number }[] }): void {
    this.#readers = fields.map(({ dataTypeID }) => byType(dataTypeID));
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const readers = this.#readersNow();
    this.#rows.push(fields.map((text, i) => (text === null ? null : (readers[i] ?? asText)(text))));
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#answers.push({ rows: this.#rows, command: text.split(' ', 1)[0] ?? '' });
    this.#rows = [];
    this.#readers = null;
  }

  handleReadyForQuery(): void {
    this.#resolve(this.#answers);
  }

  handleError(error: unknown): void {
    this.#reject(error);
  }

  #readersNow(): readonly Read[] {
    const returns = this.#statements[this.#answers.length]?.returns ?? [];
    this.#readers ??= returns.map((kind) => BY_KIND[kind]);
    return this.#readers;
  }
}

function asParameter(value: SqlValue): string | Buffer | null {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  return Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
