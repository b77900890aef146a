import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { table, whole } from '../measure/table.ts';
import { calibrate } from './calibrate.ts';
import type { Calibration, Measured } from './parameters.ts';
import { scenarios } from './scenarios.ts';
import { simulate } from './simulate.ts';

const HELP = `node bench/simulate/run.ts [options]
  --calibrate      measure this machine first: about a minute a round
  --rounds n       of the calibrating run (3)
  --seconds n      of one of its bursts (1.5)
  --file f         where its figures are kept (bench/results/calibration.json)
  --data folder    where its databases are made (the system's temporary folder)
  --seed n         of the simulation (1)
  --check          only the comparison with what was measured
Without --calibrate the figures of the last calibrating run are used.`;
const FILE = fileURLToPath(new URL('../results/calibration.json', import.meta.url));

/** A measured case beside its simulation; errors are shares of the measured figure. */
type Compared = {
  readonly case: string;
  /** Whether the parameters were taken from this very case. */
  readonly usedToCalibrate: boolean;
  readonly measured: { readonly perSecond: number; readonly p50Ms: number; readonly p99Ms: number };
  readonly simulated: { readonly perSecond: number; readonly p50Ms: number; readonly p99Ms: number };
  readonly rateError: number;
  readonly p50Error: number;
  readonly p99Error: number;
};

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      calibrate: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '1.5' },
      file: { type: 'string', default: FILE },
      data: { type: 'string', default: tmpdir() },
      seed: { type: 'string', default: '1' },
      check: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(HELP);
  if (values.calibrate) {
    const measured = await calibrate({
      rounds: Number(values.rounds),
      measureMs: Number(values.seconds) * 1000,
      data: values.data,
      say: console.log,
    });
    mkdirSync(dirname(values.file), { recursive: true });
    writeFileSync(values.file, `${JSON.stringify(measured, null, 2)}\n`);
  }
  if (!existsSync(values.file)) throw new Error(`${values.file} is not there: run with --calibrate first`);
  const calibration = JSON.parse(readFileSync(values.file, 'utf8')) as Calibration;
  const seed = Number(values.seed);
  console.log(JSON.stringify(calibration.parameters, null, 2));

  const compared = calibration.measured.map((one) => compare(calibration, one, seed));
  console.log(
    `\nMeasured and simulated (* = the parameters were taken from this case)\n${comparison(compared)}`,
  );
  const outcomes = values.check ? [] : scenarios(calibration.parameters, seed);
  for (const { title, rows } of outcomes)
    console.log(`\n${title}\n${table(Object.keys(rows[0] ?? {}), rows.map(cells))}`);
  const file = join(dirname(values.file), 'simulation.json');
  const { parameters, takenAt } = calibration;
  writeFileSync(
    file,
    `${JSON.stringify({ calibratedAt: takenAt, seed, parameters, compared, outcomes }, null, 2)}\n`,
  );
  console.log(`\nwritten to ${file}`);
}

const cells = (row: Readonly<Record<string, string | number>>): string[] => Object.values(row).map(String);

function compare({ parameters }: Calibration, one: Measured, seed: number): Compared {
  const { nodes, connections, work, perSecond, p50Ms, p99Ms, othersCores } = one;
  const simulated = simulate(
    parameters,
    {
      ...{ nodes, shards: 1, lanes: 'one', replicaMs: null, lagMs: 0 },
      place: { kind: 'one machine', cores: Math.max(0.5, parameters.cores - othersCores) },
    },
    {
      ...{ seed, warmUpMs: 300, measureMs: 1_500 },
      ...{ load: { kind: 'closed', connections, work }, failure: { kind: 'none' } },
    },
  );
  const errorOf = (name: 'perSecond' | 'p50Ms' | 'p99Ms') => simulated[name] / one[name] - 1;
  return {
    case: `${nodes} ${nodes === 1 ? 'node' : 'nodes'}, ${connections} connections, ${work}`,
    usedToCalibrate:
      nodes === 1 && ((connections === 1 && work === 'check') || (connections === 64 && work !== 'pairs')),
    measured: { perSecond, p50Ms, p99Ms },
    simulated: { perSecond: simulated.perSecond, p50Ms: simulated.p50Ms, p99Ms: simulated.p99Ms },
    rateError: errorOf('perSecond'),
    p50Error: errorOf('p50Ms'),
    p99Error: errorOf('p99Ms'),
  };
}

function comparison(compared: readonly Compared[]): string {
  const share = (value: number) => `${value > 0 ? '+' : ''}${(value * 100).toFixed(0)} %`;
  const rows = compared.map((one) => [
    `${one.case}${one.usedToCalibrate ? ' *' : ''}`,
    ...[whole(one.measured.perSecond), whole(one.simulated.perSecond), share(one.rateError)],
    ...[one.measured.p50Ms.toFixed(2), one.simulated.p50Ms.toFixed(2), share(one.p50Error)],
    ...[one.measured.p99Ms.toFixed(2), one.simulated.p99Ms.toFixed(2), share(one.p99Error)],
  ]);
  const head = [
    'case',
    'per s',
    'simulated',
    'error',
    'p50 ms',
    'simulated',
    'error',
    'p99 ms',
    'simulated',
    'error',
  ];
  const unseen = compared.filter((one) => !one.usedToCalibrate);
  const typical = (of: (one: Compared) => number) =>
    share(unseen.map((one) => Math.abs(of(one))).toSorted((a, b) => a - b)[unseen.length >> 1] ?? 0);
  return (
    `${table(head, rows)}\nmedian error of the cases it was not calibrated with: rate ` +
    `${typical((one) => one.rateError)}, p50 ${typical((one) => one.p50Error)}, p99 ${typical((one) => one.p99Error)}`
  );
}

await main();
