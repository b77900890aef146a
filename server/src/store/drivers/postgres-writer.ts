import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../../kernel/backoff.ts';
import { stopwatchMs } from '../../kernel/clock.ts';
import type { Random } from '../../kernel/random.ts';
import type { IdCodec } from '../ids.ts';
import { type BatchTold, StoreUnavailable } from '../store.ts';
import { Batch, type Outcome, type Work } from './postgres-batch.ts';
import type { DatabaseClock } from './postgres-clock.ts';
import { type Verdict, verdictOn } from './postgres-failure.ts';
import type { Link } from './postgres-link.ts';
import { ROLLBACK, SetStatements } from './postgres-statements.ts';
import type { WritingLink } from './postgres-writing-link.ts';

/** Works that share one commit, at most. */
const MOST_IN_BATCH = 512;
/** How long a work is tried before it is refused, when the database is away or its rows cannot be had. */
const PATIENCE_MS = 5_000;
const FIRST_RETRY_MS = 5;
const LONGEST_RETRY_MS = 500;

export type WriterDeps = {
  readonly connection: WritingLink;
  readonly ids: IdCodec;
  readonly clock: DatabaseClock;
  readonly random: Random;
  readonly told: BatchTold;
};

type Waiting = {
  readonly work: Work;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly sinceMs: number;
  /** Times its writes were refused while it was alone in its batch. */
  refusals: number;
  /** Whether a row that it needs was not to be had. */
  isStuck: boolean;
};

/** Gathers works into batches, and sees to it that each is kept, or told that it is not. */
export class Writer {
  readonly #deps: WriterDeps;
  readonly #statements = new SetStatements();
  /** Drawn anew at each start, so that no two nodes have the same. */
  readonly #part: number;
  #waiting: Waiting[] = [];
  #isRunning = false;
  #running: Promise<void> = Promise.resolve();
  #most = MOST_IN_BATCH;
  #failures = 0;

  constructor(deps: WriterDeps) {
    this.#deps = deps;
    this.#part = 1 + deps.random.below(2 ** 31 - 1);
  }

  run(work: Work): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const sinceMs = stopwatchMs();
      this.#waiting.push({ work, resolve, reject, sinceMs, refusals: 0, isStuck: false });
      if (this.#isRunning) return;
      this.#isRunning = true;
      this.#running = this.#runAll();
    });
  }

  /** Resolves when nothing is waiting or under way any more. */
  finish(): Promise<void> {
    return this.#running;
  }

  async #runAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      // After the poll phase, so that all requests read in this turn of the loop share the commit.
      await new Promise((resolve) => setImmediate(resolve));
      await this.#runBatch(this.#waiting.splice(0, this.#most));
    }
    this.#isRunning = false;
  }

  /** Runs one batch. Each of its works is settled, or waits again at the front. Never rejects. */
  async #runBatch(batch: readonly Waiting[]): Promise<void> {
    const { connection, ids, clock } = this.#deps;
    const link = await connection.open();
    if (link === null) return this.#tryAgain(batch);
    // Whoever came upon a locked row once waits for it no more: with it would wait everybody else in the batch.
    const isPolite = batch.some(({ isStuck }) => isStuck);
    const deps = { link, ids, clock, isPolite, statements: this.#statements, part: this.#part };
    const attempt = new Batch(deps, batch.length);
    const sinceMs = stopwatchMs();
    try {
      const outcomes = await attempt.run(batch.map(({ work }) => work));
      this.#deps.told(batch.length, stopwatchMs() - sinceMs, this.#waiting.length);
      this.#most = Math.min(MOST_IN_BATCH, this.#most * 2);
      this.#failures = 0;
      await this.#settle(batch, outcomes);
    } catch (error) {
      const verdict = verdictOn(error);
      await this.#letGo(link, verdict, error);
      const isUnknown = verdict === 'lost' && attempt.mayBeKept;
      if (isUnknown) refuse(batch, 'it is not known whether it was kept', error);
      else await this.#afterFailure(batch, verdict, isPolite, error);
    }
  }

  async #letGo(link: Link, verdict: Verdict, error: unknown): Promise<void> {
    const { connection } = this.#deps;
    if (verdict === 'lost') return connection.drop(link, error);
    await link.trip([ROLLBACK]).catch((cause) => connection.drop(link, cause));
  }

  async #settle(batch: readonly Waiting[], outcomes: readonly Outcome[]): Promise<void> {
    const putOff: Waiting[] = [];
    for (const [i, waiting] of batch.entries()) {
      const outcome = outcomes[i];
      if (outcome?.kind === 'kept') waiting.resolve(outcome.value);
      else if (outcome?.kind === 'dropped') waiting.reject(outcome.error);
      else putOff.push(waiting);
    }
    if (putOff.length === 0) return;
    for (const waiting of putOff) waiting.isStuck = true;
    if (putOff.length === batch.length) await this.#tryAgain(putOff);
    else this.#putBack(putOff);
  }

  /** Nothing of the batch was kept. Smaller batches follow, until whoever was in the way is alone. */
  async #afterFailure(
    batch: readonly Waiting[],
    verdict: Verdict,
    wasPolite: boolean,
    error: unknown,
  ): Promise<void> {
    if (verdict === 'exhausted') return refuse(batch, 'the database cannot keep it', error);
    const [alone] = batch;
    if (verdict === 'refused' && batch.length === 1 && alone !== undefined) {
      alone.refusals += 1;
      // Somebody else may have made the same row meanwhile; then the work now finds it.
      if (alone.refusals > 1) return refuse(batch, 'the database refused a write', error);
    }
    if (verdict === 'conflict') for (const waiting of batch) waiting.isStuck = true;
    const mustSplit = verdict === 'refused' || (verdict === 'conflict' && wasPolite);
    if (mustSplit) this.#most = Math.ceil(batch.length / 2);
    await this.#tryAgain(batch, error);
  }

  async #tryAgain(batch: readonly Waiting[], error?: unknown): Promise<void> {
    this.#putBack(batch, error);
    const spread = this.#deps.random.below(256) / 255;
    await sleep(backoffMs(this.#failures, FIRST_RETRY_MS, LONGEST_RETRY_MS, spread));
    this.#failures += 1;
  }

  /** Works wait again, at the front, save those that have been tried for long enough. */
  #putBack(batch: readonly Waiting[], error?: unknown): void {
    const nowMs = stopwatchMs();
    const isLate = ({ sinceMs }: Waiting) => nowMs - sinceMs > PATIENCE_MS;
    const all = [...batch, ...this.#waiting];
    this.#waiting = all.filter((waiting) => !isLate(waiting));
    refuse(all.filter(isLate), 'the database, or a row, was not to be had in time', error);
  }
}

function refuse(batch: readonly Waiting[], why: string, cause: unknown): void {
  for (const { reject } of batch) reject(new StoreUnavailable(why, { cause }));
}
