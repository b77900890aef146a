import { setTimeout as sleep } from 'node:timers/promises';
import type { Work } from '../driver/load.ts';
import { startBare } from '../targets/bare.ts';
import { startBetterAuth } from '../targets/better-auth.ts';
import { startRoost } from '../targets/roost.ts';
import { external, type Target } from '../targets/target.ts';
import { residentMiB, total, watchMemory } from './process.ts';
import { alternate, type Burst, median, type Plan, type Row, runBurst, settle } from './rounds.ts';
import type { Workshop } from './workshop.ts';

const WORKS = ['create', 'check', 'pairs'] as const satisfies Work[];

export function planOf({ options }: Workshop, connections = options.connections): Plan {
  return {
    connections,
    warmUpMs: options.quick ? 400 : 1_000,
    measureMs: options.seconds * 1000,
    rounds: options.rounds,
    settleMs: options.quick ? 5_000 : 15_000,
  };
}

/** Create, check and pairs beside the bare server; the highest memory of each on the way. */
export async function core(shop: Workshop): Promise<{ rows: Row[]; highestMiB: Record<string, number> }> {
  const { options } = shop;
  const bare = await shop.keep(startBare());
  const others =
    options.url === null
      ? [await shop.keep(startRoost({ folder: shop.folder() }))]
      : [external([options.url], options.dialect, options.key)];
  const targets = [bare, ...others];
  const watches = targets.map((target) => watchMemory(target.pids));
  const rows: Row[] = [];
  await settle(shop.driver, targets, planOf(shop), shop.numbers);
  for (const work of WORKS)
    rows.push(...(await alternate(shop.driver, targets, work, planOf(shop), shop.numbers)));
  const highestMiB = Object.fromEntries(targets.map((target, i) => [target.name, watches[i]?.() ?? 0]));
  await Promise.all(targets.map((target) => target.stop()));
  return { rows, highestMiB };
}

/** The same work by better-auth, on the same database and as durable. Ratios are to Roost. */
export async function peers(shop: Workshop, databases: readonly (string | null)[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const databaseUrl of databases) {
    const where = () => ({ folder: shop.folder(), ...(databaseUrl === null ? {} : { databaseUrl }) });
    const targets: Target[] = [
      await shop.keep(startRoost(where())),
      await shop.keep(startBetterAuth({ ...where(), check: 'consume' })),
      await shop.keep(startBetterAuth({ ...where(), check: 'signup' })),
    ];
    await settle(shop.driver, targets, planOf(shop), shop.numbers);
    for (const work of ['create', 'pairs'] as const) {
      rows.push(...(await alternate(shop.driver, targets, work, planOf(shop), shop.numbers)));
    }
    await Promise.all(targets.map((target) => target.stop()));
  }
  return rows;
}

/** Pairs on PostgreSQL with one and two nodes, beside SQLite, at the usual number of connections and at 256. */
export async function postgres(shop: Workshop, newDatabase: () => Promise<string>): Promise<Row[]> {
  const targets = [
    await shop.keep(startRoost({ folder: shop.folder() })),
    await shop.keep(startRoost({ folder: shop.folder(), databaseUrl: await newDatabase() })),
    await shop.keep(startRoost({ folder: shop.folder(), databaseUrl: await newDatabase(), nodes: 2 })),
  ];
  const rows: Row[] = [];
  await settle(shop.driver, targets, planOf(shop), shop.numbers);
  for (const connections of [shop.options.connections, 256]) {
    for (const work of WORKS) {
      const plan = planOf(shop, connections);
      rows.push(...(await alternate(shop.driver, targets, work, plan, shop.numbers)));
    }
  }
  await Promise.all(targets.map((target) => target.stop()));
  return rows;
}

/** Pairs at each number of connections, beside the bare server. */
export async function concurrency(shop: Workshop): Promise<Row[]> {
  const bare = await shop.keep(startBare());
  const roost = await shop.keep(startRoost({ folder: shop.folder() }));
  const rows: Row[] = [];
  await settle(shop.driver, [bare, roost], planOf(shop), shop.numbers);
  for (const connections of shop.options.sweep) {
    const plan = planOf(shop, connections);
    rows.push(...(await alternate(shop.driver, [bare, roost], 'pairs', plan, shop.numbers)));
  }
  await Promise.all([bare.stop(), roost.stop()]);
  return rows;
}

export type StoredRow = {
  readonly stored: number;
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly serverCpuUs: number;
  /** Cost of a pair beside the cost with the fewest stored rows, by rate and by processor time. */
  readonly costByRate: number;
  readonly costByCpu: number;
};

/**
 * Cost per pair with more and more stored verifications. Each size is measured against a server with few
 * rows in the same rounds, so that a slower minute of the machine does not count as a slower store.
 */
export async function storedRows(shop: Workshop): Promise<StoredRow[]> {
  const small = await shop.keep(startRoost({ folder: shop.folder() }));
  const large = await shop.keep(startRoost({ folder: shop.folder() }));
  const plan = planOf(shop);
  const out: StoredRow[] = [];
  let stored = 0;
  await settle(shop.driver, [small, large], plan, shop.numbers);
  for (const size of shop.options.rows) {
    const { asked } = await shop.driver.fill(
      {
        ...{ urls: large.urls, dialect: large.dialect, accessKey: large.accessKey, work: 'create' },
        ...{ connections: 64, warmUpMs: 0, measureMs: 0, firstNumber: shop.numbers.next },
      },
      `rows ${size}`,
      Math.max(0, size - stored),
    );
    shop.numbers.used(asked);
    stored += asked;
    const pairs: { base: Burst; full: Burst }[] = [];
    for (let round = 0; round < plan.rounds; round++) {
      const base = await runBurst(shop.driver, small, 'pairs', plan, shop.numbers);
      const full = await runBurst(shop.driver, large, 'pairs', plan, shop.numbers);
      stored += full.usedNumbers;
      pairs.push({ base, full });
    }
    const of = (value: (pair: { base: Burst; full: Burst }) => number) => median(pairs.map(value));
    const row = {
      stored,
      perSecond: of(({ full }) => full.deliveredPerSecond),
      p99Ms: of(({ full }) => full.latency.p99Ms),
      serverCpuUs: of(({ full }) => full.serverCpuUs),
      costByRate: of(({ base, full }) => base.deliveredPerSecond / full.deliveredPerSecond),
      costByCpu: of(({ base, full }) => full.serverCpuUs / base.serverCpuUs),
    };
    out.push(row);
    shop.say(
      `  ${row.stored} stored: ${Math.round(row.perSecond)} pairs/s, cost ${row.costByRate.toFixed(3)}`,
    );
  }
  await Promise.all([small.stop(), large.stop()]);
  return out;
}

/** Memory of a server that has just started, and of one that was loaded and then left alone. */
export async function memory(
  shop: Workshop,
): Promise<{ atRestMiB: number; loadedMiB: number; afterMiB: number }> {
  const roost = await shop.keep(startRoost({ folder: shop.folder() }));
  await sleep(3_000);
  const atRestMiB = total(roost.pids, residentMiB);
  const watch = watchMemory(roost.pids);
  await runBurst(shop.driver, roost, 'pairs', { ...planOf(shop, 256), measureMs: 5_000 }, shop.numbers);
  const loadedMiB = watch();
  await sleep(3_000);
  const afterMiB = total(roost.pids, residentMiB);
  await roost.stop();
  return { atRestMiB, loadedMiB, afterMiB };
}
