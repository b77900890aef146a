/** Tasks under way for one provider, and those that wait for room: what stalls one lane leaves the others alone. */
export class Lane {
  readonly #most: number;
  readonly #run: (task: Waiting) => Promise<void>;
  readonly #underWay = new Set<Promise<void>>();
  #waiting: Waiting[] = [];
  #begun = 0;

  /** `run` never rejects. */
  constructor(most: number, run: (task: Waiting) => Promise<void>) {
    this.#most = most;
    this.#run = run;
  }

  get room(): number {
    return Math.max(0, this.#most - this.#underWay.size - this.length);
  }

  /** Tasks that wait. */
  get length(): number {
    return this.#waiting.length - this.#begun;
  }

  get underWay(): ReadonlySet<Promise<void>> {
    return this.#underWay;
  }

  add(task: Waiting): void {
    if (this.#underWay.size < this.#most) this.#begin(task);
    else this.#waiting.push(task);
  }

  /** Those that have waited since before `beforeMs`, or all, which then wait no more. */
  takeBack(beforeMs = Number.POSITIVE_INFINITY): Waiting[] {
    const late = this.#waiting.findIndex((task, i) => i >= this.#begun && task.sinceMs >= beforeMs);
    const end = late === -1 ? this.#waiting.length : late;
    const taken = this.#waiting.slice(this.#begun, end);
    this.#waiting = this.#waiting.slice(end);
    this.#begun = 0;
    return taken;
  }

  #begin(task: Waiting): void {
    const running: Promise<void> = this.#run(task).finally(() => {
      this.#underWay.delete(running);
      const next = this.#next();
      if (next !== undefined) this.#begin(next);
    });
    this.#underWay.add(running);
  }

  /** The longest waiting. Taking the first of an array moves all others, so places are skipped and tidied up now and then. */
  #next(): Waiting | undefined {
    const next = this.#waiting[this.#begun];
    if (next === undefined) return undefined;
    this.#begun += 1;
    if (this.#begun > 1_000) {
      this.#waiting = this.#waiting.slice(this.#begun);
      this.#begun = 0;
    }
    return next;
  }
}

export type Waiting = {
  readonly work: () => Promise<void>;
  /** Gives it up before it has begun. */
  readonly giveBack: () => Promise<void>;
  readonly sinceMs: number;
};
