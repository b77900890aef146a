import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { between, pick, type Random } from '../driver/random.ts';
import { startDatabase } from '../targets/postgres.ts';
import { ROOST_TEST_KEY, type RoostProcess, startRoostProcess } from '../targets/roost.ts';
import { freePort, untilReady } from '../targets/spawn.ts';
import type { CrashTarget } from './target.ts';

const NODES = 2;
type Harm = 'kill' | 'terminate' | 'crash';

/**
 * Two nodes over one PostgreSQL. A round kills one node, or ends the database's sessions at random, or stops
 * the database as a power cut would; the load goes on all the while.
 */
export async function postgresTarget(home: string, run: number): Promise<CrashTarget> {
  const clearing: (() => void | Promise<void>)[] = [];
  const { postgres, newDatabase } = await startDatabase((clear) => clearing.push(clear));
  const databaseUrl = await newDatabase();
  const ports = await Promise.all(Array.from({ length: NODES }, freePort));
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  const nodes: (RoostProcess | null)[] = ports.map(() => null);
  let harmed: Harm = 'kill';

  const startNode = async (i: number) => {
    const folder = join(home, `node-${run}-${i}`);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const node = await startRoostProcess({ folder, port: ports[i] ?? 0, databaseUrl });
    nodes[i] = node;
    return node.readyMs;
  };

  const doHarm: Record<Harm, (random: Random) => Promise<string>> = {
    async kill(random) {
      const i = between(random, 0, NODES - 1);
      await nodes[i]?.running.kill();
      nodes[i] = null;
      await sleep(between(random, 0, 500));
      return `SIGKILL of node ${i}`;
    },
    async terminate(random) {
      const times = between(random, 5, 15);
      for (let i = 0; i < times; i++) {
        await endSession(databaseUrl);
        await sleep(50);
      }
      return `${times} sessions ended`;
    },
    async crash(random) {
      await postgres.stop('immediate');
      await sleep(between(random, 0, 500));
      return 'database stopped at once';
    },
  };

  return {
    name: `PostgreSQL, ${NODES} nodes`,
    urls,
    accessKey: ROOST_TEST_KEY,
    survivesHarm: true,
    async start() {
      for (let i = 0; i < NODES; i++) await startNode(i);
    },
    async harm(random) {
      harmed = pick(random, ['kill', 'terminate', 'crash'] as const);
      return doHarm[harmed](random);
    },
    inspect: async () => [],
    async heal() {
      if (harmed === 'crash') await postgres.restart();
      const starts: number[] = [];
      for (const [i, node] of nodes.entries()) {
        starts.push(node === null ? await startNode(i) : await untilReady(urls[i] ?? '', node.running));
      }
      return starts;
    },
    async stop() {
      await Promise.all(nodes.map((node) => node?.running.stop()));
      for (const clear of clearing.reverse()) await clear();
    },
  };
}

/** Ends one session of the nodes, chosen by the database at random. */
async function endSession(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1`,
    );
  } finally {
    await client.end();
  }
}
