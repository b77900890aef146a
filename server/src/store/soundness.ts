import type { Retention } from '../domain/retention.ts';
import type { Mode } from '../domain/scope.ts';
import { systemRandom } from '../kernel/random.ts';
import { type Connection, selectAll, type TableShape } from './connection.ts';
import { type IdCodec, idCodec } from './ids.ts';
import { outstanding } from './migrations.ts';
import { type Fact, factsOf } from './soundness-facts.ts';
import type { SqlRow, SqlValue } from './table.ts';

/** One thing that is not as it must be: how often, and what it was found at. */
export type Problem = {
  readonly check: string;
  readonly count: number;
  readonly examples: readonly string[];
};
export type Soundness = {
  readonly rows: { readonly [table: string]: number };
  /** Everything that was looked at, in words. */
  readonly checks: readonly string[];
  readonly problems: readonly Problem[];
};

export type SoundnessOptions = {
  readonly nowMs: number;
  readonly retention: Retention;
  /** Whether this setting fits the master key. */
  readonly fits: (setting: { readonly name: string; readonly value: string }) => boolean;
  /** Opens the sealed recipient of a verification. @throws when it was sealed elsewhere, or altered */
  readonly opens: (sealed: Uint8Array, owner: { projectId: string; mode: Mode; id: string }) => void;
};

const MOST_EXAMPLES = 3;
const ID_KEY = /^[0-9a-f]{32}$/;
const OPENS = 'sealed recipients open, each in its own row';

/**
 * Checks a database as it is committed at this moment: its files, its schema, and every row against what must hold.
 * Changes nothing, so nodes may go on serving.
 */
export async function checkSoundness(connection: Connection, options: SoundnessOptions): Promise<Soundness> {
  const inspection = new Inspection(connection, options);
  await connection.begin('snapshot');
  try {
    return await inspection.run();
  } finally {
    await connection.end('ROLLBACK');
  }
}

class Inspection {
  readonly #connection: Connection;
  readonly #options: SoundnessOptions;
  readonly #checks: string[] = [];
  readonly #problems = new Map<string, { count: number; examples: string[] }>();
  readonly #rows: Record<string, number> = {};
  #ids: IdCodec | null = null;

  constructor(connection: Connection, options: SoundnessOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  async run(): Promise<Soundness> {
    await this.#look('the files are as the database left them', async (found) => {
      for (const damage of await this.#connection.damages()) found(damage);
    });
    await this.#look('the schema is that of this Roost', async (found) => {
      const left = outstanding(await this.#connection.applied(), this.#connection.dialect);
      if (left.length > 0) found('steps are outstanding: run roost migrate');
    });
    let shapes: readonly TableShape[] = [];
    await this.#look('the tables are there', async (found) => {
      shapes = await this.#connection.shapes();
      for (const name of ['verifications', 'messages', 'access_keys', 'settings']) {
        if (!shapes.some((shape) => shape.name === name)) found(name);
      }
    });
    await this.#settings(shapes);
    for (const shape of shapes) await this.#table(shape);
    const asOfMs = Math.min(this.#options.nowMs, await this.#newest(shapes));
    for (const fact of factsOf(asOfMs, this.#options.retention)) {
      if (fact.tables.every((name) => name in this.#rows)) await this.#fact(fact);
    }
    const problems = [...this.#problems].map(([check, { count, examples }]) => ({ check, count, examples }));
    return { rows: this.#rows, checks: this.#checks, problems };
  }

  /** Makes one check. What cannot even be asked has failed it. */
  async #look(check: string, work: (found: (example: string) => void) => Promise<void>): Promise<void> {
    this.#checks.push(check);
    const found = (example: string) => {
      const problem = this.#problems.get(check) ?? { count: 0, examples: [] };
      problem.count += 1;
      if (problem.examples.length < MOST_EXAMPLES) problem.examples.push(example);
      this.#problems.set(check, problem);
    };
    await work(found).catch((error: unknown) =>
      found(error instanceof Error ? error.message : String(error)),
    );
  }

  async #settings(shapes: readonly TableShape[]): Promise<void> {
    if (!shapes.some(({ name }) => name === 'settings')) return;
    const settings = new Map<string, string>();
    await this.#look('the key of the ids is there', async (found) => {
      const rows = await this.#connection.run('SELECT name, value FROM settings');
      for (const [name, value] of rows) settings.set(String(name), String(value));
      const idKey = settings.get('id key') ?? '';
      if (ID_KEY.test(idKey)) this.#ids = idCodec(Buffer.from(idKey, 'hex'), systemRandom);
      else found('settings has none, or one that is no key');
    });
    await this.#look('the master key is the one that the database was made under', async (found) => {
      if (!settings.has('key check')) found('the database does not say which it needs');
      for (const [name, value] of settings) {
        if (!this.#options.fits({ name, value })) found('it was made under another one');
      }
    });
  }

  /** Reads every row of a table. */
  async #table(shape: TableShape): Promise<void> {
    this.#rows[shape.name] = 0;
    const opened: ((found: (example: string) => void) => void)[] = [];
    await this.#look(`${shape.name} can be read`, async () => {
      for await (const rows of this.#connection.pages(selectAll(shape))) {
        this.#rows[shape.name] = (this.#rows[shape.name] ?? 0) + rows.length;
        if (shape.name === 'verifications') this.#open(shape, rows, opened);
      }
    });
    if (shape.name !== 'verifications' || this.#ids === null) return;
    await this.#look(OPENS, async (found) => {
      for (const each of opened) each(found);
    });
  }

  /** Notes the rows whose recipients do not open. */
  #open(
    shape: TableShape,
    rows: readonly SqlRow[],
    noted: ((found: (example: string) => void) => void)[],
  ): void {
    const at = (name: string) => shape.columns.findIndex((column) => column.name === name);
    const [id, projectId, mode, sealed] = ['id', 'project_id', 'mode', 'sealed_recipient'].map(at);
    for (const row of rows) {
      const value = row[sealed ?? -1];
      const name = this.#nameOf(row[id ?? -1]);
      if (this.#ids === null || !(value instanceof Uint8Array)) continue;
      try {
        this.#options.opens(value, {
          ...{ id: name, projectId: String(row[projectId ?? -1]), mode: row[mode ?? -1] as Mode },
        });
      } catch {
        noted.push((found) => found(name));
      }
    }
  }

  #fact({ check, broken, values = [] }: Fact): Promise<void> {
    return this.#look(check, async (found) => {
      for (const [what] of await this.#connection.run(broken, values)) found(this.#nameOf(what));
    });
  }

  async #newest(shapes: readonly TableShape[]): Promise<number> {
    if (!shapes.some(({ name }) => name === 'verifications')) return 0;
    const sql = 'SELECT max(created_at_ms) FROM verifications';
    const rows = await this.#connection.run(sql).catch(() => []);
    return Number(rows[0]?.[0] ?? 0);
  }

  /** Ids as the world sees them. */
  #nameOf(value: SqlValue | undefined): string {
    if (!(value instanceof Uint8Array)) return String(value);
    const isId = value.length === 16 && this.#ids !== null;
    return isId && this.#ids !== null ? this.#ids.fromStored(value) : Buffer.from(value).toString('hex');
  }
}
