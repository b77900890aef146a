import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scope, StartedRoost } from '../support/roost.ts';

export type Got = {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into events of every kind
  readonly event: any;
  readonly path: string;
};

/** Somebody's server that is told of events. */
export type Receiver = {
  readonly url: string;
  readonly got: Got[];
  /** How it answers from now on: a status, or by closing the connection. */
  answer(how: number | 'hang-up' | ((got: Got) => number)): void;
  /** Waits until that many have come, and answers them. */
  count(count: number, withinMs?: number): Promise<Got[]>;
};

export async function startReceiver(t: Scope): Promise<Receiver> {
  const got: Got[] = [];
  let how: number | 'hang-up' | ((got: Got) => number) = 204;
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    const one = { headers: request.headers, text, event: JSON.parse(text), path: request.url ?? '' };
    if (how === 'hang-up') return void request.socket.destroy();
    const status = typeof how === 'number' ? how : how(one);
    if (status < 300) got.push(one);
    response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    got,
    answer(now) {
      how = now;
    },
    async count(count, withinMs = 30_000) {
      const endMs = performance.now() + withinMs;
      while (got.length < count) {
        if (performance.now() > endMs) {
          const types = got.map(({ event }) => event.type).join(', ');
          throw new Error(`only ${got.length} of ${count} events came: ${types}`);
        }
        await sleep(5);
      }
      return got;
    },
  };
}

export const LOOPBACK = { env: { ROOST_WEBHOOKS: 'loopback' } } as const;

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape are looked into
export async function webhookTo(roost: StartedRoost, receiver: Receiver, more: object = {}): Promise<any> {
  const answer = await roost.call('POST', '/v1/webhooks', { json: { url: receiver.url, ...more } });
  if (answer.status !== 201) throw new Error(`the webhook was refused: ${answer.text}`);
  return answer.body;
}
