import type { Driver } from '../driver/driver.ts';
import type { LoadResult, LoadSpec, Work } from '../driver/load.ts';
import { recipient } from '../driver/numbers.ts';
import type { Target } from '../targets/target.ts';
import { processorMs, total } from './process.ts';

export type Plan = {
  readonly connections: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly rounds: number;
  /** Of whole pairs on each target before the first round. */
  readonly settleMs: number;
};
export type Burst = LoadResult & {
  /** Work per second when the time until the last message was handed over is counted too. */
  readonly deliveredPerSecond: number;
  readonly drainMs: number;
  /** Processor time of the server per unit of work, in microseconds; 0 for a server not ours. */
  readonly serverCpuUs: number;
};
export type Row = {
  readonly target: string;
  readonly work: Work;
  readonly connections: number;
  /** Medians over the rounds. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly serverCpuUs: number;
  readonly drainMs: number;
  /** Median, least and greatest of the ratios to the first target, each taken within one round. */
  readonly ratio: { readonly median: number; readonly least: number; readonly greatest: number };
  readonly unexpected: number;
  readonly statuses: Record<string, number>;
  readonly driverCpu: number;
};

/** How many of the last recipients are asked for: few, since asking takes the server's time too. */
const ASKED = 8;

/** Hands out recipients that nobody has used yet, over all bursts of a run. */
export class Numbers {
  #next: number;
  constructor(first = 0) {
    this.#next = first;
  }
  /** The first number of a burst; `used` moves on. */
  get next(): number {
    return this.#next;
  }
  used(count: number): void {
    this.#next += count;
  }
}

/**
 * Measures the same work on several targets in turn (A B C, A B C, ...), since a shared machine changes its
 * speed by the minute: only figures of one round are comparable, so ratios are made within a round.
 */
export async function alternate(
  driver: Driver,
  targets: readonly Target[],
  work: Work,
  plan: Plan,
  numbers: Numbers,
): Promise<Row[]> {
  const bursts = targets.map((): Burst[] => []);
  const fillSizes = targets.map(() => 0);
  for (let round = 0; round < plan.rounds; round++) {
    for (const [i, target] of targets.entries()) {
      const filled = work === 'check' ? await fill(driver, target, plan, fillSizes[i] ?? 0, numbers) : '';
      const burst = await runBurst(driver, target, work, plan, numbers, filled);
      bursts[i]?.push(burst);
      fillSizes[i] = Math.ceil(burst.perSecond * ((plan.measureMs + plan.warmUpMs) / 1000) * 1.2);
    }
  }
  const base = bursts[0]?.map((burst) => burst.deliveredPerSecond) ?? [];
  return targets.map((target, i) => summarise(target, work, plan, bursts[i] ?? [], base));
}

/**
 * Lets every target do its whole work for a while before anything is measured: for the first twenty to thirty thousand
 * requests the engine is still compiling, and a server that has just been started is not what anybody runs.
 */
export async function settle(
  driver: Driver,
  targets: readonly Target[],
  plan: Plan,
  numbers: Numbers,
): Promise<void> {
  for (const target of targets) {
    await runBurst(driver, target, 'pairs', { ...plan, measureMs: plan.settleMs }, numbers);
  }
}

/** One burst on one target, the hand-over of its last messages included. */
export async function runBurst(
  driver: Driver,
  target: Target,
  work: Work,
  plan: Plan,
  numbers: Numbers,
  pool = '',
): Promise<Burst> {
  const spec = specOf(target, work, plan, numbers);
  const cpuBefore = total(target.pids, processorMs);
  const result = await driver.run(spec, pool);
  numbers.used(result.usedNumbers);
  const wentWell = result.unexpected === 0;
  const drainMs = wentWell ? await drain(driver, target, spec, numbers) : 0;
  const cpuMs = total(target.pids, processorMs) - cpuBefore;
  const units = unitsOf(target, work, result);
  return {
    ...result,
    drainMs,
    deliveredPerSecond:
      result.perSecond / (1 + (drainMs * result.perSecond) / 1000 / Math.max(1, result.done)),
    serverCpuUs: units === 0 ? 0 : (cpuMs * 1000) / units,
  };
}

