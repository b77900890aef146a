import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Driver } from '../driver/driver.ts';
import type { LoadResult } from '../driver/load.ts';
import { describeMachine } from '../measure/machine.ts';
import { processorMs, total } from '../measure/process.ts';
import { startDatabase } from '../targets/postgres.ts';
import { startRoost } from '../targets/roost.ts';
import type { Target } from '../targets/target.ts';
import { measureCrowding } from './crowding.ts';
import { speedOf } from './engine.ts';
import type { Calibration, Costs, Measured, Parameters, Work } from './parameters.ts';

export type CalibrateOptions = {
  readonly rounds: number;
  readonly measureMs: number;
  readonly data: string;
  readonly say: (line: string) => void;
};
type Case = { readonly nodes: 1 | 2; readonly connections: number; readonly work: Work };
/** What one burst cost, for each unit of work. */
type Sample = LoadResult & {
  readonly nodeMs: number;
  readonly databaseMs: number;
  readonly batches: number;
  readonly driverMs: number;
  readonly othersCores: number;
  readonly busyCores: number;
};

const WARM_UP_MS = 500;
const CALM_LIMIT_MS = 12_000;
const CALM_CORES = 0.25;
const CASES: readonly Case[] = [1, 2].flatMap((nodes) =>
  [1, 64, 256].flatMap((connections) =>
    (['create', 'check', 'pairs'] as const)
      .filter(() => connections >= nodes)
      .map((work): Case => ({ nodes: nodes as 1 | 2, connections, work })),
  ),
);

/**
 * Measures one and two nodes over one PostgreSQL, all cases in turn in each round, and works out what a batch and a
 * work of each kind cost. Takes about a minute for each round.
 */
export async function calibrate(options: CalibrateOptions): Promise<Calibration> {
  const clearing: (() => void | Promise<void>)[] = [];
  const driver = new Driver();
  const home = mkdtempSync(join(options.data, 'roost-calibrate-'));
  try {
    const machine = await machineFacts(home);
    const { newDatabase } = await startDatabase((clear) => clearing.push(clear));
    const stages = [];
    for (const nodes of [1, 2]) {
      const databaseUrl = await newDatabase();
      const folder = join(home, String(nodes));
      mkdirSync(folder, { mode: 0o700 });
      const target = await startRoost({ folder, databaseUrl, nodes });
      clearing.push(() => target.stop());
      stages.push({ target, databaseUrl });
    }
    const samples = new Map(CASES.map((one): [Case, Sample[]] => [one, []]));
    let next = 0;
    for (const stage of stages) next += await settleIn(driver, stage, next);
    for (let round = 0; round < options.rounds; round++) {
      for (const one of CASES) {
        const stage = stages[one.nodes - 1];
        if (stage === undefined) continue;
        await untilCalm();
        const sample = await burst(driver, stage, one, next, options.measureMs);
        next += sample.used;
        samples.get(one)?.push(sample);
        const { nodes, connections, work } = one;
        options.say(
          `  ${nodes} nodes, ${connections} connections, ${work}: ${sample.perSecond.toFixed(0)} /s, ` +
            `node ${(sample.nodeMs * 1000).toFixed(0)} us, database ${(sample.databaseMs * 1000).toFixed(0)} us, ` +
            `${(1 / sample.batches).toFixed(1)} a batch, ${sample.unexpected} wrong`,
        );
      }
    }
    return { takenAt: new Date().toISOString(), ...workOut(samples, machine) };
  } finally {
    driver.close();
    for (const clear of clearing.reverse()) await clear();
    rmSync(home, { recursive: true, force: true });
  }
}

type Stage = { readonly target: Target; readonly databaseUrl: string };

/** Fills the tables a little and counts them, as PostgreSQL does by itself within a minute: plans depend on it. */
async function settleIn(
  driver: Driver,
  { target, databaseUrl }: Stage,
  firstNumber: number,
): Promise<number> {
  const { urls, dialect, accessKey } = target;
  const spec = { urls, dialect, accessKey, connections: 16, firstNumber };
  const { asked } = await driver.fill(
    { ...spec, work: 'create', warmUpMs: 0, measureMs: 0 },
    'unused',
    2_000,
  );
  await ask(databaseUrl, 'ANALYZE');
  return asked;
}

async function burst(
  driver: Driver,
  { target, databaseUrl }: Stage,
  { connections, work }: Case,
  firstNumber: number,
  measureMs: number,
): Promise<Sample & { readonly used: number }> {
  const spec = {
    ...{ urls: target.urls, dialect: target.dialect, accessKey: target.accessKey },
    ...{ work, connections, warmUpMs: WARM_UP_MS, measureMs, firstNumber },
  };
  let used = 0;
  if (work === 'check') {
    const count = Math.ceil(((WARM_UP_MS + measureMs) / 1000) * (connections === 1 ? 2_000 : 14_000));
    used += (await driver.fill({ ...spec, connections: 64 }, 'checks', count)).asked;
  }
  const pids = await postgresPids(databaseUrl);
  const before = {
    node: total(target.pids, processorMs),
    database: total(pids, processorMs),
    machine: machineMs(),
  };
  const written = await writtenSoFar(databaseUrl);
  const startedMs = performance.now();
  const result = await driver.run(
    { ...spec, firstNumber: firstNumber + used },
    work === 'check' ? 'checks' : '',
  );
  const wallMs = performance.now() - startedMs;
  const nodeMs = total(target.pids, processorMs) - before.node;
  const databaseMs = total(pids, processorMs) - before.database;
  const driverMs = result.driverCpu * wallMs;
  const allMs = machineMs() - before.machine;
  const othersMs = allMs - nodeMs - databaseMs - driverMs;
  const units = (result.statuses[work === 'create' ? 201 : 200] ?? 0) || 1;
  return {
    ...result,
    nodeMs: nodeMs / units,
    databaseMs: databaseMs / units,
    driverMs: driverMs / units / (work === 'pairs' ? 2 : 1),
    batches: ((await writtenSoFar(databaseUrl)) - written) / units,
    othersCores: Math.max(0, othersMs / wallMs),
    busyCores: allMs / wallMs,
    used: used + result.usedNumbers,
  };
}

