import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FRESH, type RoundReport, type RoundsState, runRounds } from '../crash/rounds.ts';
import { seeded } from '../driver/random.ts';
import { HARMS, type Harm, type PartitionTarget, partitionTarget } from './partition-target.ts';

const HELP = `node bench/partition/run.ts [options]
  --rounds n     rounds in all; a run that was interrupted goes on where it was (60)
  --harms a,b    which harms may happen: ${HARMS.join(', ')} (all)
  --minutes n    begins no further round after so many minutes (30)
  --actors n     callers at once (8)
  --creates n    at most so many creates a round (400)
  --seed n       what is chosen at random follows from it (the time)
  --data folder  state and journal (the system's temporary folder)
  --fresh        forget an earlier run`;
/** A fresh database after so many rounds, which bounds what is replayed. */
const ROUNDS_A_DATABASE = 20;
/** Messages that are late are waited for after each turn. */
const ROUNDS_A_TURN = 5;
/** A message whose node lost the database is taken over when its lease has run out. */
const HAND_OVER_LIMIT_MS = 90_000;

type Kept = {
  readonly seed: number;
  readonly folder: number;
  readonly network: PartitionTarget['network'] | null;
  readonly state: RoundsState;
  readonly reports: readonly RoundReport[];
};

function readOptions() {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '60' },
      harms: { type: 'string', default: HARMS.join(',') },
      minutes: { type: 'string', default: '30' },
      actors: { type: 'string', default: '8' },
      creates: { type: 'string', default: '400' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      data: { type: 'string', default: join(tmpdir(), 'roost-partition-run') },
      fresh: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const harms = values.harms.split(',').map((text): Harm => {
    const harm = HARMS.find((one) => one === text);
    if (harm === undefined) throw new Error(`--harms: "${text}" is none of ${HARMS.join(', ')}`);
    return harm;
  });
  return { ...values, harms };
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options.help) return console.log(HELP);
  if (options.fresh) rmSync(options.data, { recursive: true, force: true });
  mkdirSync(options.data, { recursive: true, mode: 0o755 });
  const stateFile = join(options.data, 'state.json');
  let kept: Kept = existsSync(stateFile)
    ? onFreshDatabase(JSON.parse(readFileSync(stateFile, 'utf8')) as Kept)
    : { seed: Number(options.seed), folder: 0, network: null, state: FRESH, reports: [] };
  const save = (state: Kept) => {
    writeFileSync(`${stateFile}.new`, JSON.stringify(state));
    renameSync(`${stateFile}.new`, stateFile);
  };
  const rounds = Number(options.rounds);
  const untilMs = performance.now() + Number(options.minutes) * 60_000;
  console.log(`seed ${kept.seed}, ${kept.state.round} of ${rounds} rounds done before`);

  while (kept.state.round < rounds && performance.now() < untilMs) {
    const { data, harms } = options;
    const target = await partitionTarget(data, kept.folder, seeded(kept.seed + kept.folder), harms);
    const end = () => void target.stop().finally(() => process.exit(1));
    process.once('SIGINT', end).once('SIGTERM', end);
    const upTo = Math.min(rounds, kept.state.round + ROUNDS_A_DATABASE);
    try {
      await target.start();
      while (kept.state.round < upTo && performance.now() < untilMs) {
        const { seed } = kept;
        const state = await runRounds(
          target,
          {
            ...{ rounds: Math.min(upTo, kept.state.round + ROUNDS_A_TURN), seed },
            ...{ actors: Number(options.actors), mostCreates: Number(options.creates) },
            ...{ handOverLimitMs: HAND_OVER_LIMIT_MS, journal: join(data, 'journal.jsonl') },
            onRound(report, reached) {
              kept = { ...kept, network: target.network, state: reached, reports: [...kept.reports, report] };
              save(kept);
              console.log(lineOf(report, rounds));
            },
          },
          kept.state,
        );
        kept = { ...kept, state };
        save(kept);
      }
    } finally {
      process.off('SIGINT', end).off('SIGTERM', end);
      await target.stop();
    }
    kept = onFreshDatabase(kept);
  }
  report(kept, join(options.data, 'summary.json'));
}

/** A fresh database knows nothing of what was settled in the old one. */
function onFreshDatabase(kept: Kept): Kept {
  return { ...kept, folder: kept.folder + 1, state: { ...kept.state, settled: [], waiting: [] } };
}

function lineOf({ round, harm, made, readyMs, problems }: RoundReport, rounds: number): string {
  const ready = readyMs.map((ms) => ms.toFixed(0)).join('+');
  return `${round}/${rounds} ${harm}: ${made} made, ready in ${ready} ms, ${problems} problems`;
}

function report({ seed, network, state, reports }: Kept, file: string): void {
  const byHarm = [...Map.groupBy(reports, ({ harm }) => harm)].map(([harm, those]) => ({
    harm,
    rounds: those.length,
    made: those.reduce((sum, { made }) => sum + made, 0),
    slowestReadyMs: Math.max(...those.flatMap(({ readyMs }) => readyMs)),
    problems: those.reduce((sum, { problems }) => sum + problems, 0),
  }));
  const summary = {
    ...{ takenAt: new Date().toISOString(), seed, network, rounds: state.round },
    ...{ acknowledged: state.made, answers: state.answers, messages: state.messages },
    byHarm: byHarm.toSorted((a, b) => (a.harm < b.harm ? -1 : 1)),
    problems: state.problems,
  };
  writeFileSync(file, `${JSON.stringify(summary, null, 2)}\n`);
  console.log(JSON.stringify({ ...summary, problems: state.problems.slice(0, 20) }, null, 2));
  console.log(state.problems.length === 0 ? 'every promise held' : `${state.problems.length} PROBLEMS`);
  if (state.problems.length > 0) process.exitCode = 1;
}

await main();
