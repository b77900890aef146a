import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { composeRoost, type Roost } from '../../server/src/compose.ts';
import { readConfig } from '../../server/src/config.ts';
import { createLog } from '../../server/src/kernel/log.ts';
import { systemRandom } from '../../server/src/kernel/random.ts';
import { tables } from '../../server/src/store/store.ts';

export type Answer = {
  readonly status: number;
  readonly id: string;
  /** Of a create: the recipient in its one spelling. */
  readonly recipient: string;
  /** Of a check: what became of the verification. */
  readonly state: string;
  /** When a refused create may succeed, in milliseconds of the scene's clock; null when it does not say. */
  readonly retryAtMs: number | null;
  readonly headers: { readonly [name: string]: string };
};
export type Create = {
  readonly recipient: string;
  readonly clientIp?: string;
  readonly deviceToken?: string;
  readonly headers?: { readonly [name: string]: string };
  readonly type?: string;
  readonly maxAttempts?: number;
  readonly stepUp?: string;
  readonly key?: string;
};

/** Roost over HTTP, with a provider that takes everything and a clock that stands still until it is moved. */
export type Scene = {
  nowMs(): number;
  moveTo(atMs: number): void;
  create(wanted: Create): Promise<Answer>;
  check(id: string, code: string): Promise<Answer>;
  /** The code of the newest message that was handed over for this number. */
  codeOf(recipient: string): string;
  /** Messages that the provider was handed. */
  handed(): readonly string[];
  /** Stops the server and starts it again on the same data. */
  restart(): Promise<void>;
  readonly folder: string;
  readonly roost: () => Roost;
  close(): Promise<void>;
};
export type SceneOptions = {
  readonly guard?: object;
  readonly startMs: number;
  readonly env?: { readonly [name: string]: string };
  readonly prices?: readonly object[];
  /** Whether what became of a code is counted before anything else happens, or whenever it is. */
  readonly settle?: 'each' | 'never';
};

const LIVE_KEY = 'live_TrafficTrafficTrafficTraff1';
/** Another key of the same project. */
export const OTHER_KEY = 'live_AnotherAnotherAnotherAnothe2';
const HAND_OVER_MS = 10_000;

export async function openScene(options: SceneOptions): Promise<Scene> {
  const gateway = await openGateway();
  const folder = mkdtempSync(join(tmpdir(), 'roost-traffic-'));
  const file = join(folder, 'roost.config.json');
  const bird = { kind: 'messagebird', accessKey: 'live_kXz81mNq0PuLwErTyUi4', baseUrl: gateway.url };
  const { prices = [{ provider: 'bird', cost: '0.07', currency: 'EUR' }] } = options;
  const guard = { countries: '*', ...options.guard };
  writeFileSync(file, JSON.stringify({ providers: { bird }, prices, guard }));
  let nowMs = options.startMs;
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const start = async () => {
    const env = {
      ...{ ROOST_PORT: '0', ROOST_DATA: folder, ROOST_CONFIG: file, ROOST_LIVE_KEY: LIVE_KEY },
      ...{ ROOST_PUBLIC_URL: 'https://verify.example.com', ...options.env },
    };
    const config = readConfig(env, folder);
    const log = createLog('silent');
    const roost = await composeRoost(config, { clock: () => nowMs, random: systemRandom, log });
    await roost.provision(config.keys);
    await roost.provision({ live: OTHER_KEY, test: null });
    return { roost, url: await roost.start() };
  };
  let server = await start();
  const call = (
    method: string,
    path: string,
    body: object | null,
    headers: Create['headers'],
    key = LIVE_KEY,
  ) => ask(agent, server.url + path, method, body, { ...headers, authorization: `AccessKey ${key}` });
  const accepted = new Map<string, number>();
  return {
    folder,
    nowMs: () => nowMs,
    moveTo(atMs) {
      if (atMs < nowMs) throw new Error('the clock of a scene runs forward');
      nowMs = atMs;
    },
    async create({ headers, key, ...wanted }) {
      const answer = await call('POST', '/verify', { timeout: 300, ...wanted }, headers, key);
      if (answer.status !== 201) return answer;
      const count = (accepted.get(answer.recipient) ?? 0) + 1;
      accepted.set(answer.recipient, count);
      await gateway.has(answer.recipient, count);
      await kept(server.roost, answer.id);
      return answer;
    },
    async check(id, code) {
      const answer = await call('GET', `/verify/${id}?token=${code}`, null, {});
      if (options.settle !== 'never') await server.roost.settle();
      return answer;
    },
    codeOf: gateway.codeOf,
    handed: () => gateway.handed,
    async restart() {
      await server.roost.stop();
      server = await start();
    },
    roost: () => server.roost,
    async close() {
      await server.roost.stop();
      agent.destroy();
      gateway.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** MessageBird's `/messages` on loopback, accepting everything. */
async function openGateway() {
  const handed: string[] = [];
  const codes = new Map<string, string>();
  const taken = new Map<string, number>();
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const { recipients, body } = JSON.parse(text) as { recipients: string[]; body: string };
    const recipient = `+${recipients[0]}`;
    handed.push(recipient);
    taken.set(recipient, (taken.get(recipient) ?? 0) + 1);
    codes.set(recipient, /\d{6,10}/.exec(body)?.[0] ?? '');
    const status = { totalSentCount: 1, items: [{ recipient: Number(recipients[0]), status: 'sent' }] };
    response.writeHead(201, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ id: `m${handed.length}`, recipients: status }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    handed,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    codeOf: (recipient: string) => codes.get(recipient) ?? '',
    async has(recipient: string, count: number) {
      const isHere = () => (taken.get(recipient) ?? 0) >= count;
      for (const sinceMs = performance.now(); !isHere(); ) {
        if (performance.now() - sinceMs > HAND_OVER_MS) throw new Error('a message was never handed over');
        await sleep(1);
      }
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Waits until it is written down that the message went out: with a clock that leaps it could be sent once more. */
async function kept({ store }: Roost, id: string): Promise<void> {
  const scope = { projectId: 'default', mode: 'live' } as const;
  const verification = await store.read.get(tables.verifications, { ...scope, id });
  const key = { ...scope, id: verification?.messageId ?? '' };
  for (const sinceMs = performance.now(); performance.now() - sinceMs < HAND_OVER_MS; await sleep(1)) {
    if ((await store.read.get(tables.messages, key))?.state !== 'pending') return;
  }
}

function ask(
  agent: Agent,
  url: string,
  method: string,
  body: object | null,
  headers: { readonly [name: string]: string },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const more = body === null ? {} : { 'content-type': 'application/json' };
    const asking = httpRequest(url, { agent, method, headers: { ...headers, ...more } }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () =>
        resolve(read(answer.statusCode ?? 0, answer.headers, Buffer.concat(parts).toString())),
      );
    });
    asking.on('error', reject);
    asking.end(body === null ? undefined : JSON.stringify(body));
  });
}

function read(status: number, headers: NodeJS.Dict<string | string[]>, text: string): Answer {
  const body =
    text === ''
      ? {}
      : (JSON.parse(text) as {
          id?: string;
          recipient?: number;
          status?: string;
          errors?: { description: string }[];
        });
  const said = /after (\S+)$/.exec(body.errors?.[0]?.description ?? '')?.[1];
  return {
    ...{ status, id: body.id ?? '', state: body.status ?? '', recipient: `+${body.recipient}` },
    retryAtMs: said === undefined ? null : Date.parse(said),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
  };
}
