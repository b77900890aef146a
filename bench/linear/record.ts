import { recipient } from '../driver/numbers.ts';
import { between, pick, type Random } from '../driver/random.ts';
import { type Made, VerifyClient, wrongToken } from '../driver/verify-client.ts';
import type { Event } from './checker.ts';
import type { Op } from './model.ts';

const LIMIT = 3;
const MOST_OPS = 12;
// Guesses most of all: they are what must not race.
const OPS: readonly Op[] = ['right', 'right', 'wrong', 'wrong', 'wrong', 'read', 'read', 'delete'];

/** The callers of one history after another: one connection each, dealt out over the nodes. */
export class Recorder {
  readonly #callers: VerifyClient[];
  #clock = 0;

  constructor(urls: readonly string[], accessKey: string, callers: number) {
    this.#callers = Array.from(
      { length: callers },
      (_, i) => new VerifyClient(urls[i % urls.length] ?? '', accessKey),
    );
  }

  /** Makes one verification and lets all callers at it at once; answers what each of them saw. */
  async record(number: number, random: Random): Promise<Event[]> {
    const made = await this.#callers[0]?.create(recipient(number), LIMIT, 3_600);
    if (made === undefined || typeof made === 'string') throw new Error(`no verification to test: ${made}`);
    const events: Event[] = [];
    const each = Math.floor(MOST_OPS / this.#callers.length);
    // Chosen before anything is sent, so that the same seed asks the same, whatever the timing.
    const plans = this.#callers.map(() =>
      Array.from({ length: between(random, 1, each) }, () => plan(random)),
    );
    await Promise.all(
      this.#callers.map(async (caller, i) => {
        for (const [step, { op, hangUp }] of (plans[i] ?? []).entries()) {
          const invokedAt = ++this.#clock;
          const told = await ask(caller, made, op, 1 + i * MOST_OPS + step, hangUp);
          if (told === 'unsent') continue;
          events.push({ op, invokedAt, answer: told === 'unknown' ? null : { told, at: ++this.#clock } });
        }
      }),
    );
    return events;
  }

  close(): void {
    for (const caller of this.#callers) caller.close();
  }
}

/** One in twenty hangs up as soon as it has asked. */
function plan(random: Random): { op: Op; hangUp: boolean } {
  return { op: pick(random, OPS), hangUp: random() < 0.05 };
}

async function ask(caller: VerifyClient, made: Made, op: Op, n: number, hangUp: boolean): Promise<string> {
  switch (op) {
    case 'read':
      return caller.read(made.id);
    case 'delete':
      return caller.remove(made.id, hangUp);
    case 'right':
    case 'wrong': {
      const token = op === 'right' ? made.token : wrongToken(made.token, n);
      const answer = await caller.guess(made.id, token, hangUp);
      return answer.kind === 'judged' ? `judged ${answer.attemptsLeft}` : answer.kind;
    }
  }
}
