import type { Random } from '../driver/random.ts';

type Event = { readonly atMs: number; readonly order: number; readonly happen: () => void };

/** Simulated time: what is to happen, in the order of its time; at the same moment, in the order it was planned. */
export class Engine {
  nowMs = 0;
  readonly #heap: Event[] = [];
  #planned = 0;

  after(delayMs: number, happen: () => void): void {
    const heap = this.#heap;
    const event = { atMs: this.nowMs + Math.max(0, delayMs), order: this.#planned++, happen };
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, event)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  /** Lets everything happen that is due until `untilMs`. */
  run(untilMs: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.atMs <= untilMs; next = this.#heap[0]) {
      this.#removeFirst();
      this.nowMs = next.atMs;
      next.happen();
    }
    this.nowMs = untilMs;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      let below = heap[child];
      const other = heap[child + 1];
      if (other !== undefined && below !== undefined && isBefore(other, below)) {
        child += 1;
        below = other;
      }
      if (below === undefined || isBefore(last, below)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
  }
}

const isBefore = (a: Event, b: Event): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

type Task = { leftMs: number; readonly done: () => void };

/** One thread: its tasks run one after another. It has a core of its machine, or a share of one. */
export class Thread {
  readonly #machine: Machine;
  readonly tasks: Task[] = [];
  busyMs = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  run(workMs: number, done: () => void): void {
    this.tasks.push({ leftMs: workMs, done });
    if (this.tasks.length === 1) this.#machine.woke(this);
  }
}

/** Cores shared evenly by the threads that have something to do; the more of them work, the slower is each. */
export class Machine {
  readonly #engine: Engine;
  readonly #cores: number;
  readonly #crowding: number;
  readonly #busy = new Set<Thread>();
  #sinceMs = 0;
  #plan = 0;

  /** `crowding`: the speed of a core while all work, beside its speed when it works alone. */
  constructor(engine: Engine, cores: number, crowding = 1) {
    this.#engine = engine;
    this.#cores = cores;
    this.#crowding = crowding;
  }

  thread(): Thread {
    return new Thread(this);
  }

  woke(thread: Thread): void {
    this.#progress();
    this.#busy.add(thread);
    this.#planNext();
  }

  #rate(): number {
    const working = Math.max(1, Math.min(this.#busy.size, this.#cores));
    const share = working / Math.max(1, this.#busy.size);
    return share * speedOf(working, this.#cores, this.#crowding);
  }

  #progress(): void {
    const workedMs = (this.#engine.nowMs - this.#sinceMs) * this.#rate();
    this.#sinceMs = this.#engine.nowMs;
    for (const thread of this.#busy) {
      const [task] = thread.tasks;
      if (task === undefined) continue;
      task.leftMs -= workedMs;
      thread.busyMs += workedMs;
    }
  }

  #planNext(): void {
    const plan = ++this.#plan;
    if (this.#busy.size === 0) return;
    const leastMs = Math.min(...[...this.#busy].map(({ tasks }) => tasks[0]?.leftMs ?? 0));
    this.#engine.after(leastMs / this.#rate(), () => {
      // Who woke meanwhile has changed everybody's share, and planned anew.
      if (plan === this.#plan) this.#finish();
    });
  }

  #finish(): void {
    this.#progress();
    const finished: Task[] = [];
    for (const thread of this.#busy) {
      const [task] = thread.tasks;
      if (task === undefined || task.leftMs > 1e-9) continue;
      thread.tasks.shift();
      finished.push(task);
      if (thread.tasks.length === 0) this.#busy.delete(thread);
    }
    this.#planNext();
    for (const { done } of finished) done();
  }
}

/** The speed of each core while `working` of them work on average, beside that of one alone. */
export function speedOf(working: number, cores: number, crowding: number): number {
  if (cores <= 1) return 1;
  const crowd = Math.min(1, Math.max(0, (working - 1) / (cores - 1)));
  return 1 - (1 - crowding) * crowd;
}

/** A duration that is long now and then: log-normal, from its median and its 99th percentile. */
export type Spread = { readonly medianMs: number; readonly p99Ms: number };

const Z99 = 2.326;

export function draw(random: Random, { medianMs, p99Ms }: Spread): number {
  if (p99Ms <= medianMs || medianMs === 0) return medianMs;
  // Box-Muller; 1 - random() is never 0.
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return medianMs * Math.exp((Math.log(p99Ms / medianMs) / Z99) * normal);
}

/** A disk whose synced writes are shared: all that ask while one is under way share the next. */
export class Disk {
  readonly #engine: Engine;
  readonly #syncMs: () => number;
  #waiting: (() => void)[] = [];
  #isBusy = false;
  syncs = 0;

  constructor(engine: Engine, syncMs: () => number) {
    this.#engine = engine;
    this.#syncMs = syncMs;
  }

  sync(done: () => void): void {
    this.#waiting.push(done);
    if (!this.#isBusy) this.#next();
  }

  #next(): void {
    const served = this.#waiting;
    this.#isBusy = served.length > 0;
    if (!this.#isBusy) return;
    this.#waiting = [];
    this.syncs += 1;
    this.#engine.after(this.#syncMs(), () => {
      for (const done of served) done();
      this.#next();
    });
  }
}
