import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Ledger } from '../crash/ledger.ts';
import { recheck, replay, type Settled } from '../crash/replay.ts';
import { between, pick, seeded } from '../driver/random.ts';
import { ROOST_TEST_KEY, type RoostProcess, startRoostProcess } from '../targets/roost.ts';
import { findPrimary, killMember, startCluster, startMember, stopCluster, untilWhole } from './control.ts';
import { addressesOf, type Layout } from './layout.ts';
import { startPacedLoad } from './paced-load.ts';
import { type Outage, Probe } from './probe.ts';

const HELP = `node bench/cluster/failover.ts [options]
  --rounds n     kills of the primary in all; a run that was interrupted goes on where it was (20)
  --nodes n      Roost processes over the cluster (2)
  --through t    hosts: the list of members in DATABASE_URL; proxy: HAProxy (hosts)
  --callers n    callers with pauses, beside one probe for each node (16)
  --pause ms     between two requests of a caller, on average (60)
  --seed n       what is chosen at random follows from it (the time)
  --data folder  state, journal and cluster (the system's temporary folder)
  --fresh        forget an earlier run`;

/** A create must succeed again within this time after the kill. */
const RECOVERY_LIMIT_MS = 30_000;
const WHOLE_LIMIT_MS = 90_000;
/** A message whose node lost the database is taken over when its lease has run out. */
const HAND_OVER_LIMIT_MS = 90_000;
const MOST_CREATES = 600;
const SAMPLE = 200;

type Round = {
  readonly killed: string;
  readonly made: number;
  readonly answers: number;
  readonly messages: number;
  /** For each node. */
  readonly outages: readonly Outage[];
  readonly wholeAgainMs: number;
  readonly problems: readonly string[];
};
type State = {
  readonly seed: number;
  readonly nextNumber: number;
  readonly rounds: readonly Round[];
  /** A sample of what earlier rounds on this cluster settled. */
  readonly settled: readonly Settled[];
};
type Options = ReturnType<typeof readOptions>;
type Stage = { readonly layout: Layout; readonly nodes: readonly RoostProcess[] };

function readOptions() {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '20' },
      nodes: { type: 'string', default: '2' },
      through: { type: 'string', default: 'hosts' },
      callers: { type: 'string', default: '16' },
      pause: { type: 'string', default: '60' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      data: { type: 'string', default: join(tmpdir(), 'roost-failover-run') },
      fresh: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { through } = values;
  if (through !== 'hosts' && through !== 'proxy')
    throw new Error(`--through: "${through}" is neither hosts nor proxy`);
  const [rounds, nodes, callers, pauseMs, seed] = (
    ['rounds', 'nodes', 'callers', 'pause', 'seed'] as const
  ).map((name) => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value > 0) return value;
    throw new Error(`--${name}: "${values[name]}" is not a whole number above 0`);
  }) as [number, number, number, number, number];
  return { ...values, through, rounds, nodes, callers, pauseMs, seed } as const;
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options.help) return console.log(HELP);
  const home = join(options.data, `${options.through}-${options.nodes}`);
  if (options.fresh) rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true, mode: 0o755 });
  const stateFile = join(home, 'state.json');
  let state: State = existsSync(stateFile)
    ? // The cluster of an interrupted run is gone, and with it what was settled on it.
      { ...(JSON.parse(readFileSync(stateFile, 'utf8')) as State), settled: [] }
    : { seed: options.seed, nextNumber: 0, rounds: [], settled: [] };
  console.log(`seed ${state.seed}, ${state.rounds.length} of ${options.rounds} rounds done before`);
  if (state.rounds.length < options.rounds) {
    await withStage(options, home, async (stage) => {
      while (state.rounds.length < options.rounds) {
        state = await runRound(stage, options, state, join(home, 'journal.jsonl'));
        writeFileSync(`${stateFile}.new`, JSON.stringify(state));
        renameSync(`${stateFile}.new`, stateFile);
        console.log(lineOf(state.rounds.length, options.rounds, state.rounds.at(-1)));
      }
    });
  }
  report(state, options, join(home, 'summary.json'));
}

/** Starts the cluster and the nodes for `work`, and ends them whatever happens. */
async function withStage(
  options: Options,
  home: string,
  work: (stage: Stage) => Promise<void>,
): Promise<void> {
  const layout = await startCluster(join(home, `cluster-${process.pid}`));
  const nodes: RoostProcess[] = [];
  const end = async () => {
    await Promise.all(nodes.map(({ running }) => running.stop()));
    await stopCluster(layout);
  };
  const interrupted = () => void end().finally(() => process.exit(1));
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    const databaseUrl = addressesOf(layout)[options.through];
    for (let i = 0; i < options.nodes; i++) {
      const folder = join(home, `node-${i}`);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const node = await startRoostProcess({ folder, databaseUrl });
      node.running.child.stdout?.pipe(createWriteStream(join(home, `node-${i}.log`)));
      nodes.push(node);
    }
    await work({ layout, nodes });
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    await end();
  }
}

