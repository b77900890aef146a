import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SERVER_ENV, SERVER_FLAGS } from '../../server/src/own-node.js';
import { freePort, type Running, start, untilReady } from './spawn.ts';
import type { Target } from './target.ts';

export const ROOST_ENTRY = fileURLToPath(new URL('../../server/src/main.js', import.meta.url));
/** Not a secret: it opens only databases that a measurement made. */
export const ROOST_TEST_KEY = 'test_BenchBenchBenchBenchBench';
const SECRET_KEY = createHash('sha256').update('a key for measurements').digest('base64');

export type RoostOptions = {
  readonly folder: string;
  /** The same port at each start, so that callers can come back; else a free one. */
  readonly port?: number;
  readonly databaseUrl?: string;
  readonly env?: Record<string, string>;
};
export type RoostProcess = { readonly running: Running; readonly url: string; readonly readyMs: number };

/** Starts one node and waits until it is ready. `readyMs` counts from the start of the process. */
export async function startRoostProcess(options: RoostOptions): Promise<RoostProcess> {
  if (!existsSync(ROOST_ENTRY)) throw new Error(`there is no server at ${ROOST_ENTRY}`);
  const port = options.port ?? (await freePort());
  const env: Record<string, string> = {
    ...SERVER_ENV,
    ROOST_HOST: '127.0.0.1',
    ROOST_PORT: String(port),
    ROOST_DATA: options.folder,
    ROOST_TEST_KEY,
    ...(options.databaseUrl === undefined
      ? {}
      : { DATABASE_URL: options.databaseUrl, ROOST_SECRET_KEY: SECRET_KEY }),
    ...options.env,
  };
  const running = start([...SERVER_FLAGS, ROOST_ENTRY, 'serve'], env, options.folder);
  running.child.stdout?.resume();
  const url = `http://127.0.0.1:${port}`;
  try {
    return { running, url, readyMs: await untilReady(url, running) };
  } catch (error) {
    await running.kill();
    throw error;
  }
}

/** Roost as it is served in production: on SQLite in `folder`, or `nodes` processes over one PostgreSQL. */
export async function startRoost(options: {
  readonly folder: string;
  readonly databaseUrl?: string;
  readonly nodes?: number;
  readonly env?: Record<string, string>;
}): Promise<Target> {
  const nodes: RoostProcess[] = [];
  for (let i = 0; i < (options.nodes ?? 1); i++) nodes.push(await startRoostProcess(options));
  const store = options.databaseUrl === undefined ? 'SQLite' : 'PostgreSQL';
  return {
    name: nodes.length === 1 ? `Roost, ${store}` : `Roost, ${store}, ${nodes.length} nodes`,
    dialect: 'messagebird',
    urls: nodes.map((node) => node.url),
    accessKey: ROOST_TEST_KEY,
    pids: nodes.map((node) => node.running.pid),
    delivered: (recipients) => untilDelivered(nodes[0]?.url ?? '', recipients),
    async stop() {
      await Promise.all(nodes.map((node) => node.running.stop()));
    },
  };
}

/** Asks the sandbox phone until it shows a message for each recipient. */
async function untilDelivered(url: string, recipients: readonly string[]): Promise<void> {
  const headers = { Authorization: `AccessKey ${ROOST_TEST_KEY}` };
  const wait = async (recipient: string) => {
    const query = new URLSearchParams({ recipient, wait: '20' });
    const answer = await fetch(`${url}/sandbox/messages?${query}`, { headers });
    const { messages } = (await answer.json()) as { messages?: unknown[] };
    if (answer.status !== 200 || messages === undefined || messages.length === 0) {
      throw new Error(`no message for a recipient within 20 s (status ${answer.status})`);
    }
  };
  await Promise.all(recipients.map(wait));
}
