import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export type Scope = { after(end: () => void | Promise<void>): void };
export type Env = { readonly [name: string]: string };

export const TEST_KEY = 'test_OperationsOperationsOperations';
const { PATH = '', NODE_COMPILE_CACHE } = process.env;
/** All that a `roost` of a test gets of the environment: nothing that decides what it does. */
export const BARE_ENV: Env = { PATH, ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }) };
const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));

export function freshFolder(t: Scope): string {
  const folder = mkdtempSync(join(tmpdir(), 'roost-operations-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string };
export type RunOptions = { readonly env?: Env; readonly uid?: number };

/** Runs `roost` with these words to its end. */
export async function roost(words: readonly string[], { env = {}, uid }: RunOptions = {}): Promise<Ran> {
  const child = spawn(process.execPath, [MAIN, ...words], {
    env: { ...BARE_ENV, ROOST_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}

export type Served = {
  readonly url: string;
  readonly child: ChildProcess;
  stderr(): string;
  /** SIGTERM; answers the exit code and how long it took. */
  stop(): Promise<{ readonly code: number | null; readonly ms: number }>;
  call(method: string, path: string, json?: object): Promise<Answer>;
  create(recipient: string): Promise<Answer>;
};
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
export type Answer = { readonly status: number; readonly headers: Headers; readonly body: any };

export type ServeOptions = {
  readonly env?: Env;
  /** Runs before it in the same process, as limits must be set. */
  readonly shell?: string;
  /** A program that becomes all this. */
  readonly within?: readonly string[];
};

/** `roost serve` as a process of its own. */
export async function serve(t: Scope, { env = {}, shell = '', within = [] }: ServeOptions): Promise<Served> {
  const script = `${shell === '' ? '' : `${shell} && `}exec "$0" "$@"`;
  const [program = '', ...args] = [
    ...within,
    '/bin/sh',
    '-c',
    script,
    process.execPath,
    MAIN,
    'serve',
    '--json',
  ];
  const child = spawn(program, args, {
    env: {
      ...BARE_ENV,
      ROOST_PORT: '0',
      ROOST_TEST_KEY: TEST_KEY,
      ROOST_LOG: 'error',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  let stdout = '';
  const ended = once(child, 'exit');
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (stdout.length < 65_536) stdout += text;
      const found = /^\{"url":"([^"]+)"/m.exec(stdout)?.[1];
      if (found !== undefined) resolve(found);
    });
    ended.then(() => reject(new Error(`roost serve ended: ${stderr}${stdout}`)));
  });
  const call = (method: string, path: string, json?: object) => request(url + path, method, json);
  return {
    ...{ url, child, call, stderr: () => stderr },
    create: (recipient) => call('POST', '/verify', { recipient, returnToken: true, timeout: 300 }),
    async stop() {
      const sinceMs = performance.now();
      child.kill('SIGTERM');
      const [code] = (await ended) as [number | null];
      return { code, ms: performance.now() - sinceMs };
    },
  };
}

async function request(url: string, method: string, json?: object): Promise<Answer> {
  const answer = await fetch(url, {
    method,
    headers: {
      authorization: `AccessKey ${TEST_KEY}`,
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    },
    signal: AbortSignal.timeout(20_000),
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === '' ? null : JSON.parse(text) };
}

let numbers = 0;
/** A mobile number that no test of this process has used. */
export const freshNumber = (): string => `+316${String(10_000_000 + numbers++)}`;

/** Asks again and again until the answer is right; fails when it was not to a question put after `withinMs`. */
export async function until<T>(ask: () => Promise<T | null>, withinMs: number, what: string): Promise<T> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    const isLast = performance.now() > endMs;
    const found = await ask();
    if (found !== null) return found;
    if (isLast) throw new Error(`${what} did not happen within ${withinMs} ms`);
    await sleep(20);
  }
}