function unitsOf(target: Target, work: Work, { statuses }: LoadResult): number {
  const ok = (statuses[200] ?? 0) + (statuses[201] ?? 0);
  if (work !== 'pairs') return ok;
  return target.dialect === 'messagebird' ? (statuses[200] ?? 0) : ok / 2;
}

function specOf(target: Target, work: Work, plan: Plan, numbers: Numbers): LoadSpec {
  return {
    urls: target.urls,
    dialect: target.dialect,
    accessKey: target.accessKey,
    work,
    connections: plan.connections,
    warmUpMs: plan.warmUpMs,
    measureMs: plan.measureMs,
    firstNumber: numbers.next,
  };
}

/**
 * Waits until the last messages have been handed over; answers how long that took after the last answer. A
 * pair ends its verification, and a message that nobody waits for need not be sent: so for pairs, a few
 * creates more show when the queue has been worked off.
 */
async function drain(driver: Driver, target: Target, spec: LoadSpec, numbers: Numbers): Promise<number> {
  if (target.delivered === undefined) return 0;
  const startedMs = performance.now();
  if (spec.work === 'pairs') {
    const probes = { ...spec, connections: ASKED, firstNumber: numbers.next };
    numbers.used((await driver.fill(probes, 'probes', ASKED)).asked);
  }
  const count = Math.min(ASKED, numbers.next - spec.firstNumber);
  await target.delivered(Array.from({ length: count }, (_, i) => recipient(numbers.next - 1 - i)));
  return performance.now() - startedMs;
}

let pools = 0;

async function fill(
  driver: Driver,
  target: Target,
  plan: Plan,
  size: number,
  numbers: Numbers,
): Promise<string> {
  const pool = `${target.name} ${pools++}`;
  // Without an earlier round to go by: what a fast server could check in that time; running dry is noticed.
  const guess = target.pids.length > 0 && target.delivered === undefined ? 100_000 : 30_000;
  const count = size > 0 ? size : Math.ceil((guess * (plan.warmUpMs + plan.measureMs)) / 1000);
  const spec = specOf(target, 'check', { ...plan, connections: Math.max(64, plan.connections) }, numbers);
  const limited = target.dialect === 'messagebird' ? count : Math.min(count, 8_000);
  const { asked, made } = await driver.fill(spec, pool, limited);
  numbers.used(asked);
  if (made === 0) throw new Error(`${target.name} made none of ${asked} verifications to check`);
  await drain(driver, target, spec, numbers);
  return pool;
}

export function summarise(
  target: Target,
  work: Work,
  plan: Plan,
  bursts: readonly Burst[],
  base: readonly number[],
): Row {
  const of = (value: (burst: Burst) => number) => median(bursts.map(value));
  const ratios = bursts.map((burst, round) => burst.deliveredPerSecond / (base[round] ?? Number.NaN));
  const statuses: Record<string, number> = {};
  for (const burst of bursts) {
    for (const [status, count] of Object.entries(burst.statuses)) {
      statuses[status] = (statuses[status] ?? 0) + count;
    }
  }
  return {
    target: target.name,
    work,
    connections: plan.connections,
    perSecond: of((burst) => burst.deliveredPerSecond),
    p50Ms: of((burst) => burst.latency.p50Ms),
    p95Ms: of((burst) => burst.latency.p95Ms),
    p99Ms: of((burst) => burst.latency.p99Ms),
    maxMs: Math.max(...bursts.map((burst) => burst.latency.maxMs)),
    serverCpuUs: of((burst) => burst.serverCpuUs),
    drainMs: of((burst) => burst.drainMs),
    ratio: { median: median(ratios), least: Math.min(...ratios), greatest: Math.max(...ratios) },
    unexpected: bursts.reduce((sum, burst) => sum + burst.unexpected, 0),
    statuses,
    driverCpu: Math.max(...bursts.map((burst) => burst.driverCpu)),
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
