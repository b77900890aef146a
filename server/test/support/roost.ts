import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeRoost, type Roost } from '../../src/compose.ts';
import { type Environment, readConfig } from '../../src/config.ts';
import type { Clock } from '../../src/kernel/clock.ts';
import { createLog } from '../../src/kernel/log.ts';
import { systemRandom } from '../../src/kernel/random.ts';

/** What a test offers to clean up after it; `node:test`'s context fits. */
export type Scope = { after(end: () => void | Promise<void>): void };

/** The real clock, moved ahead or back by a test. */
export type MovableClock = Clock & { advance(ms: number): void };

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
};

export type StartedRoost = {
  readonly url: string;
  readonly testKey: string;
  readonly liveKey: string;
  readonly clock: MovableClock;
  readonly folder: string;
  readonly roost: Roost;
  /** Every line that was logged, at the finest level. */
  readonly logged: string[];
  /** One request, with the test key unless `key` says otherwise. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Creates a verification with the test key and tells its code. */
  createVerification(recipient: string, more?: object): Promise<{ id: string; code: string }>;
  check(id: string, code: string): Promise<Answer>;
  /** Stops it, keeping its data for another start on the same folder. */
  stop(): Promise<void>;
};
export type CallOptions = {
  readonly key?: string | null;
  readonly json?: unknown;
  readonly form?: Record<string, string>;
  readonly body?: string | Uint8Array;
  readonly headers?: Record<string, string>;
};
export type StartOptions = {
  readonly env?: Environment;
  /** Starts on the data of an earlier Roost. */
  readonly folder?: string;
  readonly clock?: MovableClock;
};

export const TEST_KEY = 'test_BENCHtestBENCHtestBENCHtest';
export const LIVE_KEY = 'live_BENCHliveBENCHliveBENCHlive';

export function movableClock(): MovableClock {
  let aheadMs = 0;
  return Object.assign(() => Date.now() + aheadMs, {
    advance(ms: number) {
      aheadMs += ms;
    },
  });
}

/** The real Roost in this process: SQLite in a folder of its own, a port of its own, a clock that can be moved. */
export async function startRoost(t: Scope, options: StartOptions = {}): Promise<StartedRoost> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'roost-test-'));
  const clock = options.clock ?? movableClock();
  const logged: string[] = [];
  const env = { ROOST_PORT: '0', ROOST_DATA: folder, ...options.env };
  const log = createLog('debug', { write: (line) => logged.push(line) });
  const roost = await composeRoost(readConfig(env, folder), { clock, random: systemRandom, log });
  await roost.provision({ live: LIVE_KEY, test: TEST_KEY });
  const url = await roost.start();
  let stopped = false;
  const stop = async () => {
    if (!stopped) await roost.stop();
    stopped = true;
  };
  t.after(async () => {
    await stop();
    if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
  });
  const call = (method: string, path: string, more: CallOptions = {}) => request(url, method, path, more);
  return {
    ...{ url, clock, folder, roost, logged, call, stop, testKey: TEST_KEY, liveKey: LIVE_KEY },
    async createVerification(recipient, more = {}) {
      const json = { recipient, returnToken: true, timeout: 300, ...more };
      const answer = await call('POST', '/verify', { json });
      if (answer.status !== 201) throw new Error(`the create was refused: ${answer.text}`);
      return { id: answer.body.id, code: answer.body.token };
    },
    check: (id, code) => call('GET', `/verify/${id}?token=${code}`),
  };
}

async function request(url: string, method: string, path: string, options: CallOptions): Promise<Answer> {
  const headers: Record<string, string> = { ...options.headers };
  const key = options.key === undefined ? TEST_KEY : options.key;
  if (key !== null) headers.authorization ??= `AccessKey ${key}`;
  let body: string | Uint8Array | undefined = options.body;
  if (options.json !== undefined) {
    body = JSON.stringify(options.json);
    headers['content-type'] ??= 'application/json';
  }
  if (options.form !== undefined) {
    body = new URLSearchParams(options.form).toString();
    headers['content-type'] ??= 'application/x-www-form-urlencoded';
  }
  const answer = await fetch(url + path, {
    method,
    headers,
    redirect: 'manual',
    ...(body === undefined ? {} : { body: body as string }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, body: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
