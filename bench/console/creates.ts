import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { table } from '../measure/table.ts';
import { type Served, serve } from './child.ts';
import { TEST_KEY } from './serve.ts';

const AT_ONCE = 32;

type Options = {
  readonly seconds: number;
  readonly rounds: number;
  readonly rate: number;
  readonly viewers: number;
};
type Round = {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly ids: string[];
};

const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
let numbers = Math.floor(Math.random() * 5_000) * 1_000;

function create(url: string): Promise<string> {
  numbers += 1;
  const body = `recipient=316${String(10_000_000 + numbers)}&timeout=300`;
  return new Promise((resolve, reject) => {
    const headers = {
      ...{ authorization: `AccessKey ${TEST_KEY}`, 'content-length': body.length },
      'content-type': 'application/x-www-form-urlencoded',
    };
    const sent = request(`${url}/verify`, { method: 'POST', agent, headers }, (answer) => {
      let text = '';
      answer.on('data', (bytes) => {
        text += bytes;
      });
      answer.on('end', () => {
        if (answer.statusCode !== 201) reject(new Error(text));
        else resolve(text.slice(7, 39));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

async function round({ url }: Served, { seconds, rate }: Options): Promise<Round> {
  const times: number[] = [];
  const ids: string[] = [];
  const beganMs = performance.now();
  const endMs = beganMs + seconds * 1_000;
  const one = async () => {
    const atMs = performance.now();
    ids.push(await create(url));
    times.push(performance.now() - atMs);
  };
  if (rate === 0) {
    const lane = async () => {
      while (performance.now() < endMs) await one();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  } else {
    const all: Promise<void>[] = [];
    for (let i = 0; i < rate * seconds; i += 1) {
      const dueMs = beganMs + (i * 1_000) / rate;
      if (performance.now() < dueMs) await sleep(dueMs - performance.now());
      all.push(one());
    }
    await Promise.all(all);
  }
  const perSecond = ids.length / ((performance.now() - beganMs) / 1_000);
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)] ?? 0;
  return { perSecond, p50Ms: at(0.5), p99Ms: at(0.99), ids };
}

/** Pages that follow the live list; answers what they were told. */
function watch({ url, cookie }: Served, viewers: number) {
  const told = Array.from({ length: viewers }, () => new Set<string>());
  const ending = new AbortController();
  const streams = told.map(async (ids) => {
    const answer = await fetch(`${url}/console/verifications/live?since=${Date.now()}`, {
      ...{ headers: { cookie }, signal: ending.signal },
    });
    let rest = '';
    const decoder = new TextDecoder();
    for await (const bytes of answer.body as unknown as AsyncIterable<Uint8Array>) {
      const parts = (rest + decoder.decode(bytes, { stream: true })).split('\n\n');
      rest = parts.pop() ?? '';
      for (const part of parts)
        for (const [, id] of part.matchAll(/<tr id=\\"r-([0-9a-f]{32})/g)) ids.add(id ?? '');
    }
  });
  return {
    told,
    async end() {
      ending.abort();
      await Promise.allSettled(streams);
    },
  };
}

/** Creates while nobody looks and nothing is counted, and creates while figures are counted and three pages follow live. */
export async function measureCreates(folder: string, options: Options): Promise<string> {
  const roost = await serve(folder);
  await roost.say('hold');
  await round(roost, { ...options, seconds: 2 });
  const rows: string[][] = [];
  const ratios: number[] = [];
  let lost = 0;
  for (let i = 0; i < options.rounds; i += 1) {
    const cpu0 = await roost.say('hold');
    const alone = await round(roost, options);
    const cpu1 = await roost.say('count');
    const pages = watch(roost, options.viewers);
    await sleep(500);
    const watched = await round(roost, options);
    const cpu2 = await roost.say('hold');
    await sleep(3_000);
    await pages.end();
    for (const told of pages.told) lost += watched.ids.filter((id) => !told.has(id)).length;
    ratios.push(watched.perSecond / alone.perSecond);
    const show = (name: string, one: Round, cpuMs: number) =>
      rows.push([
        ...[name, one.perSecond.toFixed(0), one.p50Ms.toFixed(1), one.p99Ms.toFixed(1)],
        ((cpuMs * 1000) / one.ids.length).toFixed(0),
      ]);
    show('alone', alone, cpu1 - cpu0);
    show('counted and watched', watched, cpu2 - cpu1);
  }
  await roost.stop();
  agent.destroy();
  const sorted = ratios.toSorted((a, b) => a - b);
  const ratio = sorted[sorted.length >> 1] ?? 0;
  const text = table(['creates', 'per s', 'p50 ms', 'p99 ms', 'cpu us each'], rows);
  return `${text}\nmedian of the ratios of rates ${ratio.toFixed(3)}; rows that a page was not told: ${lost}`;
}
