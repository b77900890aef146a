import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Roost } from '@roost/client';
import { type StartedRoost, startRoost } from '../../../server/test/support/roost.ts';
import { createBank } from '../../src/app.ts';
import { openDatabase } from '../../src/database.ts';

export type StartedBank = {
  readonly url: string;
  readonly roost: StartedRoost;
  /** Where its database is. */
  readonly folder: string;
  /** Lines told to those who run it. */
  readonly told: string[];
  /** Every request that reached Roost, as method and path. */
  readonly asked: string[];
  /** The newest code that was sent to this number. */
  newestCode(recipient: string): Promise<string>;
};
type Options = {
  readonly key?: 'live' | 'test';
  /** Another address than the real Roost's, or another way to reach it. */
  readonly roostUrl?: string;
  readonly fetch?: typeof globalThis.fetch;
};

/** The real BirdBank and the real Roost in this process, with one clock that a test can move. */
export async function startBank(t: TestContext, options: Options = {}): Promise<StartedBank> {
  const roost = await startRoost(t);
  const folder = mkdtempSync(join(tmpdir(), 'birdbank-test-'));
  const database = openDatabase(folder);
  const told: string[] = [];
  const asked: string[] = [];
  const reach = options.fetch ?? fetch;
  const roostUrl = options.roostUrl ?? roost.url;
  const accessKey = options.key === 'live' ? roost.liveKey : roost.testKey;
  const noted: typeof globalThis.fetch = (url, init) => {
    asked.push(`${init?.method} ${new URL(String(url)).pathname}`);
    return reach(url, init);
  };
  const bank = await createBank({
    roost: new Roost({ url: roostUrl, accessKey, timeoutMs: 2_000, fetch: noted }),
    ...{ database, roostUrl, randomBytes, nowMs: roost.clock },
    isTest: options.key !== 'live',
    tellStaff: (line) => told.push(line),
  });
  await bank.listen({ host: '127.0.0.1', port: 0 });
  t.after(async () => {
    await bank.close();
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const { port } = bank.server.address() as AddressInfo;
  const sandbox = new Roost({ url: roost.url, accessKey }).sandbox;
  return {
    ...{ url: `http://localhost:${port}`, roost, folder, told, asked },
    async newestCode(recipient) {
      const newest = (await sandbox.messages({ recipient, wait: 5 })).at(-1);
      if (newest === undefined) throw new Error(`no message for ${recipient}`);
      return newest.token;
    },
  };
}

/** A code that is surely another one. */
export const wrongCode = (code: string): string => (code.startsWith('1') ? '2' : '1') + code.slice(1);
