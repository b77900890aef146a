import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const TIMES = 5;
const SPELL_MS = 200;

/**
 * How fast a core is while all others work too, beside its speed when it works alone: below 1, since cores share
 * caches and memory, and some are halves of one. Work like a server's: JSON and a map that outgrows the caches.
 */
export async function measureCrowding(cores: number): Promise<number> {
  let alone = 1;
  let together = 0;
  // The best of several: somebody else on the machine can only make it worse.
  for (let i = 0; i < TIMES; i++) {
    alone = Math.max(alone, ...(await spells(1)));
    const each = await spells(cores);
    together = Math.max(together, each.reduce((sum, done) => sum + done, 0) / cores);
  }
  return Math.min(1, together / alone);
}

function spells(count: number): Promise<number[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const worker = new Worker(new URL(import.meta.url), { workerData: SPELL_MS });
      const [done] = await once(worker, 'message');
      return done as number;
    }),
  );
}

function work(forMs: number): number {
  const untilMs = performance.now() + forMs;
  const kept = new Map<string, object>();
  let done = 0;
  while (performance.now() < untilMs) {
    for (let i = 0; i < 50; i++) {
      const made = JSON.parse(
        JSON.stringify({ id: `row ${done}`, list: [1, 2, 3], more: { name: 'value' } }),
      );
      kept.set(made.id, made);
      if (kept.size > 20_000) kept.clear();
      done += 1;
    }
  }
  return done;
}

if (!isMainThread) parentPort?.postMessage(work(workerData as number));
