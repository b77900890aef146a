import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from './free-port.ts';
import { findPostgres } from './postgres-binary.ts';
import type { Scope } from './scope.ts';

export type PostgresOptions = {
  /** Whether a commit waits for the disk. Only tests about crashes of the machine, and benchmarks, need it. */
  readonly fsync?: boolean;
};

/** `fast` ends sessions and writes everything down; `immediate` is a crash, recovered from at the next start. */
export type StopMode = 'fast' | 'immediate';

export type Postgres = {
  /** Of its first database, `postgres://...`; stays the same over a restart. */
  readonly url: string;
  stop(mode: StopMode): Promise<void>;
  /** Starts again what `stop` ended; a running server is stopped fast first. */
  restart(): Promise<void>;
  /** Makes an empty database and returns its address. */
  createDatabase(name: string): Promise<string>;
};

const USER = 'roost';
const NOBODY = 65_534; // PostgreSQL refuses to run as root
const START_TIMEOUT_MS = 30_000;
const SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

type Server = { readonly child: ChildProcess; readonly log: () => string };
type Identity = { readonly uid: number; readonly gid: number } | Record<never, never>;

/** A real PostgreSQL 18 on loopback with a folder of its own, gone when the test ends. */
export async function startPostgres(t: Scope, options: PostgresOptions = {}): Promise<Postgres> {
  const identity: Identity = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const binaries = await findPostgres(identity);
  const folder = await mkdtemp(path.join(tmpdir(), 'roost-postgres-'));
  let server: Server | null = null;
  const stop = async (mode: StopMode) => {
    const running = server;
    server = null;
    if (running !== null) await stopServer(running, mode);
  };
  t.after(async () => {
    try {
      await stop('immediate');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  if ('uid' in identity) await chown(folder, identity.uid, identity.gid);
  const data = path.join(folder, 'data');
  const initdb = ['-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  await promisify(execFile)(path.join(binaries, 'initdb'), initdb, { ...identity, cwd: folder });
  const port = await freePort();
  const args = ['-D', data, '-p', String(port), ...settings(options)];
  const start = () => startServer(path.join(binaries, 'postgres'), args, { ...identity, cwd: folder });
  server = await start();
  const urlOf = (database: string) => `postgres://${USER}@127.0.0.1:${port}/${database}`;
  return {
    url: urlOf('postgres'),
    stop,
    restart: async () => {
      await stop('fast');
      server = await start();
    },
    createDatabase: async (name) => {
      await run(urlOf('postgres'), `CREATE DATABASE ${pg.escapeIdentifier(name)}`);
      return urlOf(encodeURIComponent(name));
    },
  };
}

function settings({ fsync = false }: PostgresOptions): string[] {
  const durable = fsync ? 'on' : 'off';
  return [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    `fsync=${durable}`,
    `full_page_writes=${durable}`,
  ].flatMap((setting) => ['-c', setting]);
}

async function startServer(
  program: string,
  args: readonly string[],
  options: Identity & { cwd: string },
): Promise<Server> {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  const forget = endWithThisProcess(child);
  child.once('exit', forget);
  await new Promise<void>((resolve, reject) => {
    const fail = (reason: string) => {
      clearTimeout(timer);
      reject(new Error(`PostgreSQL ${reason}. Its log:\n${log}`));
    };
    const timer = setTimeout(() => fail(`was not ready after ${START_TIMEOUT_MS} ms`), START_TIMEOUT_MS);
    child.once('error', reject);
    child.once('exit', (code) => fail(`ended at once with code ${code}`));
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      log += chunk;
      if (!log.includes('ready to accept connections')) return;
      clearTimeout(timer);
      resolve();
    });
  });
  return { child, log: () => log };
}

async function stopServer({ child, log }: Server, mode: StopMode): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null)
    throw new Error(`PostgreSQL had died. Its log:\n${log()}`);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill(SIGNALS[mode]);
  await ended;
}

/** A test process that is stopped half-way must not leave a server behind. Returns how to let go of it. */
function endWithThisProcess(child: ChildProcess): () => void {
  const kill = () => void child.kill('SIGQUIT');
  const stop = () => {
    kill();
    process.exit(1);
  };
  process.on('exit', kill).on('SIGTERM', stop).on('SIGINT', stop);
  return () => void process.off('exit', kill).off('SIGTERM', stop).off('SIGINT', stop);
}

async function run(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
