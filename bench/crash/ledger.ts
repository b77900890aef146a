import { appendFileSync } from 'node:fs';
import type { GuessAnswer, Made } from '../driver/verify-client.ts';

/** All that is known of one acknowledged verification: what was answered, and what was sent unanswered. */
export type Entry = Made & {
  verified: number;
  rightUnknown: number;
  /** Attempts left, as told by each judged wrong guess. */
  readonly judged: number[];
  wrongUnknown: number;
  removed: number;
  removeUnknown: number;
  /** Wrong tokens sent so far, so that each guess is a new one. */
  guesses: number;
};

/** Nobody has asked anything of it, so its code must still work and its message must come. */
export function isUntouched(entry: Entry): boolean {
  const { verified, rightUnknown, judged, wrongUnknown, removed, removeUnknown } = entry;
  return verified + rightUnknown + judged.length + wrongUnknown + removed + removeUnknown === 0;
}

/** The append-only journal of what a server acknowledged, kept by its callers, in memory and in a file. */
export class Ledger {
  readonly entries: Entry[] = [];
  readonly problems: string[] = [];
  acknowledged = 0;
  readonly #file: string | null;
  #lines: string[] = [];

  constructor(file: string | null) {
    this.#file = file;
  }

  made(made: Made): Entry {
    const entry: Entry = {
      ...made,
      ...{
        verified: 0,
        rightUnknown: 0,
        judged: [],
        wrongUnknown: 0,
        removed: 0,
        removeUnknown: 0,
        guesses: 0,
      },
    };
    this.entries.push(entry);
    this.#note('create', made.id, made);
    return entry;
  }

  right(entry: Entry, answer: GuessAnswer): void {
    this.#note('right', entry.id, answer);
    if (answer.kind === 'unknown') entry.rightUnknown += 1;
    if (answer.kind === 'judged') this.problem(entry, 'the right token was judged wrong');
    if (answer.kind === 'strange') this.problem(entry, `strange answer to a check: ${answer.what}`);
    if (answer.kind !== 'verified') return;
    entry.verified += 1;
    if (entry.verified > 1) this.problem(entry, 'a code was accepted twice');
  }

  wrong(entry: Entry, answer: GuessAnswer): void {
    this.#note('wrong', entry.id, answer);
    if (answer.kind === 'unknown') entry.wrongUnknown += 1;
    if (answer.kind === 'verified') this.problem(entry, 'a wrong token was accepted');
    if (answer.kind === 'strange') this.problem(entry, `strange answer to a guess: ${answer.what}`);
    if (answer.kind !== 'judged') return;
    // Two guesses that leave the same number of attempts: one of them was given back.
    if (entry.judged.includes(answer.attemptsLeft)) this.problem(entry, 'a guess was given back');
    entry.judged.push(answer.attemptsLeft);
    if (entry.judged.length > entry.attempts) this.problem(entry, 'more guesses were judged than granted');
  }

  removed(entry: Entry, answer: string): void {
    this.#note('delete', entry.id, answer);
    if (answer === 'removed') entry.removed += 1;
    if (answer === 'unknown') entry.removeUnknown += 1;
  }

  problem(entry: { readonly id: string } | null, text: string): void {
    this.problems.push(entry === null ? text : `${entry.id}: ${text}`);
    this.#note('problem', entry?.id ?? '', text);
  }

  /** Writes what was noted since the last time to the file. */
  flush(): void {
    if (this.#file !== null && this.#lines.length > 0) appendFileSync(this.#file, this.#lines.join(''));
    this.#lines = [];
  }

  #note(what: string, id: string, answer: unknown): void {
    this.acknowledged += 1;
    if (this.#file === null) return;
    this.#lines.push(`${JSON.stringify({ what, id, answer })}\n`);
    if (this.#lines.length > 500) this.flush();
  }
}
