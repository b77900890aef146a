import type { Answer, Shard } from './database.ts';
import type { Engine, Machine, Thread } from './engine.ts';
import { type Costs, MOST_IN_BATCH, PATIENCE_MS } from './parameters.ts';

export type Kind = 'create' | 'check' | 'settle';
export type Result = 'kept' | 'refused';

/** How the processor time of one work falls before, within and after its batch. Only the sum is measured. */
const SHARES = { arrive: 0.4, compose: 0.2, judge: 0.2, answer: 0.2 } as const;
/** Of the database's time for a work, that of the reading trip; the rest is writing. */
const READING = 0.4;
const RETRY_MS = 250;

export type NodeOptions = {
  readonly machine: Machine;
  readonly node: Costs;
  readonly database: Costs;
  /** There and back to a shard. */
  readonly hopMs: (shard: number) => number;
  readonly shards: readonly Shard[];
  /**
   * `one`: a batch for whatever waits, over all shards, committed in two phases where there are several;
   * `by shard`: a batch for each shard, side by side.
   */
  readonly lanes: 'one' | 'by shard';
};

const fromOutside = (works: readonly Waiting[]): number =>
  works.filter(({ kind }) => kind !== 'settle').length;

type Waiting = {
  readonly kind: Kind;
  readonly shard: number;
  readonly sinceMs: number;
  readonly done: (result: Result) => void;
};

/** One Roost process: one thread, and for each lane one batch in flight. */
export class Node {
  readonly #engine: Engine;
  readonly #options: NodeOptions;
  readonly #thread: Thread;
  readonly #lanes: readonly Lane[];
  isUp = true;

  constructor(engine: Engine, options: NodeOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#thread = options.machine.thread();
    const count = options.lanes === 'one' ? 1 : options.shards.length;
    this.#lanes = Array.from({ length: count }, () => new Lane(engine, options, this.#thread));
  }

  /** A request from outside. After a create that was kept, the node hands the message over and writes that down. */
  request(kind: 'create' | 'check', shard: number, answered: (result: Result) => void): void {
    if (!this.isUp) {
      answered('refused');
      return;
    }
    this.#thread.run(this.#options.node[`${kind}Ms`] * SHARES.arrive, () =>
      this.#join(kind, shard, (result) => {
        answered(this.isUp ? result : 'refused');
        if (kind === 'create' && result === 'kept') this.#join('settle', shard, () => {});
      }),
    );
  }

  get busyMs(): number {
    return this.#thread.busyMs;
  }

  #join(kind: Kind, shard: number, done: Waiting['done']): void {
    const lane = this.#lanes[this.#options.lanes === 'one' ? 0 : shard];
    lane?.join({ kind, shard, done, sinceMs: this.#engine.nowMs });
  }
}

class Lane {
  readonly #engine: Engine;
  readonly #options: NodeOptions;
  readonly #thread: Thread;
  #waiting: Waiting[] = [];
  #isRunning = false;

  constructor(engine: Engine, options: NodeOptions, thread: Thread) {
    this.#engine = engine;
    this.#options = options;
    this.#thread = thread;
  }

  join(waiting: Waiting): void {
    this.#waiting.push(waiting);
    if (this.#isRunning) return;
    this.#isRunning = true;
    // What arrived with it is read first.
    this.#thread.run(0, () => this.#next());
  }

  #next(): void {
    const batch = this.#waiting.splice(0, MOST_IN_BATCH);
    this.#isRunning = batch.length > 0;
    if (!this.#isRunning) return;
    this.#compute(batch, SHARES.compose, () =>
      this.#trip(batch, READING, 'stay', (read) => {
        if (read === 'done') this.#judge(batch);
        else this.#tryAgain(batch);
      }),
    );
  }

  #judge(batch: readonly Waiting[]): void {
    this.#compute(batch, SHARES.judge, () =>
      this.#commit(batch, (kept) => {
        if (kept === 'away') this.#tryAgain(batch);
        else this.#answer(batch, kept === 'done' ? 'kept' : 'refused');
      }),
    );
  }

  #answer(batch: readonly Waiting[], result: Result): void {
    this.#thread.run(this.#cost(batch, SHARES.answer), () => {
      for (const { done } of batch) done(result);
      this.#next();
    });
  }

  /** Half of what a batch costs by itself, and a share of what its works cost. */
  #compute(batch: readonly Waiting[], share: number, done: () => void): void {
    this.#thread.run(this.#options.node.batchMs / 2 + this.#cost(batch, share), done);
  }

  #cost(batch: readonly Waiting[], share: number): number {
    return batch.reduce((sum, { kind }) => sum + this.#options.node[`${kind}Ms`] * share, 0);
  }

  #commit(batch: readonly Waiting[], answered: (answer: Answer) => void): void {
    const spans = new Set(batch.map(({ shard }) => shard)).size > 1;
    // Prepared everywhere, then committed everywhere; each is written down durably.
    this.#trip(batch, 1 - READING, 'commit', (prepared) => {
      if (spans && prepared === 'done') this.#trip(batch, 0, 'commit', answered);
      else answered(prepared);
    });
  }

  /** One trip to every shard that the batch touches, at once; the slowest decides. */
  #trip(
    batch: readonly Waiting[],
    share: number,
    commit: 'commit' | 'stay',
    answered: (answer: Answer) => void,
  ): void {
    const { shards, database, hopMs } = this.#options;
    const parts = Map.groupBy(batch, ({ shard }) => shard);
    let open = parts.size;
    let worst: Answer = 'done';
    for (const [number, works] of parts) {
      const workMs =
        database.batchMs / 2 + works.reduce((sum, { kind }) => sum + database[`${kind}Ms`] * share, 0);
      const wayMs = hopMs(number) / 2;
      this.#engine.after(wayMs, () =>
        shards[number]?.run(this, workMs, commit, fromOutside(works), (answer) =>
          this.#engine.after(wayMs, () => {
            if (answer !== 'done' && worst !== 'unknown') worst = answer;
            open -= 1;
            if (open === 0) answered(worst);
          }),
        ),
      );
    }
  }

  #tryAgain(batch: readonly Waiting[]): void {
    const all = [...batch, ...this.#waiting];
    const isLate = ({ sinceMs }: Waiting) => this.#engine.nowMs - sinceMs > PATIENCE_MS;
    this.#waiting = all.filter((waiting) => !isLate(waiting));
    for (const { done } of all.filter(isLate)) done('refused');
    this.#engine.after(RETRY_MS, () => this.#next());
  }
}
