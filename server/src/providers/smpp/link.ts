import type { Socket } from 'node:net';
import { backoffMs } from '../../kernel/backoff.ts';
import { stopwatchMs } from '../../kernel/clock.ts';
import { bytesField, textField, Unreadable } from './fields.ts';
import { ANSWER, COMMAND, type Pdu, pduReader, STATUS, statusName, writePdu } from './pdu.ts';
import { QuestionWindow, type Reply } from './window.ts';

export type LinkOptions = {
  /** Opens a connection; it is not ready yet. */
  readonly connect: () => Socket;
  /** The event of such a connection by which it is ready. */
  readonly readyEvent: 'connect' | 'secureConnect';
  readonly systemId: string;
  readonly password: string;
  readonly systemType: string;
  /** Questions that may be without an answer at one time. */
  readonly window: number;
  /** Messages a second; 0 for as many as the SMSC takes. */
  readonly perSecond: number;
  /** A connection that is silent for so long is asked whether it is there. */
  readonly enquireMs: number;
  /** How long connecting and binding, and every answer, may take. */
  readonly patienceMs: number;
  /** Chance for the waits between connections, 0 to 1. */
  readonly spread: () => number;
  /** Takes a `deliver_sm` or `data_sm`, and tells the status to answer with. */
  readonly deliver: (command: number, body: Buffer) => Promise<number>;
};

