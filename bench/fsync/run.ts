import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { systemRandom } from '../../server/src/kernel/random.ts';
import { idCodec } from '../../server/src/store/ids.ts';
import { ROOST_ENTRY, ROOST_TEST_KEY } from '../targets/roost.ts';
import { freePort } from '../targets/spawn.ts';
import { judgeOrder } from './order.ts';
import { type Call, readCall } from './trace.ts';

const HELP = `node bench/fsync/run.ts [options]
  Looks with strace whether each 201 and each "verified" leaves only after the sync of the row that it speaks of.
  --requests n     creates, each followed by its check (1000)
  --callers n      at once (16)
  --json           one JSON object`;
const CALLS = 'pwrite64,fdatasync,fsync,write,writev,sendto';
const START_MS = 20_000;

const { values: options } = parseArgs({
  options: {
    requests: { type: 'string', default: '1000' },
    callers: { type: 'string', default: '16' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) console.log(HELP);
else process.exitCode = await run(Number(options.requests), Number(options.callers), options.json);

async function run(requests: number, callers: number, isJson: boolean): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-fsync-'));
  try {
    const trace = join(folder, 'trace');
    await traced(folder, trace, (url) => load(url, requests, callers));
    const calls: Call[] = [];
    for await (const line of createInterface({ input: createReadStream(trace, 'latin1') })) {
      const call = readCall(line);
      if (call !== null) calls.push(call);
    }
    const ids = idCodec(idKeyIn(join(folder, 'roost.db')), systemRandom);
    const order = judgeOrder(calls, ids.toStored);
    const isWhole = order.created >= requests && order.verified >= requests;
    if (isJson) console.log(JSON.stringify({ ...order, requests }));
    else {
      console.log(
        `${order.created} creates and ${order.verified} checks answered, ${order.syncs} syncs of the log`,
      );
      console.log(`${order.early.length} answers left before the sync that covers them`);
      for (const each of order.early.slice(0, 10)) console.log(`  ${each}`);
      if (!isWhole) console.log('Not every answer was seen in the trace.');
    }
    return isWhole && order.early.length === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a server under strace for as long as `work` takes. Only the thread that serves is traced: SQLite is on it. */
async function traced(folder: string, trace: string, work: (url: string) => Promise<void>): Promise<void> {
  const port = await freePort();
  const args = ['-y', '-qq', '-xx', '-s', '131072', '-e', `trace=${CALLS}`, '-o', trace];
  const env = {
    ...{ PATH: process.env.PATH ?? '', ROOST_PORT: String(port), ROOST_DATA: folder },
    ...{ ROOST_TEST_KEY, ROOST_LOG: 'error' },
  };
  const child = spawn('strace', [...args, process.execPath, ROOST_ENTRY, 'serve'], { env, stdio: 'ignore' });
  const ended = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const endMs = performance.now() + START_MS;
  for (;;) {
    const ready = await fetch(`${url}/ready`).catch(() => null);
    await ready?.arrayBuffer();
    if (ready?.status === 200) break;
    if (performance.now() > endMs || child.exitCode !== null)
      throw new Error('Roost did not start under strace');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  try {
    await work(url);
  } finally {
    // strace passes no signal on, and would leave the server running without it.
    const servers = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ');
    for (const pid of servers) process.kill(Number(pid), 'SIGTERM');
    await ended;
  }
}

async function load(url: string, requests: number, callers: number): Promise<void> {
  const headers = { authorization: `AccessKey ${ROOST_TEST_KEY}`, 'content-type': 'application/json' };
  let next = 0;
  const one = async () => {
    while (next < requests) {
      const body = JSON.stringify({
        recipient: `+316${10_000_000 + next++}`,
        returnToken: true,
        timeout: 300,
      });
      const made = await fetch(`${url}/verify`, { method: 'POST', headers, body });
      const { id, token } = (await made.json()) as { id: string; token: string };
      await (await fetch(`${url}/verify/${id}?token=${token}`, { headers })).arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: callers }, one));
}

function idKeyIn(file: string): Buffer {
  const database = new DatabaseSync(file, { readOnly: true });
  const row = database.prepare("SELECT value FROM settings WHERE name = 'id key'").get();
  database.close();
  return Buffer.from(String(row?.value), 'hex');
}
