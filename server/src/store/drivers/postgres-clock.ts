import { stopwatchMs } from '../../kernel/clock.ts';

/** How long a sample is held against later ones that look worse: a slow answer, not a slow clock. */
const SAMPLE_LIFE_MS = 5_000;

/**
 * The database's clock, kept here between the times when it tells it. A sample says how far that clock is ahead of
 * this process's stopwatch, less the time its answer took to arrive; so of the recent samples the highest is the
 * best. The wall clock of this machine plays no part. Never runs backwards.
 */
export class DatabaseClock {
  #aheadMs = 0;
  #sampledAtMs = Number.NEGATIVE_INFINITY;
  #highestMs = 0;

  /** Takes what the database just said, in milliseconds since the epoch. */
  sample(databaseMs: number): void {
    const nowMs = stopwatchMs();
    const aheadMs = databaseMs - nowMs;
    if (aheadMs < this.#aheadMs && nowMs - this.#sampledAtMs < SAMPLE_LIFE_MS) return;
    this.#aheadMs = aheadMs;
    this.#sampledAtMs = nowMs;
  }

  /** Since the sample that is gone by, in milliseconds. */
  ageMs(): number {
    return stopwatchMs() - this.#sampledAtMs;
  }

  nowMs(): number {
    this.#highestMs = Math.max(this.#highestMs, Math.floor(stopwatchMs() + this.#aheadMs));
    return this.#highestMs;
  }
}