export interface Link {
  /** Asks once the SMSC has room, unless `signal` fires before. Never throws. `isWanted` is asked right before. */
  ask(command: number, body: Buffer, signal: AbortSignal, isWanted?: () => boolean): Promise<Reply>;
  /** Connects and binds, and keeps doing so, without a question. */
  open(): void;
  /** Takes no more, waits for the answers that are out until `signal` fires, unbinds and disconnects. */
  close(signal: AbortSignal): Promise<void>;
}

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;
/** A connection that stood so long was good: the next one is tried soon. */
const GOOD_AFTER_MS = 10_000;
/** Whoever asks while the next try is further away is told so, and may take another route. */
const LONGEST_WAIT_MS = 1_000;
const MOST_UNTAKEN_BYTES = 1_048_576;
const MOST_DELIVERIES = 256;
const UNBIND_MS = 1_000;
const VERSION = 0x34;
const WRONG_CREDENTIALS: readonly number[] = [
  ...[STATUS.bindFailed, STATUS.wrongPassword, STATUS.wrongSystemId, STATUS.wrongSystemType],
];
const UNTRUSTED =
  /^(CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/;

type Unsent = Extract<Reply, { kind: 'unsent' }>;

/** One connection to an SMSC as transceiver, made anew as often as it breaks. */
export const createLink = (options: LinkOptions): Link => new SmscLink(options);

class SmscLink implements Link {
  readonly #options: LinkOptions;
  readonly #window: QuestionWindow;
  #socket: Socket | null = null;
  #isBound = false;
  #isClosing = false;
  /** Whether it is to stand even while nobody asks. */
  #isKept = false;
  #tries = 0;
  #boundAtMs = 0;
  #heardAtMs = 0;
  #deliveries = 0;
  #retryAtMs = 0;
  #retry: NodeJS.Timeout | undefined;
  #patience: NodeJS.Timeout | undefined;
  #enquiry: NodeJS.Timeout | undefined;
  /** Why the last try failed; null while none has. */
  #failure: Unsent | null = null;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#window = new QuestionWindow({
      ...{ size: options.window, perSecond: options.perSecond, patienceMs: options.patienceMs },
      write: (command, sequence, body) => this.#write(writePdu(command, 0, sequence, body)),
      silent: () => this.#enquire(),
    });
  }

  ask(
    command: number,
    body: Buffer,
    signal: AbortSignal,
    isWanted: () => boolean = () => true,
  ): Promise<Reply> {
    if (this.#isClosing) return Promise.resolve(unsent('the connection to the SMSC is being closed'));
    if (signal.aborted) return Promise.resolve(unsent('there was no time left'));
    const waitMs = this.#retryAtMs - stopwatchMs();
    if (this.#retry !== undefined && (waitMs > LONGEST_WAIT_MS || this.#failure !== null)) {
      const told = this.#failure ?? unsent('the connection to the SMSC is down');
      return Promise.resolve({ ...told, retryAfterMs: Math.max(0, Math.round(waitMs)) });
    }
    const reply = this.#window.ask({ command, body, signal, isWanted });
    if (this.#retry === undefined) this.#connect();
    return reply;
  }

  open(): void {
    this.#isKept = true;
    if (this.#retry === undefined) this.#connect();
  }

  async close(signal: AbortSignal): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#retry);
    this.#window.turnAway(unsent('the connection to the SMSC is being closed'));
    await this.#window.emptied(signal);
    const made = this.#socket;
    if (made === null) return;
    if (this.#isBound && !signal.aborted) await this.#unbound(made);
    made.destroy();
    this.#lost(made, 'closed', false);
  }

  #connect(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    if (this.#socket !== null || this.#isClosing) return;
    // Each try has its own outcome: a password that was wrong may have been set right.
    this.#failure = null;
    const made = this.#options.connect();
    this.#socket = made;
    let why = 'the SMSC takes no connection';
    let isRefused = false;
    this.#patience = setTimeout(() => {
      why = 'the SMSC did not answer in time';
      made.destroy();
    }, this.#options.patienceMs);
    made.once(this.#options.readyEvent, () => {
      made.setNoDelay(true);
      this.#bind();
    });
    made.on('error', (error: NodeJS.ErrnoException) => {
      isRefused = UNTRUSTED.test(error.code ?? '');
      if (isRefused) why = 'the certificate of the SMSC is not trusted for its address';
    });
    made.on('end', () => made.destroy());
    made.once('close', () => this.#lost(made, why, isRefused));
    this.#read(made);
  }

  #read(made: Socket): void {
    const reader = pduReader((pdu) => {
      if (made === this.#socket && !made.destroyed) this.#take(pdu, made);
    });
    made.on('data', (chunk: Buffer) => {
      this.#heardAtMs = stopwatchMs();
      if (reader.push(chunk)) return;
      this.#write(writePdu(COMMAND.genericNack, STATUS.invalidLength, 0, NOTHING), made);
      made.destroy();
    });
  }

  #write(bytes: Buffer, made = this.#socket): void {
    if (made === null || made.destroyed || !made.writable) return;
    made.write(bytes);
    // Whoever asks on and on without reading our answers would fill our memory with them.
    if (made.writableLength > MOST_UNTAKEN_BYTES) made.destroy();
  }

  #bind(): void {
    const { systemId, password, systemType } = this.#options;
    const body = Buffer.concat([
      ...[textField(systemId, 64), textField(password, 64), textField(systemType, 12)],
      ...[bytesField(VERSION, 0, 0), textField('', 0)],
    ]);
    this.#window.askFirst(COMMAND.bindTransceiver, body, (reply) => this.#bindAnswered(reply));
  }

  #bindAnswered(reply: Reply): void {
    if (reply.kind !== 'answer') return;
    clearTimeout(this.#patience);
    if (reply.status !== STATUS.ok) {
      const reason = `the SMSC refused to bind with ${statusName(reply.status)}`;
      this.#failure = unsent(reason, WRONG_CREDENTIALS.includes(reply.status));
      this.#socket?.destroy();
      return;
    }
    const { enquireMs } = this.#options;
    this.#isBound = true;
    this.#boundAtMs = stopwatchMs();
    this.#enquiry = setInterval(() => {
      if (stopwatchMs() - this.#heardAtMs >= enquireMs) this.#enquire();
    }, enquireMs);
    this.#window.open();
  }

  #enquire(): void {
    if (!this.#isBound) return;
    const asked = this.#socket;
    this.#window.askFirst(COMMAND.enquireLink, NOTHING, (reply) => {
      if (reply.kind !== 'answer') asked?.destroy();
    });
  }

  #lost(made: Socket, why: string, isRefused: boolean): void {
    if (made !== this.#socket) return;
    const wasBound = this.#isBound;
    this.#socket = null;
    this.#isBound = false;
    clearTimeout(this.#patience);
    clearInterval(this.#enquiry);
    this.#window.shut('the connection to the SMSC broke before the answer');
    const wasGood = wasBound && stopwatchMs() - this.#boundAtMs >= GOOD_AFTER_MS;
    this.#tries = wasGood ? 1 : this.#tries + 1;
    if (!wasBound) this.#failure ??= unsent(why, isRefused);
    if (!this.#isClosing) this.#retryLater(wasBound);
  }

  #retryLater(wasBound: boolean): void {
    const waitMs = backoffMs(this.#tries, FIRST_RETRY_MS, LONGEST_RETRY_MS, this.#options.spread());
    this.#retryAtMs = stopwatchMs() + waitMs;
    if (this.#failure !== null) this.#window.turnAway({ ...this.#failure, retryAfterMs: waitMs });
    if (this.#isKept || wasBound || this.#window.isWaitedFor()) {
      this.#retry = setTimeout(() => this.#connect(), waitMs);
    }
  }

  #take({ command, status, sequence, body }: Pdu, made: Socket): void {
    if (command >= ANSWER) {
      this.#window.answered(command, status, sequence, body);
      return;
    }
    const answer = (code: number, more = NOTHING) =>
      this.#write(writePdu((command | ANSWER) >>> 0, code, sequence, more), made);
    switch (command) {
      case COMMAND.enquireLink:
        answer(STATUS.ok);
        break;
      case COMMAND.unbind:
        answer(STATUS.ok);
        made.destroySoon();
        break;
      case COMMAND.deliverSm:
      case COMMAND.dataSm:
        void this.#deliver(command, body).then((code) => answer(code, Buffer.alloc(1)));
        break;
      case COMMAND.alertNotification:
      case COMMAND.outbind:
        break;
      default:
        this.#write(writePdu(COMMAND.genericNack, STATUS.invalidCommand, sequence, NOTHING), made);
    }
  }

  async #deliver(command: number, body: Buffer): Promise<number> {
    if (!this.#isBound) return STATUS.notBound;
    if (this.#deliveries >= MOST_DELIVERIES) return STATUS.queueFull;
    this.#deliveries += 1;
    try {
      return await this.#options.deliver(command, body);
    } catch (error) {
      // What cannot be read will not read better the next time; what could not be kept is wanted again.
      return error instanceof Unreadable ? STATUS.ok : STATUS.temporaryError;
    } finally {
      this.#deliveries -= 1;
    }
  }

  #unbound(made: Socket): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, UNBIND_MS);
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      made.once('close', done);
      this.#window.askFirst(COMMAND.unbind, NOTHING, done);
    });
  }
}

const NOTHING = Buffer.alloc(0);

const unsent = (reason: string, isRefused = false): Unsent => ({
  ...{ kind: 'unsent', reason, isRefused, retryAfterMs: null },
});
