import type { Ledger } from '../crash/ledger.ts';
import { Client, header } from '../driver/client.ts';
import { recipient } from '../driver/numbers.ts';

/** One create of a probe. `status` 0: no answer; -1: nobody listened; null: not yet. */
type Sample = { readonly sentMs: number; answeredMs: number | null; status: number | null };
/** What a probe saw of one outage, in milliseconds from `fromMs`. */
export type Outage = {
  /** Until the first of the creates that succeed without a break; null when they never did. */
  readonly recoveredMs: number | null;
  /** Answers that came after `fromMs` to creates sent before the recovery, by status; 0 is none, -1 nobody listened. */
  readonly answers: Record<string, number>;
  readonly slowestAnswerMs: number;
};

const EVERY_MS = 200;
const ANSWER_LIMIT_MS = 20_000;
/** Creates that must succeed one after another before an outage counts as over. */
const STREAK = 10;
const ATTEMPTS = 3;

/**
 * Creates on one node every 200 ms, whether those before have been answered or not, and looks closely at the
 * answers: 201, or 503 with Retry-After, and nothing else. What is acknowledged is written down and left alone.
 */
export class Probe {
  readonly #url: string;
  readonly #accessKey: string;
  readonly #ledger: Ledger;
  readonly #nextNumber: () => number;
  /** In the order of sending. */
  readonly #samples: Sample[] = [];
  readonly #idle: Client[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;

  constructor(url: string, accessKey: string, ledger: Ledger, nextNumber: () => number) {
    this.#url = url;
    this.#accessKey = accessKey;
    this.#ledger = ledger;
    this.#nextNumber = nextNumber;
    this.#timer = setInterval(() => this.#send(), EVERY_MS);
  }

  /** The first answer to the latest creates that all succeeded, all sent at or after `fromMs`; null before that. */
  recoveredAtMs(fromMs: number): number | null {
    const since = this.#samples.filter(({ sentMs }) => sentMs >= fromMs);
    const good = since.slice(since.findLastIndex(({ status }) => status !== 201 && status !== null) + 1);
    const answered = good.map(({ answeredMs }) => answeredMs).filter((ms) => ms !== null);
    return answered.length < STREAK ? null : Math.min(...answered);
  }

  outage(fromMs: number): Outage {
    const recoveredAtMs = this.recoveredAtMs(fromMs);
    const answers: Record<string, number> = {};
    let slowestAnswerMs = 0;
    for (const { sentMs, answeredMs, status } of this.#samples) {
      if (answeredMs === null || answeredMs < fromMs) continue;
      if (recoveredAtMs !== null && sentMs >= recoveredAtMs) continue;
      answers[String(status)] = (answers[String(status)] ?? 0) + 1;
      slowestAnswerMs = Math.max(slowestAnswerMs, answeredMs - sentMs);
    }
    return { recoveredMs: recoveredAtMs === null ? null : recoveredAtMs - fromMs, answers, slowestAnswerMs };
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    for (const client of this.#idle) client.close();
  }

  #send(): void {
    const client = this.#idle.pop() ?? new Client(this.#url, this.#accessKey, ANSWER_LIMIT_MS);
    const sample: Sample = { sentMs: performance.now(), answeredMs: null, status: null };
    this.#samples.push(sample);
    const answered = this.#create(client).then((status) => {
      sample.status = status;
      sample.answeredMs = performance.now();
      this.#idle.push(client);
      this.#underWay.delete(answered);
    });
    this.#underWay.add(answered);
  }

  async #create(client: Client): Promise<number> {
    const to = recipient(this.#nextNumber());
    const wanted = { recipient: to, maxAttempts: ATTEMPTS, timeout: 7_200, returnToken: true };
    const reply = await client.request('POST', '/verify', wanted);
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
