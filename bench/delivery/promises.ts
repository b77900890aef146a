import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAll, faulty, judge, settledAll, type Verdict } from '../../server/test/delivery/faults.ts';
import {
  FAULTS,
  type Fate,
  type Gateway,
  httpProvider,
  startGateway,
  startWith,
} from '../../server/test/delivery/gateway.ts';
import { type FaultyGateway, startFaultyGateway } from '../../server/test/delivery/gateway-thread.ts';
import { killRounds } from '../../server/test/delivery/kill.ts';
import { serve } from '../../server/test/operations/support.ts';
import { LIVE_KEY, type Scope } from '../../server/test/support/roost.ts';

const SHARE = 20;
const ALL_FAULTS: readonly Fate[] = [...FAULTS, 'stalled'];

const faultyPair = (t: Scope, seed: number): Promise<[Gateway, Gateway]> =>
  Promise.all([
    startGateway(t, faulty(seed, SHARE, ALL_FAULTS)),
    startGateway(t, faulty(seed + 1, SHARE, ALL_FAULTS)),
  ]);
const faultyThreads = (t: Scope, seed: number): Promise<FaultyGateway[]> =>
  Promise.all(
    [seed, seed + 1].map((each) => startFaultyGateway(t, { seed: each, percent: SHARE, faults: ALL_FAULTS })),
  );

/** Many codes through gateways of which a fifth of all answers is a fault, and what became of each. */
export async function faults(t: Scope, count: number, seed: number): Promise<Verdict> {
  const gateways = await faultyThreads(t, seed);
  const [one, two] = gateways as [FaultyGateway, FaultyGateway];
  const roost = await startWith(t, {
    providers: { one: httpProvider(one), two: httpProvider(two) },
    policy: { failOverSeconds: 1 },
  });
  const made = await createAll(count, 32, 0, async (recipient) => {
    const json = { recipient, timeout: 300 };
    return (await roost.call('POST', '/verify', { key: LIVE_KEY, json })).body.id;
  });
  await settledAll(roost, 120_000);
  const seen = await Promise.all(gateways.map((gateway) => gateway.seen()));
  return judge(roost, made, seen, 0);
}

/** The same with a server that is killed again and again. */
export async function kill(t: Scope, crashes: number, each: number, seed: number): Promise<Verdict> {
  const gateways = await faultyPair(t, seed);
  return killRounds(t, gateways, { crashes, each: (round) => each + ((round * 97) % each) });
}

export type Paced = {
  readonly createP99Ms: number;
  readonly handOverP99Ms: number;
  readonly created: number;
};

/** Creates at a steady pace against a served Roost: how long they take, and when the gateway is asked after the 201. */
export async function paced(t: Scope, fate: Fate, perSecond: number, seconds: number): Promise<Paced> {
  const gateway = await startGateway(t, () => fate);
  const folder = mkdtempSync(join(tmpdir(), 'roost-paced-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'roost.config.json');
  writeFileSync(
    file,
    JSON.stringify({ providers: { one: httpProvider(gateway) }, guard: { countries: '*' } }),
  );
  const env = {
    ...{ ROOST_DATA: join(folder, 'data'), ROOST_CONFIG: file, ROOST_LIVE_KEY: LIVE_KEY },
    ...{ ROOST_PUBLIC_URL: 'https://verify.example.com', ROOST_GUARD: 'monitor-live' },
  };
  const { url } = await serve(t, { env });
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const answered = new Map<string, number>();
  const tookMs: number[] = [];
  const underWay: Promise<void>[] = [];
  const startMs = performance.now();
  const WARM_UP = perSecond * 2;
  for (let i = 0; i < perSecond * seconds + WARM_UP; i += 1) {
    const dueMs = startMs + (i * 1_000) / perSecond;
    if (performance.now() < dueMs) await sleep(dueMs - performance.now());
    const recipient = `+316${20_000_000 + i}`;
    const sinceMs = performance.now();
    underWay.push(
      create(url, agent, recipient).then(() => {
        if (i < WARM_UP) return;
        answered.set(recipient, Date.now());
        tookMs.push(performance.now() - sinceMs);
      }),
    );
  }
  await Promise.all(underWay);
  await sleep(1_000);
  agent.destroy();
  const waits = gateway.asked.flatMap(({ to, atMs }) => {
    const answeredMs = answered.get(to);
    return answeredMs === undefined ? [] : [Math.max(0, atMs - answeredMs)];
  });
  return {
    createP99Ms: percentile(tookMs, 0.99),
    handOverP99Ms: percentile(waits, 0.99),
    created: tookMs.length,
  };
}

function create(url: string, agent: Agent, recipient: string): Promise<void> {
  const body = JSON.stringify({ recipient, timeout: 60 });
  return new Promise((resolve, reject) => {
    const headers = {
      ...{ authorization: `AccessKey ${LIVE_KEY}`, 'content-type': 'application/json' },
      'content-length': Buffer.byteLength(body),
    };
    const asked = request(`${url}/verify`, { method: 'POST', agent, headers }, (answer) => {
      answer.resume().once('end', () => {
        if (answer.statusCode === 201) resolve();
        else reject(new Error(`the create was answered with ${answer.statusCode}`));
      });
    });
    asked.once('error', reject);
    asked.end(body);
  });
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
