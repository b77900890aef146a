import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { CrashTarget } from '../crash/target.ts';
import { between, pick, type Random } from '../driver/random.ts';
import { startDatabase } from '../targets/postgres.ts';
import { ROOST_TEST_KEY, type RoostProcess, startRoostProcess } from '../targets/roost.ts';
import { freePort, untilReady } from '../targets/spawn.ts';
import { type Network, openNetwork } from './network.ts';
import { Wire } from './wire.ts';

export const HARMS = ['partition', 'latency', 'cut', 'terminate', 'stop', 'kill'] as const;
export type Harm = (typeof HARMS)[number];

export type PartitionTarget = CrashTarget & { readonly network: Network['kind'] };

const NODES = 2;
const PARTITION_MS = 5_000;
const LATENCY_MS = 4_000;
/** Each way; there and back it is 100 ms, give or take 50. */
const SLOW = { leastMs: 25, mostMs: 75 } as const;

/** Two nodes over one PostgreSQL on the far side of a network that fails in the ways named by `harms`. */
export async function partitionTarget(
  home: string,
  run: number,
  random: Random,
  harms: readonly Harm[],
): Promise<PartitionTarget> {
  const clearing: (() => void | Promise<void>)[] = [];
  const clear = async () => {
    for (const one of clearing.splice(0).reverse()) await one();
  };
  try {
    const { postgres, newDatabase } = await startDatabase((one) => clearing.push(one));
    const databaseUrl = await newDatabase();
    const socketPath = join(home, `wire-${process.pid}.socket`);
    const wire = await Wire.open(socketPath, () => Number(new URL(databaseUrl).port), random);
    clearing.push(() => wire.close());
    const network = await openNetwork(NODES, socketPath);
    clearing.push(() => network.close());
    const ports = await Promise.all(Array.from({ length: NODES }, freePort));
    const stage = { home, run, databaseUrl, wire, network, ports, postgres };
    return targetOn(stage, harms, clear);
  } catch (error) {
    await clear();
    throw error;
  }
}

type Stage = {
  readonly home: string;
  readonly run: number;
  readonly databaseUrl: string;
  readonly wire: Wire;
  readonly network: Network;
  readonly ports: readonly number[];
  readonly postgres: { stop(mode: 'immediate'): Promise<void>; restart(): Promise<void> };
};

function targetOn(stage: Stage, harms: readonly Harm[], clear: () => Promise<void>): PartitionTarget {
  const { wire, network, ports, postgres, databaseUrl } = stage;
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  const nodes: (RoostProcess | null)[] = ports.map(() => null);
  let stopped = false;

  const startNode = async (i: number) => {
    const folder = join(stage.home, `node-${stage.run}-${i}`);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const through = new URL(databaseUrl);
    through.host = network.addresses[i] ?? '';
    const node = await startRoostProcess({ folder, port: ports[i] ?? 0, databaseUrl: through.href });
    nodes[i] = node;
    return node.readyMs;
  };

  const lose = (lanes: readonly number[]) => {
    if (network.lose === null) wire.hold(lanes);
    else for (const lane of lanes) network.lose(lane, 'lost');
  };
  const mend = (lanes: readonly number[]) => {
    wire.release();
    for (const lane of lanes) network.lose?.(lane, 'whole');
  };

  const doHarm: Record<Harm, (random: Random) => Promise<string>> = {
    async partition(random) {
      const lanes = pick(random, [[0], [1], [0, 1]]);
      lose(lanes);
      await sleep(PARTITION_MS);
      mend(lanes);
      return `${PARTITION_MS / 1000} s of lost packets for node ${lanes.join(' and ')}`;
    },
    async latency() {
      wire.delay = SLOW;
      await sleep(LATENCY_MS);
      wire.delay = null;
      return `${2 * SLOW.leastMs} to ${2 * SLOW.mostMs} ms there and back`;
    },
    async cut(random) {
      const times = between(random, 5, 15);
      for (let i = 0; i < times; i++) {
        wire.cutBeforeAnswer();
        await sleep(between(random, 20, 200));
      }
      return 'connections cut between question and answer';
    },
    async terminate(random) {
      const times = between(random, 10, 40);
      await endSessions(databaseUrl, times);
      return 'sessions ended every 50 ms';
    },
    async stop(random) {
      stopped = true;
      await postgres.stop('immediate');
      await sleep(between(random, 0, 3_000));
      return 'database stopped at once';
    },
    async kill(random) {
      const i = between(random, 0, NODES - 1);
      await nodes[i]?.running.kill();
      nodes[i] = null;
      await sleep(between(random, 0, 500));
      return 'a node killed';
    },
  };

  return {
    name: `PostgreSQL, ${NODES} nodes, a network that fails`,
    network: network.kind,
    urls,
    accessKey: ROOST_TEST_KEY,
    survivesHarm: true,
    async start() {
      for (let i = 0; i < NODES; i++) await startNode(i);
    },
    harm: (random) => doHarm[pick(random, harms)](random),
    inspect: async () => [],
    async heal() {
      if (stopped) await postgres.restart();
      stopped = false;
      const starts: number[] = [];
      for (const [i, node] of nodes.entries()) {
        starts.push(node === null ? await startNode(i) : await untilReady(urls[i] ?? '', node.running));
      }
      return starts;
    },
    async stop() {
      mend(ports.map((_, lane) => lane));
      await Promise.all(nodes.map((node) => node?.running.stop()));
      await clear();
    },
  };
}

/** Ends one session of the nodes every 50 ms, each chosen by the database at random. */
async function endSessions(databaseUrl: string, times: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (let i = 0; i < times; i++) {
      await client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1`,
      );
      await sleep(50);
    }
  } finally {
    await client.end();
  }
}
