import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startRoost } from '../targets/roost.ts';
import { residentMiB, total } from './process.ts';
import { median, Numbers, type Plan, runBurst } from './rounds.ts';
import type { Workshop } from './workshop.ts';

type Sample = {
  readonly segment: number;
  readonly atMs: number;
  readonly mib: number;
  readonly pairs: number;
};
export type Soak = {
  readonly minutes: number;
  readonly pairs: number;
  /** Growth of the memory within each unbroken segment: its last fifth beside its second fifth. */
  readonly growth: readonly number[];
};

/**
 * An hour of load, watching the memory. What was seen is appended to `soak/samples.jsonl` under the data
 * folder; started again, it goes on with the same database until the minutes asked for are full.
 */
export async function soak(shop: Workshop): Promise<Soak> {
  const folder = join(shop.options.data, 'roost-bench-soak');
  mkdirSync(join(folder, 'data'), { recursive: true, mode: 0o700 });
  const log = join(folder, 'samples.jsonl');
  if (!existsSync(log)) writeFileSync(log, '');
  const samples = readSamples(log);
  const segment = (samples.at(-1)?.segment ?? 0) + 1;
  const numbers = new Numbers(samples.reduce((sum, sample) => sum + sample.pairs, 0) * 2);
  const roost = await shop.keep(startRoost({ folder: join(folder, 'data') }));
  const plan: Plan = {
    connections: shop.options.connections,
    warmUpMs: 0,
    measureMs: 10_000,
    rounds: 1,
    settleMs: 0,
  };
  while (soakedMs(samples) < shop.options.minutes * 60_000) {
    const before = numbers.next;
    const burst = await runBurst(shop.driver, roost, 'pairs', plan, numbers);
    const mib = total(roost.pids, residentMiB);
    const sample = { segment, atMs: Date.now(), mib, pairs: numbers.next - before };
    samples.push(sample);
    appendFileSync(log, `${JSON.stringify(sample)}\n`);
    const rate = Math.round(burst.deliveredPerSecond);
    shop.say(`  ${(soakedMs(samples) / 60_000).toFixed(1)} min: ${mib.toFixed(0)} MiB, ${rate} pairs/s`);
  }
  await roost.stop();
  return summarise(samples);
}

function readSamples(log: string): Sample[] {
  const lines = readFileSync(log, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Sample);
}

function bySegment(samples: readonly Sample[]): Sample[][] {
  return [...Map.groupBy(samples, (sample) => sample.segment).values()];
}

function soakedMs(samples: readonly Sample[]): number {
  return bySegment(samples).reduce((sum, one) => sum + (one.at(-1)?.atMs ?? 0) - (one[0]?.atMs ?? 0), 0);
}

function summarise(samples: readonly Sample[]): Soak {
  const growth = bySegment(samples)
    .filter((one) => one.length >= 10)
    .map((one) => {
      const fifth = Math.floor(one.length / 5);
      const early = median(one.slice(fifth, 2 * fifth).map((sample) => sample.mib));
      const late = median(one.slice(-fifth).map((sample) => sample.mib));
      return late / early - 1;
    });
  return {
    minutes: soakedMs(samples) / 60_000,
    pairs: samples.reduce((sum, sample) => sum + sample.pairs, 0),
    growth,
  };
}
