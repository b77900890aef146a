import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger } from '../crash/ledger.ts';
import { Client, header } from '../driver/client.ts';
import { recipient } from '../driver/numbers.ts';

/** One create of a probe. `status` 0: no answer; -1: nobody listened. */
type Sample = { readonly sentMs: number; readonly answeredMs: number; readonly status: number };
/** What a probe saw of one outage, in milliseconds from `fromMs`. */
export type Outage = {
  /** Until the first of the creates that succeed without a break; null when they never did. */
  readonly recoveredMs: number | null;
  /** Answers to creates that were sent before that, by status; 0 is none, -1 a refused connection. */
  readonly answers: Record<string, number>;
  readonly slowestAnswerMs: number;
};

const EVERY_MS = 100;
const ANSWER_LIMIT_MS = 20_000;
/** Creates that must succeed one after another before an outage counts as over. */
const STREAK = 20;
const ATTEMPTS = 3;

/**
 * Creates on one node every 100 ms, one at a time, and looks closely at the answers: 201, or 503 with Retry-After,
 * and nothing else. What is acknowledged is written down and then left alone.
 */
export class Probe {
  readonly #client: Client;
  readonly #ledger: Ledger;
  readonly #nextNumber: () => number;
  readonly #samples: Sample[] = [];
  #stopped = false;
  readonly #ended: Promise<void>;

  constructor(url: string, accessKey: string, ledger: Ledger, nextNumber: () => number) {
    this.#client = new Client(url, accessKey, ANSWER_LIMIT_MS);
    this.#ledger = ledger;
    this.#nextNumber = nextNumber;
    this.#ended = this.#run();
  }

  /** The moment of the first of the latest creates that all succeeded, sent at or after `fromMs`; null before that. */
  recoveredAtMs(fromMs: number): number | null {
    const since = this.#samples.filter(({ sentMs }) => sentMs >= fromMs);
    const lastBad = since.findLastIndex(({ status }) => status !== 201);
    const good = since.slice(lastBad + 1);
    return good.length < STREAK ? null : (good[0]?.answeredMs ?? null);
  }

  outage(fromMs: number): Outage {
    const recoveredAtMs = this.recoveredAtMs(fromMs);
    const answers: Record<string, number> = {};
    let slowestAnswerMs = 0;
    for (const { sentMs, answeredMs, status } of this.#samples) {
      if (answeredMs < fromMs || (recoveredAtMs !== null && answeredMs >= recoveredAtMs)) continue;
      answers[status] = (answers[status] ?? 0) + 1;
      slowestAnswerMs = Math.max(slowestAnswerMs, answeredMs - sentMs);
    }
    return { recoveredMs: recoveredAtMs === null ? null : recoveredAtMs - fromMs, answers, slowestAnswerMs };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended;
    this.#client.close();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const sentMs = performance.now();
      const status = await this.#create();
      const answeredMs = performance.now();
      this.#samples.push({ sentMs, answeredMs, status });
      await sleep(Math.max(0, EVERY_MS - (answeredMs - sentMs)));
    }
  }

  async #create(): Promise<number> {
    const to = recipient(this.#nextNumber());
    const wanted = { recipient: to, maxAttempts: ATTEMPTS, timeout: 7_200, returnToken: true };
    const reply = await this.#client.request('POST', '/verify', wanted);
    if (reply.kind === 'unsent') return -1;
    if (reply.kind === 'unknown') return 0;
    if (reply.status === 201) {
      const made = JSON.parse(reply.body) as { id: string; token: string; messages: { href: string } };
      const messageId = made.messages.href.slice(made.messages.href.lastIndexOf('/') + 1);
      this.#ledger.made({ id: made.id, token: made.token, recipient: to, messageId, attempts: ATTEMPTS });
    } else if (reply.status !== 503) {
      this.#ledger.problem(null, `a create was answered ${reply.status}: ${reply.body.slice(0, 200)}`);
    } else if (!/^\d+$/.test(header(reply.head, 'Retry-After') ?? '')) {
      this.#ledger.problem(null, 'a create was answered 503 without Retry-After in seconds');
    }
    return reply.status;
  }
}
