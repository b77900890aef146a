import { stopwatchMs } from '../../kernel/clock.ts';
import { ANSWER, COMMAND, STATUS } from './pdu.ts';

/** What became of a question. */
export type Reply =
  | { readonly kind: 'answer'; readonly status: number; readonly body: Buffer }
  /** It was not written. `isRefused`: the SMSC does not take our credentials, or is not who it should be. */
  | {
      readonly kind: 'unsent';
      readonly reason: string;
      readonly isRefused: boolean;
      readonly retryAfterMs: number | null;
    }
  /** It was written, and no answer will come. */
  | { readonly kind: 'unknown'; readonly reason: string };

type Question = {
  readonly command: number;
  readonly body: Buffer;
  readonly signal: AbortSignal;
  /** Asked right before it is written. */
  readonly isWanted: () => boolean;
};

export type WindowOptions = {
  readonly size: number;
  readonly perSecond: number;
  readonly patienceMs: number;
  readonly write: (command: number, sequence: number, body: Buffer) => void;
  /** An answer did not come in time. */
  readonly silent: () => void;
};

type Waiting = Question & { readonly settle: (reply: Reply) => void };
type Out = {
  readonly command: number;
  readonly isFirst: boolean;
  readonly settle: (reply: Reply) => void;
  readonly timer: NodeJS.Timeout;
};

const MOST_WAITING = 10_000;
const MOST_SEQUENCE = 0x7fff_ffff;
/** How long an SMSC that says it is too much is left alone. */
const THROTTLED_MS = 1_000;

/** The questions of one connection: those that wait for room, and those that are out. */
export class QuestionWindow {
  readonly #options: WindowOptions;
  /** In the order in which they came. */
  readonly #waiting = new Set<Waiting>();
  readonly #out = new Map<number, Out>();
  readonly #emptied = new Set<() => void>();
  #isOpen = false;
  #sequence: number;
  #used = 0;
  #pausedUntilMs = 0;
  #pause: NodeJS.Timeout | undefined;
  #credit: number;
  #creditedAtMs = stopwatchMs();

  constructor(options: WindowOptions, firstSequence = 1) {
    this.#options = options;
    this.#sequence = firstSequence - 1;
    this.#credit = options.perSecond;
  }

  ask(question: Question): Promise<Reply> {
    if (this.#waiting.size >= MOST_WAITING) {
      return Promise.resolve({
        ...{ kind: 'unsent', reason: 'too many messages wait for the SMSC' },
        ...{ isRefused: false, retryAfterMs: THROTTLED_MS },
      });
    }
    return new Promise((resolve) => {
      const { signal } = question;
      const stopped = () => {
        const wasWaiting = this.#waiting.delete(waiter);
        // What is out keeps its place until it is answered: the SMSC counts it.
        settle(
          wasWaiting
            ? { kind: 'unsent', reason: 'no room in time', isRefused: false, retryAfterMs: null }
            : { kind: 'unknown', reason: 'no answer in time' },
        );
      };
      const settle = (reply: Reply) => {
        signal.removeEventListener('abort', stopped);
        resolve(reply);
      };
      const waiter: Waiting = { ...question, settle };
      signal.addEventListener('abort', stopped, { once: true });
      this.#waiting.add(waiter);
      this.#pump();
    });
  }

  /** Asks at once and past all that wait: for what keeps the connection itself. */
  askFirst(command: number, body: Buffer, done: (reply: Reply) => void): void {
    this.#send(command, body, true, done);
  }

  answered(command: number, status: number, sequence: number, body: Buffer): void {
    const found = this.#out.get(sequence);
    if (found === undefined) return;
    if (command !== COMMAND.genericNack && command !== ANSWER + found.command) return;
    this.#forget(sequence);
    if (status === STATUS.throttled && !found.isFirst) this.#pausedUntilMs = stopwatchMs() + THROTTLED_MS;
    // A nack without a reason is none the less one.
    const isNack = command === COMMAND.genericNack && status === STATUS.ok;
    found.settle({ kind: 'answer', status: isNack ? STATUS.unknownError : status, body });
    this.#pump();
  }

  /** From now on questions are written. */
  open(): void {
    this.#isOpen = true;
    this.#pump();
  }

  /** Nothing that is out will be answered any more. What waits goes on waiting. */
  shut(reason: string): void {
    this.#isOpen = false;
    for (const sequence of [...this.#out.keys()]) {
      this.#forget(sequence)?.settle({ kind: 'unknown', reason });
    }
  }

  /** Nothing that waits will be written. */
  turnAway(reply: Reply): void {
    for (const waiter of [...this.#waiting]) {
      this.#waiting.delete(waiter);
      waiter.settle(reply);
    }
  }

  isWaitedFor(): boolean {
    return this.#waiting.size > 0;
  }

  /** Resolves once nothing is out, or when `signal` fires. */
  emptied(signal: AbortSignal): Promise<void> {
    if (this.#used === 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.#emptied.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#emptied.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  #pump(): void {
    while (this.#isOpen && this.#used < this.#options.size) {
      const [next] = this.#waiting;
      if (next === undefined || !this.#hasLeave()) return;
      this.#waiting.delete(next);
      if (next.isWanted()) this.#send(next.command, next.body, false, next.settle);
      else next.settle(EXPIRED);
    }
  }

  #send(command: number, body: Buffer, isFirst: boolean, settle: (reply: Reply) => void): void {
    const sequence = this.#nextSequence();
    const timer = setTimeout(() => {
      this.#forget(sequence);
      settle({ kind: 'unknown', reason: 'no answer in time' });
      if (!isFirst) this.#options.silent();
      this.#pump();
    }, this.#options.patienceMs);
    this.#out.set(sequence, { command, isFirst, settle, timer });
    if (!isFirst) this.#used += 1;
    this.#options.write(command, sequence, body);
  }

  #forget(sequence: number): Out | undefined {
    const found = this.#out.get(sequence);
    if (found === undefined) return undefined;
    clearTimeout(found.timer);
    this.#out.delete(sequence);
    if (!found.isFirst) this.#used -= 1;
    if (this.#used === 0) for (const tell of this.#emptied) tell();
    return found;
  }

  /** A number that no question under way has: after the last one they begin again at 1 (section 3.2). */
  #nextSequence(): number {
    do this.#sequence = this.#sequence >= MOST_SEQUENCE ? 1 : this.#sequence + 1;
    while (this.#out.has(this.#sequence));
    return this.#sequence;
  }

  /** Whether the SMSC may be given another message now; otherwise it is tried again when it may. */
  #hasLeave(): boolean {
    const nowMs = stopwatchMs();
    const { perSecond } = this.#options;
    let waitMs = this.#pausedUntilMs - nowMs;
    if (perSecond > 0 && waitMs <= 0) {
      const earned = ((nowMs - this.#creditedAtMs) * perSecond) / 1_000;
      this.#credit = Math.min(perSecond, this.#credit + earned);
      this.#creditedAtMs = nowMs;
      if (this.#credit < 1) waitMs = ((1 - this.#credit) * 1_000) / perSecond;
      else this.#credit -= 1;
    }
    if (waitMs <= 0) return true;
    if (this.#pause === undefined) this.#pause = setTimeout(() => this.#resume(), Math.ceil(waitMs));
    return false;
  }

  #resume(): void {
    this.#pause = undefined;
    this.#pump();
  }
}

const EXPIRED: Reply = {
  ...{ kind: 'unsent', reason: 'the code expired before it could be sent' },
  ...{ isRefused: true, retryAfterMs: null },
};
