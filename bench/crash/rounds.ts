import { setTimeout as sleep } from 'node:timers/promises';
import { between, pick, seeded } from '../driver/random.ts';
import { type Entry, Ledger } from './ledger.ts';
import { startLoad } from './load.ts';
import { type Replayed, recheck, replay, type Settled } from './replay.ts';
import type { CrashTarget } from './target.ts';

export type RoundOptions = {
  readonly rounds: number;
  /** Everything chosen at random follows from this number. */
  readonly seed: number;
  readonly actors: number;
  /** Bounds the work of one round, and with it the time of its replay. */
  readonly mostCreates: number;
  /** The longest that a round loads before its crash; 1.5 s unless said otherwise. */
  readonly longestMs?: number;
  /** It loads on until so many creates were acknowledged, however busy the machine is; 0 unless said otherwise. */
  readonly leastCreates?: number;
  /** How long an untouched verification may wait for its message after a crash, before it counts as dropped. */
  readonly handOverLimitMs: number;
  /** Where the journal is appended; null keeps it in memory alone. */
  readonly journal: string | null;
  readonly onRound?: (report: RoundReport, state: RoundsState) => void;
};
export type RoundReport = {
  readonly round: number;
  readonly harm: string;
  readonly afterMs: number;
  readonly made: number;
  readonly readyMs: readonly number[];
  readonly problems: number;
};
/** All that is needed to go on after an interruption. */
export type RoundsState = {
  readonly round: number;
  readonly nextNumber: number;
  readonly made: number;
  readonly answers: number;
  readonly messages: number;
  readonly readyMs: readonly number[];
  readonly problems: readonly string[];
  /** A sample of what earlier rounds settled. */
  readonly settled: readonly Settled[];
  /** Still without a message, each with the time by which it must have come. */
  readonly waiting: readonly { readonly entry: Entry; readonly untilMs: number }[];
};

export const FRESH: RoundsState = {
  ...{ round: 0, nextNumber: 0, made: 0, answers: 0, messages: 0 },
  ...{ readyMs: [], problems: [], settled: [], waiting: [] },
};

const SAMPLE = 200;
const LONGEST_MS = 1_500;
const CREATES_WITHIN_MS = 30_000;

/**
 * Loads the target, harms it at a random moment, brings it back and compares, `rounds` times. The target must
 * have been started. Answers what was found; `problems` is empty when every promise held.
 */
export async function runRounds(
  target: CrashTarget,
  options: RoundOptions,
  from: RoundsState = FRESH,
): Promise<RoundsState> {
  let state = from;
  while (state.round < options.rounds) {
    const { next, report } = await runRound(target, options, state);
    state = next;
    options.onRound?.(report, state);
  }
  return finishWaiting(target, options, state);
}

async function runRound(
  target: CrashTarget,
  options: RoundOptions,
  state: RoundsState,
): Promise<{ next: RoundsState; report: RoundReport }> {
  const round = state.round + 1;
  const random = seeded(options.seed * 10_007 + round);
  const ledger = new Ledger(options.journal);
  const { longestMs = LONGEST_MS, leastCreates = 0 } = options;
  const load = startLoad(
    {
      ...{ urls: target.urls, accessKey: target.accessKey, actors: options.actors },
      ...{ mostCreates: options.mostCreates, firstNumber: state.nextNumber, seed: options.seed + round },
      spreadMs: longestMs,
    },
    ledger,
  );
  const afterMs = between(random, 200, longestMs);
  await sleep(afterMs);
  const endMs = performance.now() + CREATES_WITHIN_MS;
  while (ledger.entries.length < leastCreates && performance.now() < endMs) await sleep(5);
  const harm = await target.harm(random);
  const { used, readyMs, broken } = target.survivesHarm
    ? await healUnderLoad(target, load)
    : await healAtRest(target, load);
  for (const text of broken) ledger.problem(null, text);

  const made = ledger.entries.length;
  const late = await replayLate(target, ledger, state, options);
  await recheck(target.urls, target.accessKey, ledger, sample(state.settled, random));
  const seen = await replay(target.urls, target.accessKey, ledger, ledger.entries, options.seed + round);
  const untilMs = Date.now() + options.handOverLimitMs;
  const next: RoundsState = {
    round,
    nextNumber: state.nextNumber + used,
    made: state.made + made,
    answers: state.answers + ledger.acknowledged,
    messages: state.messages + seen.messages + late.messages,
    readyMs: [...state.readyMs, ...readyMs],
    problems: [...state.problems, ...ledger.problems.map((text) => `round ${round}, ${harm}: ${text}`)],
    settled: [...state.settled, ...sample(seen.settled, random)].slice(-20 * SAMPLE),
    waiting: [...late.waiting, ...seen.undelivered.map((entry) => ({ entry, untilMs }))],
  };
  return { next, report: { round, harm, afterMs, made, readyMs, problems: ledger.problems.length } };
}

type Healed = { used: number; readyMs: number[]; broken: string[] };
type Load = ReturnType<typeof startLoad>;

async function healAtRest(target: CrashTarget, load: Load): Promise<Healed> {
  const used = await load.stop();
  const broken = await target.inspect();
  return { used, broken, readyMs: await target.heal() };
}

async function healUnderLoad(target: CrashTarget, load: Load): Promise<Healed> {
  const readyMs = await target.heal();
  await sleep(300);
  const used = await load.stop();
  return { used, readyMs, broken: await target.inspect() };
}

/** Those that still had no message: has it come since? Past its time it counts as dropped. */
async function replayLate(
  target: CrashTarget,
  ledger: Ledger,
  state: RoundsState,
  options: RoundOptions,
): Promise<{ waiting: RoundsState['waiting']; messages: number }> {
  if (state.waiting.length === 0) return { waiting: [], messages: 0 };
  const until = new Map(state.waiting.map(({ entry, untilMs }) => [entry.id, untilMs]));
  const entries = state.waiting.map(({ entry }) => entry);
  const seen: Replayed = await replay(target.urls, target.accessKey, ledger, entries, options.seed);
  const waiting = seen.undelivered
    .map((entry) => ({ entry, untilMs: until.get(entry.id) ?? 0 }))
    .filter(({ entry, untilMs }) => {
      if (untilMs > Date.now()) return true;
      ledger.problem(entry, 'DROPPED: neither a message nor a visible failure');
      return false;
    });
  return { waiting, messages: seen.messages };
}

async function finishWaiting(
  target: CrashTarget,
  options: RoundOptions,
  state: RoundsState,
): Promise<RoundsState> {
  let current = state;
  while (current.waiting.length > 0) {
    await sleep(500);
    const ledger = new Ledger(options.journal);
    const { waiting, messages } = await replayLate(target, ledger, current, options);
    current = {
      ...current,
      waiting,
      messages: current.messages + messages,
      problems: [...current.problems, ...ledger.problems.map((text) => `at the end: ${text}`)],
    };
  }
  return current;
}

function sample<T>(from: readonly T[], random: () => number): T[] {
  if (from.length <= SAMPLE) return [...from];
  return Array.from({ length: SAMPLE }, () => pick(random, from));
}
