import type { Random } from '../driver/random.ts';
import { Disk, draw, type Engine, type Machine, type Spread, type Thread } from './engine.ts';

export type ShardOptions = {
  readonly machine: Machine;
  readonly sync: Spread;
  /**
   * There and back to the copies that must have a commit before it counts, their synced write not included;
   * null when copies follow later.
   */
  readonly replicaMs: number | null;
  /** How far copies that follow later are behind. */
  readonly lagMs: number;
};

/** `unknown`: it failed while a commit was under way, so nobody can tell. */
export type Answer = 'done' | 'away' | 'unknown';

/** One PostgreSQL primary with its disk and its copies: a whole database, or one shard of one. */
export class Shard {
  readonly #engine: Engine;
  readonly #options: ShardOptions;
  readonly #disk: Disk;
  readonly #copy: Disk;
  readonly #backends = new Map<object, Thread>();
  /** Grows with each failure: what was under way before belongs to a primary that is gone. */
  #reign = 0;
  #isUp = true;
  commits = 0;
  /** Acknowledged works that no copy has yet. */
  #uncopied = 0;
  lost = 0;

  constructor(engine: Engine, random: Random, options: ShardOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#disk = new Disk(engine, () => draw(random, options.sync));
    this.#copy = new Disk(engine, () => draw(random, options.sync));
  }

  /** Statements of one connection for so many works from outside, and a commit after them if it is asked for. */
  run(
    connection: object,
    workMs: number,
    commit: 'commit' | 'stay',
    works: number,
    answered: (answer: Answer) => void,
  ): void {
    if (!this.#isUp) {
      answered('away');
      return;
    }
    const reign = this.#reign;
    let settled = false;
    const answer = (said: Answer) => {
      if (settled) return;
      settled = true;
      answered(reign === this.#reign ? said : commit === 'commit' ? 'unknown' : 'away');
    };
    this.#backend(connection).run(workMs, () => {
      if (commit === 'stay' || reign !== this.#reign) answer('done');
      else {
        this.commits += 1;
        this.#disk.sync(() => this.#copied(works, reign, () => answer('done')));
      }
    });
  }

  fail(): void {
    this.#isUp = false;
    this.#reign += 1;
    this.lost += this.#uncopied;
    this.#uncopied = 0;
  }

  recover(): void {
    this.#isUp = true;
  }

  #copied(works: number, reign: number, done: () => void): void {
    const { replicaMs, lagMs } = this.#options;
    if (replicaMs !== null) {
      this.#engine.after(replicaMs / 2, () => this.#copy.sync(() => this.#engine.after(replicaMs / 2, done)));
      return;
    }
    if (reign === this.#reign) {
      this.#uncopied += works;
      this.#engine.after(lagMs, () => {
        if (reign === this.#reign) this.#uncopied -= works;
      });
    }
    done();
  }

  #backend(connection: object): Thread {
    let thread = this.#backends.get(connection);
    if (thread === undefined) {
      thread = this.#options.machine.thread();
      this.#backends.set(connection, thread);
    }
    return thread;
  }
}
