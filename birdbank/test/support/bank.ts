import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import { Roost } from '@roost/client';
import { type StartedRoost, startRoost } from '../../../server/test/support/roost.ts';
import { createBank } from '../../src/app.ts';
import { openDatabase } from '../../src/database.ts';
import { openKeys } from '../../src/keys.ts';

export type StartedBank = {
  readonly url: string;
  readonly roost: StartedRoost;
  /** Where its database is. */
  readonly folder: string;
  readonly database: DatabaseSync;
  /** Lines told to those who run it. */
  readonly told: string[];
  /** Every route that there is, as method and pattern. */
  readonly routes: readonly { readonly method: 'GET' | 'POST'; readonly pattern: string }[];
  /** Every request that reached Roost, as method and path. */
  readonly asked: string[];
  /** The newest code that was sent to this number. */
  newestCode(recipient: string): Promise<string>;
  /** Id of the newest message to this number, for `codeAfter`. */
  newestMessage(recipient: string): Promise<string | null>;
  /** The code of the first message to this number after that one. */
  codeAfter(recipient: string, message: string | null): Promise<string>;
};
type Options = {
  readonly key?: 'live' | 'test';
  /** Another address than the real Roost's, or another way to reach it. */
  readonly roostUrl?: string;
  readonly fetch?: typeof globalThis.fetch;
  /** Proxies whose headers are believed; none unless given. */
  readonly trustProxy?: readonly string[];
  /** As browsers fill codes in; none unless given. */
  readonly appHost?: string;
  /** Settings of Roost. */
  readonly env?: { readonly [name: string]: string };
};

/** The real BirdBank and the real Roost in this process, with one clock that a test can move. */
export async function startBank(t: TestContext, options: Options = {}): Promise<StartedBank> {
  const roost = await startRoost(t, { env: options.env ?? {} });
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
    roost: new Roost({ url: roostUrl, accessKey, timeoutMs: 30_000, fetch: noted }),
    ...{ database, roostUrl, randomBytes, nowMs: roost.clock, keys: openKeys(folder, database, randomBytes) },
    isTest: options.key !== 'live',
    ...{ trustProxy: options.trustProxy ?? [], appHost: options.appHost ?? null },
    tellStaff: (line) => told.push(line),
  });
  await bank.listen({ host: '127.0.0.1', port: 0 });
  t.after(async () => {
    await bank.close();
    if (database.isOpen) database.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const { port } = bank.server.address() as AddressInfo;
  const sandbox = new Roost({ url: roost.url, accessKey }).sandbox;
  /** Notices are messages too, and hold no code. */
  const codesAfter = async (recipient: string, message: string | null): Promise<readonly string[]> => {
    let after = message;
    for (;;) {
      const found = await sandbox.messages({ recipient, wait: 30, ...(after === null ? {} : { after }) });
      if (found.length === 0) throw new Error(`no message for ${recipient}`);
      const codes = found.map(({ token }) => token ?? '').filter((token) => token !== '');
      if (codes.length > 0) return codes;
      after = found.at(-1)?.id ?? after;
    }
  };
  return {
    ...{
      url: `http://localhost:${port}`,
      routes: routesIn(bank.printRoutes({ commonPrefix: false })),
      roost,
      folder,
      database,
      told,
      asked,
    },
    async newestCode(recipient) {
      const codes = await codesAfter(recipient, null);
      return codes.at(-1) ?? '';
    },
    async newestMessage(recipient) {
      return (await sandbox.messages({ recipient })).at(-1)?.id ?? null;
    },
    async codeAfter(recipient, message) {
      const [code = ''] = await codesAfter(recipient, message);
      return code;
    },
  };
}

/** A code that is surely another one. */
export const wrongCode = (code: string): string => (code.startsWith('1') ? '2' : '1') + code.slice(1);

/** The routes in Fastify's drawing of them: each line is a piece of a path, below the piece that it is indented under. */
function routesIn(drawing: string): StartedBank['routes'] {
  const above: string[] = [];
  return drawing.split('\n').flatMap((line) => {
    const [, indent = '', piece = '', methods = ''] =
      /^([│ ]*)[├└]── (\S+)(?: \(([A-Z, ]+)\))?/.exec(line) ?? [];
    if (piece === '') return [];
    const depth = indent.length / 4;
    above.length = depth;
    above.push(piece);
    const pattern = above.join('');
    return (['GET', 'POST'] as const)
      .filter((method) => methods.split(', ').includes(method))
      .map((method) => ({ method, pattern }));
  });
}