async function runRound(
  { layout, nodes }: Stage,
  options: Options,
  state: State,
  journal: string,
): Promise<State> {
  const round = state.rounds.length + 1;
  const random = seeded(state.seed * 10_007 + round);
  const ledger = new Ledger(journal);
  const urls = nodes.map(({ url }) => url);
  let next = state.nextNumber;
  const nextNumber = () => next++;
  const probes = urls.map((url) => new Probe(url, ROOST_TEST_KEY, ledger, nextNumber));
  const { callers, pauseMs } = options;
  const stopLoad = startPacedLoad(
    {
      urls,
      accessKey: ROOST_TEST_KEY,
      callers,
      pauseMs,
      nextNumber,
      mostCreates: MOST_CREATES,
      seed: state.seed + round,
    },
    ledger,
  );
  await sleep(between(random, 1_000, 3_000));
  const primary = await findPrimary(layout);
  if (primary === null) throw new Error('a whole cluster has no primary');
  const killedAtMs = performance.now();
  await killMember(layout, primary);

  while (performance.now() - killedAtMs < RECOVERY_LIMIT_MS + 5_000) {
    if (probes.every((probe) => probe.recoveredAtMs(killedAtMs) !== null)) break;
    await sleep(100);
  }
  const outages = probes.map((probe) => probe.outage(killedAtMs));
  startMember(layout, primary);
  // The returning member changes roles and connections: the load stays on through that as well.
  await untilWhole(layout, WHOLE_LIMIT_MS);
  const wholeAgainMs = performance.now() - killedAtMs;
  await Promise.all([stopLoad(), ...probes.map((probe) => probe.stop())]);
  for (const [i, { running }] of nodes.entries()) {
    if (running.child.exitCode !== null || running.child.signalCode !== null)
      ledger.problem(null, `node ${i} ended: ${running.stderr().slice(-500)}`);
  }
  for (const outage of outages) judge(outage, ledger);

  const seen = await replayAll(urls, ledger, state.seed + round);
  await recheck(urls, ROOST_TEST_KEY, ledger, sample(state.settled, random));
  return {
    seed: state.seed,
    nextNumber: next,
    settled: [...state.settled, ...sample(seen.settled, random)].slice(-20 * SAMPLE),
    rounds: [
      ...state.rounds,
      {
        ...{ killed: primary.name, made: ledger.entries.length, answers: ledger.acknowledged },
        ...{ messages: seen.messages, outages, wholeAgainMs, problems: ledger.problems },
      },
    ],
  };
}

function judge({ recoveredMs, answers }: Outage, ledger: Ledger): void {
  if (recoveredMs === null)
    ledger.problem(null, `creates did not succeed again within ${RECOVERY_LIMIT_MS} ms`);
  else if (recoveredMs > RECOVERY_LIMIT_MS)
    ledger.problem(null, `creates succeeded again only after ${recoveredMs} ms`);
  if ((answers[0] ?? 0) > 0) ledger.problem(null, `${answers[0]} creates got no answer`);
  if ((answers[-1] ?? 0) > 0) ledger.problem(null, `${answers[-1]} creates found nobody listening`);
}

/** Replays everything; what still has no message is asked again until its time is over. */
async function replayAll(urls: readonly string[], ledger: Ledger, seed: number) {
  const untilMs = performance.now() + HAND_OVER_LIMIT_MS;
  const settled: Settled[] = [];
  let messages = 0;
  let entries: typeof ledger.entries = ledger.entries;
  for (;;) {
    const seen = await replay(urls, ROOST_TEST_KEY, ledger, entries, seed);
    settled.push(...seen.settled);
    messages += seen.messages;
    entries = seen.undelivered;
    if (entries.length === 0) return { settled, messages };
    if (performance.now() > untilMs) {
      for (const entry of entries) ledger.problem(entry, 'DROPPED: neither a message nor a visible failure');
      return { settled, messages };
    }
    await sleep(2_000);
  }
}

function sample<T>(from: readonly T[], random: () => number): T[] {
  return from.length <= SAMPLE ? [...from] : Array.from({ length: SAMPLE }, () => pick(random, from));
}

function lineOf(round: number, rounds: number, done: Round | undefined): string {
  if (done === undefined) return '';
  const recovered = done.outages.map(({ recoveredMs }) => recoveredMs?.toFixed(0) ?? 'never').join(' and ');
  const refused = done.outages.reduce((sum, { answers }) => sum + (answers[503] ?? 0), 0);
  return (
    `${round}/${rounds} ${done.killed} killed: ${done.made} made, creates again after ${recovered} ms, ` +
    `${refused} times 503, whole after ${done.wholeAgainMs.toFixed(0)} ms, ${done.problems.length} problems`
  );
}

function report({ seed, rounds }: State, { through, nodes }: Options, file: string): void {
  const recoveries = rounds.flatMap(({ outages }) =>
    outages.map(({ recoveredMs }) => recoveredMs ?? Infinity),
  );
  recoveries.sort((a, b) => a - b);
  const total = (of: (round: Round) => number) => rounds.reduce((sum, round) => sum + of(round), 0);
  const answers: Record<string, number> = {};
  for (const outage of rounds.flatMap((round) => round.outages)) {
    for (const [status, count] of Object.entries(outage.answers))
      answers[status] = (answers[status] ?? 0) + count;
  }
  const problems = rounds.flatMap((round, i) => round.problems.map((text) => `round ${i + 1}: ${text}`));
  const summary = {
    ...{ takenAt: new Date().toISOString(), seed, through, nodes, kills: rounds.length },
    ...{ acknowledged: total((round) => round.made), answers: total((round) => round.answers) },
    messages: total((round) => round.messages),
    recoveryMs: {
      least: recoveries[0] ?? null,
      median: recoveries[recoveries.length >> 1] ?? null,
      greatest: recoveries.at(-1) ?? null,
    },
    /** To creates sent between the kill and the recovery, by status; 0 is none. */
    answersMeanwhile: answers,
    slowestAnswerMs: Math.max(
      0,
      ...rounds.flatMap((round) => round.outages.map((one) => one.slowestAnswerMs)),
    ),
    problems,
  };
  writeFileSync(file, `${JSON.stringify(summary, null, 2)}\n`);
  console.log(JSON.stringify({ ...summary, problems: problems.slice(0, 20) }, null, 2));
  console.log(problems.length === 0 ? 'every promise held' : `${problems.length} PROBLEMS`);
  if (problems.length > 0) process.exitCode = 1;
}

await main();
