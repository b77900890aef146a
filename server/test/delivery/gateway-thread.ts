import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { Scope } from '../support/roost.ts';
import { faulty, type Seen } from './faults.ts';
import { type Fate, startGateway } from './gateway.ts';

type Faults = { readonly seed: number; readonly percent: number; readonly faults: readonly Fate[] };
export type FaultyGateway = { readonly url: string; seen(): Promise<Seen> };

/**
 * A gateway with faults in a thread of its own: were it in Roost's, a busy Roost would make it answer too late, and what
 * it took after Roost had given up would look like a duplicate of Roost's making.
 */
export async function startFaultyGateway(t: Scope, data: Faults): Promise<FaultyGateway> {
  const worker = new Worker(new URL(import.meta.url), { workerData: data });
  t.after(async () => {
    await worker.terminate();
  });
  const [url] = (await once(worker, 'message')) as [string];
  return {
    url,
    async seen() {
      const told = once(worker, 'message') as Promise<[Seen]>;
      worker.postMessage('tell');
      return (await told)[0];
    },
  };
}

if (!isMainThread && parentPort !== null) {
  const { seed, percent, faults } = workerData as Faults;
  const gateway = await startGateway({ after: () => undefined }, faulty(seed, percent, faults));
  const port = parentPort;
  port.on('message', () => port.postMessage({ asked: gateway.asked, taken: gateway.taken } satisfies Seen));
  port.postMessage(gateway.url);
}
