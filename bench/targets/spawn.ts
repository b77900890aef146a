import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export { freePort } from '../../testing/free-port.ts';

export type Running = {
  readonly pid: number;
  readonly child: ChildProcess;
  /** What it wrote to stderr so far, at most the last 8 KiB. */
  stderr(): string;
  /** Asks it to end, and kills it after 10 s. */
  stop(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
};

const living = new Set<ChildProcess>();

function killAll(): void {
  for (const child of living) child.kill('SIGKILL');
}

// A run that is stopped half-way must not leave servers behind. Who listens too tidies up in its own way.
process.on('exit', killAll);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (living.size > 0) killAll();
    if (process.listenerCount(signal) === 1) process.exit(1);
  });
}

/** Starts a program under this Node. Nothing of it reaches the terminal. */
export function start(args: readonly string[], env: Record<string, string>, cwd: string): Running {
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-8192);
  });
  if (child.pid === undefined) throw new Error(`cannot start ${args.join(' ')}`);
  living.add(child);
  const gone = once(child, 'exit').finally(() => living.delete(child));
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  return {
    pid: child.pid,
    child,
    stderr: () => errors,
    async stop() {
      if (ended()) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await gone;
      clearTimeout(timer);
    },
    async kill() {
      if (ended()) return;
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** Settings of the caller's own must not change what is measured. */
function cleanEnvironment(): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !/^(ROOST_|BIRDBANK_|DATABASE_URL$|NODE_TEST|PG)/.test(name))
      kept[name] = value;
  }
  return kept;
}

/** The port that a program of ours prints as `{"port":n}` in its first line. */
export async function printedPort(running: Running): Promise<number> {
  const { stdout } = running.child;
  if (stdout === null) throw new Error('no stdout to read the port from');
  const lines = createInterface({ input: stdout });
  const first = await Promise.race([once(lines, 'line'), once(running.child, 'exit').then(() => null)]);
  if (first === null) throw new Error(`the program ended before it listened: ${running.stderr()}`);
  stdout.resume();
  return (JSON.parse(String(first[0])) as { port: number }).port;
}

/** Waits for the first 200 of `/ready`; answers how long that took, in milliseconds. */
export async function untilReady(baseUrl: string, running: Running, limitMs = 30_000): Promise<number> {
  const startedMs = performance.now();
  while (performance.now() - startedMs < limitMs) {
    if (running.child.exitCode !== null || running.child.signalCode !== null) {
      throw new Error(`the server ended before it was ready: ${running.stderr()}`);
    }
    const answer = await fetch(`${baseUrl}/ready`, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
    await answer?.arrayBuffer();
    if (answer?.status === 200) return performance.now() - startedMs;
    await sleep(5);
  }
  throw new Error(`${baseUrl}/ready gave no 200 within ${limitMs} ms: ${running.stderr()}`);
}
