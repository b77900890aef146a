import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FRESH, type RoundsState, runRounds } from './rounds.ts';
import { sqliteTarget } from './sqlite-target.ts';
import type { CrashTarget } from './target.ts';

const HELP = `node bench/crash/run.ts [options]
  --rounds n       rounds in all; a run that was interrupted goes on where it was (50)
  --target t       sqlite or postgres: two nodes over one PostgreSQL (sqlite)
  --seed n         what is chosen at random follows from it (the time)
  --actors n       callers at once (16)
  --creates n      at most so many creates a round (1500)
  --per-folder n   rounds on one database before a fresh one is begun (100)
  --data folder    state, journal and database (the system's temporary folder)
  --fresh          forget an earlier run`;

type Kept = { readonly seed: number; readonly folder: number; readonly state: RoundsState };

function readOptions() {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '50' },
      target: { type: 'string', default: 'sqlite' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      actors: { type: 'string', default: '16' },
      creates: { type: 'string', default: '1500' },
      'per-folder': { type: 'string', default: '100' },
      data: { type: 'string', default: join(tmpdir(), 'roost-crash-run') },
      fresh: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.target !== 'sqlite' && values.target !== 'postgres') {
    throw new Error(`--target: "${values.target}" is neither sqlite nor postgres`);
  }
  return { ...values, target: values.target, perFolder: Number(values['per-folder']) };
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options.help) return console.log(HELP);
  const home = join(options.data, options.target);
  if (options.fresh) rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true, mode: 0o755 });
  const stateFile = join(home, 'state.json');
  const save = (kept: Kept) => {
    writeFileSync(`${stateFile}.new`, JSON.stringify(kept));
    renameSync(`${stateFile}.new`, stateFile);
  };
  let kept: Kept = existsSync(stateFile)
    ? (JSON.parse(readFileSync(stateFile, 'utf8')) as Kept)
    : { seed: Number(options.seed), folder: 0, state: FRESH };
  // What ran on is unknown after an interruption, so it goes on with a fresh database.
  if (kept.state.round > 0) {
    rmSync(join(home, `data-${kept.folder}`), { recursive: true, force: true });
    kept = onFreshFolder(kept);
  }
  console.log(`seed ${kept.seed}, ${kept.state.round} of ${options.rounds} rounds done before`);

  const rounds = Number(options.rounds);
  while (kept.state.round < rounds) {
    const folder = join(home, `data-${kept.folder}`);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const target = await openTarget(options.target, folder, home, kept.folder);
    const upTo = Math.min(rounds, (Math.floor(kept.state.round / options.perFolder) + 1) * options.perFolder);
    const { seed, folder: number } = kept;
    const end = () => void target.stop().finally(() => process.exit(1));
    process.once('SIGINT', end).once('SIGTERM', end);
    try {
      await target.start();
      const done = await runRounds(
        target,
        {
          ...{ rounds: upTo, seed, actors: Number(options.actors), mostCreates: Number(options.creates) },
          ...{ handOverLimitMs: 90_000, journal: join(home, 'journal.jsonl') },
          onRound(report, state) {
            save({ seed, folder: number, state });
            const ready = report.readyMs.map((ms) => ms.toFixed(0)).join('+');
            const line = `${report.round}/${rounds} ${report.harm} after ${report.afterMs} ms: ${report.made} made`;
            console.log(
              `${line}, ready in ${ready} ms, ${state.waiting.length} waiting, ${report.problems} problems`,
            );
          },
        },
        kept.state,
      );
      kept = onFreshFolder({ seed, folder: number, state: done });
      save(kept);
    } finally {
      process.off('SIGINT', end).off('SIGTERM', end);
      await target.stop();
    }
    rmSync(folder, { recursive: true, force: true });
  }
  report(kept, join(home, 'summary.json'));
}

/** A fresh database knows nothing of what was settled in the old one. */
function onFreshFolder({ seed, folder, state }: Kept): Kept {
  return { seed, folder: folder + 1, state: { ...state, settled: [], waiting: [] } };
}

async function openTarget(kind: string, folder: string, home: string, number: number): Promise<CrashTarget> {
  if (kind === 'sqlite') return sqliteTarget(folder);
  const { postgresTarget } = await import('./postgres-target.ts');
  return postgresTarget(home, number);
}

function report({ seed, state }: Kept, file: string): void {
  const readyMs = state.readyMs.toSorted((a, b) => a - b);
  const summary = {
    ...{
      seed,
      rounds: state.round,
      acknowledged: state.made,
      answers: state.answers,
      messages: state.messages,
    },
    readyMs: { median: readyMs[readyMs.length >> 1] ?? 0, worst: readyMs.at(-1) ?? 0 },
    problems: state.problems,
  };
  writeFileSync(file, `${JSON.stringify(summary, null, 2)}\n`);
  console.log(JSON.stringify({ ...summary, problems: state.problems.slice(0, 20) }, null, 2));
  console.log(state.problems.length === 0 ? 'every promise held' : `${state.problems.length} PROBLEMS`);
  if (state.problems.length > 0) process.exitCode = 1;
}

await main();