/** Of all bursts of a case the one in which others took the least: they can only make it worse. */
function calmest(samples: readonly Sample[]): Sample {
  const [best] = samples.toSorted((a, b) => a.othersCores - b.othersCores);
  if (best === undefined) throw new Error('a case was not measured');
  return best;
}

type MachineFacts = Pick<Parameters, 'sync' | 'cores' | 'crowding'>;
type Sums = Pick<Calibration, 'parameters' | 'measured'>;

/** The parameters, from the cases with one node; see README.md for the equations. */
function workOut(samples: ReadonlyMap<Case, readonly Sample[]>, machine: MachineFacts): Sums {
  const { sync, cores, crowding } = machine;
  const of = (connections: number, work: Work, value: (sample: Sample) => number): number => {
    for (const [one, those] of samples) {
      if (one.nodes === 1 && one.connections === connections && one.work === work)
        return value(calmest(those));
    }
    throw new Error(`the case of ${connections} connections was not measured`);
  };
  const costs = (cpuMs: (sample: Sample) => number): Costs => {
    const alone = { cpu: of(1, 'check', cpuMs), batches: of(1, 'check', ({ batches }) => batches) };
    const many = { cpu: of(64, 'check', cpuMs), batches: of(64, 'check', ({ batches }) => batches) };
    const batchMs = Math.max(0, (alone.cpu - many.cpu) / (alone.batches - many.batches));
    const checkMs = Math.max(0, many.cpu - batchMs * many.batches);
    const bothMs = Math.max(
      0,
      of(64, 'create', cpuMs) - batchMs * of(64, 'create', ({ batches }) => batches),
    );
    return { batchMs, checkMs, createMs: bothMs * (1 - SETTLING), settleMs: bothMs * SETTLING };
  };
  // As it would have been with the other cores at rest, which is what the simulation begins with.
  const speed = ({ busyCores }: Sample) => speedOf(busyCores, cores, crowding);
  const node = costs((sample) => sample.nodeMs * speed(sample));
  const database = costs((sample) => sample.databaseMs * speed(sample));
  const driverMs = of(64, 'check', (sample) => sample.driverMs * speed(sample));
  const busyMs =
    of(1, 'check', (sample) => sample.driverMs + sample.nodeMs + sample.databaseMs) + sync.medianMs;
  // Three ways there and back: to the node, and twice from the node to the database.
  const loopbackMs = Math.max(0.01, (of(1, 'check', ({ latency }) => latency.p50Ms) - busyMs) / 3);
  const measured = [...samples].map(([one, those]): Measured => {
    const { perSecond, latency, othersCores } = calmest(those);
    return { ...one, perSecond, p50Ms: latency.p50Ms, p99Ms: latency.p99Ms, othersCores };
  });
  return { parameters: { node, database, driverMs, loopbackMs, sync, cores, crowding }, measured };
}

/** The part of a create that is done after its answer. Measured only together with the rest; only latency depends on it. */
const SETTLING = 0.3;

async function machineFacts(folder: string): Promise<MachineFacts> {
  const cores = os.availableParallelism();
  return { sync: describeMachine(folder).syncedWrite, cores, crowding: await measureCrowding(cores) };
}

/** All processes of the server that serves `databaseUrl`: the parent of the one that lasts as long, and its children. */
async function postgresPids(databaseUrl: string): Promise<number[]> {
  const rows = await ask<{ pid: number; kind: string }>(
    databaseUrl,
    'SELECT pid, backend_type AS kind FROM pg_stat_activity WHERE pid <> pg_backend_pid()',
  );
  const lasting = rows.find(({ kind }) => kind === 'checkpointer');
  if (lasting === undefined) throw new Error('the database does not show its processes');
  return [parentOf(lasting.pid), ...rows.map(({ pid }) => pid)];
}

function parentOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^PPid:\s+(\d+)/m.exec(text)?.[1] ?? 0);
}

/** How many transactions have written something so far: each took a number. */
async function writtenSoFar(databaseUrl: string): Promise<number> {
  const [row] = await ask<{ next: string }>(
    databaseUrl,
    'SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next',
  );
  return Number(row?.next ?? 0);
}

async function ask<Row extends object>(databaseUrl: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Waits until nobody else works much, on a machine that is shared; but not for long. */
async function untilCalm(): Promise<void> {
  const untilMs = performance.now() + CALM_LIMIT_MS;
  while (performance.now() < untilMs) {
    const before = { machine: machineMs(), now: performance.now() };
    await sleep(250);
    if ((machineMs() - before.machine) / (performance.now() - before.now) < CALM_CORES) return;
  }
}

/** Processor time that anybody used since the machine was started, in milliseconds. */
function machineMs(): number {
  return os.cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}
