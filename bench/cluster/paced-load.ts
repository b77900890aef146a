import { setTimeout as sleep } from 'node:timers/promises';
import type { Entry, Ledger } from '../crash/ledger.ts';
import { recipient } from '../driver/numbers.ts';
import { between, pick, type Random, seeded } from '../driver/random.ts';
import { VerifyClient, wrongToken } from '../driver/verify-client.ts';

export type PacedOptions = {
  readonly urls: readonly string[];
  readonly accessKey: string;
  readonly callers: number;
  /** Between two requests of one caller, on average. */
  readonly pauseMs: number;
  readonly mostCreates: number;
  readonly seed: number;
  /** Gives recipients that nobody else uses. */
  readonly nextNumber: () => number;
};

const TIMEOUT_S = 7_200;
const AFTER_REFUSAL_MS = 250;

/**
 * Callers with pauses that create, check rightly and wrongly, read and delete, and write down what they are told.
 * They go on through an outage, more slowly. The answer ends them and waits for what is under way.
 */
export function startPacedLoad(options: PacedOptions, ledger: Ledger): () => Promise<void> {
  const shared: Shared = { stopped: false, created: 0, open: [] };
  const callers = Array.from({ length: options.callers }, (_, i) => call(options, ledger, shared, i));
  return async () => {
    shared.stopped = true;
    await Promise.all(callers);
    ledger.flush();
  };
}

type Shared = { stopped: boolean; created: number; readonly open: Entry[] };
/** Whether the server gave a proper answer. */
type Step = (client: VerifyClient, entry: Entry) => Promise<boolean>;

async function call(options: PacedOptions, ledger: Ledger, shared: Shared, caller: number): Promise<void> {
  const random = seeded(options.seed * 1_000 + caller);
  const clients = options.urls.map((url) => new VerifyClient(url, options.accessKey));
  const steps = stepsOf(ledger, shared, random);
  while (!shared.stopped) {
    const client = pick(random, clients);
    const mayCreate = shared.created < options.mostCreates;
    const entry =
      shared.open.length > 0 && !(mayCreate && random() < 0.25) ? pick(random, shared.open) : null;
    let answered = true;
    if (entry !== null) answered = await chosen(steps, random())(client, entry);
    else if (mayCreate) answered = await create(options, client, ledger, shared, random);
    await sleep(answered ? between(random, 0, 2 * options.pauseMs) : AFTER_REFUSAL_MS);
  }
  for (const client of clients) client.close();
}

async function create(
  { nextNumber }: PacedOptions,
  client: VerifyClient,
  ledger: Ledger,
  shared: Shared,
  random: Random,
): Promise<boolean> {
  shared.created += 1;
  const made = await client.create(recipient(nextNumber()), pick(random, [1, 2, 3, 3, 3, 5]), TIMEOUT_S);
  if (typeof made === 'string') {
    if (made !== 'unknown' && made !== 'unsent') ledger.problem(null, made);
    return false;
  }
  const entry = ledger.made(made);
  // A third is left alone, to see that its code and its message survive what comes.
  if (random() > 0.33) shared.open.push(entry);
  return true;
}

type Steps = Record<'right' | 'wrong' | 'remove' | 'read', Step>;

function chosen(steps: Steps, chance: number): Step {
  if (chance < 0.35) return steps.right;
  if (chance < 0.8) return steps.wrong;
  return chance < 0.86 ? steps.remove : steps.read;
}

function stepsOf(ledger: Ledger, shared: Shared, random: Random): Steps {
  const forget = (entry: Entry) => {
    const at = shared.open.indexOf(entry);
    if (at >= 0) shared.open.splice(at, 1);
  };
  const wasAnswered = (kind: string) => kind !== 'unknown' && kind !== 'unsent';
  return {
    async right(client, entry) {
      const answer = await client.guess(entry.id, entry.token);
      ledger.right(entry, answer);
      if (answer.kind === 'verified' && random() < 0.8) forget(entry);
      return wasAnswered(answer.kind);
    },
    async wrong(client, entry) {
      const answer = await client.guess(entry.id, wrongToken(entry.token, ++entry.guesses));
      ledger.wrong(entry, answer);
      if (answer.kind === 'refused') forget(entry);
      return wasAnswered(answer.kind);
    },
    async remove(client, entry) {
      const answer = await client.remove(entry.id);
      ledger.removed(entry, answer);
      if (answer === 'removed') forget(entry);
      return wasAnswered(answer);
    },
    async read(client, entry) {
      return wasAnswered(await client.read(entry.id));
    },
  };
}
