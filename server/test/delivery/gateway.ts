import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Scope, type StartedRoost, type StartOptions, startRoost } from '../support/roost.ts';

/** A message as it was asked of a gateway, whatever came of it. */
export type Asked = {
  readonly to: string;
  readonly text: string;
  readonly code: string;
  /** The client's reference: the id of the message. */
  readonly messageId: string;
  readonly receiptUrl: string;
  readonly channel: string;
  readonly expiresAt: string;
  readonly atMs: number;
};

/** What a gateway does with one message. Only what is taken was handed over. */
export type Fate =
  | 'taken'
  | 'slow'
  | 'refused'
  | 'busy'
  | 'throttled'
  | 'broken'
  | 'reset'
  | 'garbage'
  | 'stalled'
  /** Taken, but the answer is lost: the sender cannot know. */
  | 'lost';

export const FAULTS: readonly Fate[] = ['slow', 'refused', 'busy', 'throttled', 'broken', 'reset', 'garbage'];

export type Gateway = {
  readonly url: string;
  /** Everything that was asked of it. */
  readonly asked: Asked[];
  /** What it took. */
  readonly taken: Asked[];
  /** Decides over each message; everything is taken unless it is set. */
  fate: (asked: Asked) => Fate;
  /** How long `slow` takes. */
  slowMs: number;
  close(): void;
};

/** A gateway on loopback, spoken with by the `http` kind of provider. */
export async function startGateway(t: Scope, fate: (asked: Asked) => Fate = () => 'taken'): Promise<Gateway> {
  const waiting = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    answer(gateway, waiting, request, response).catch(() => response.destroy());
  });
  const gateway: Gateway = { url: '', asked: [], taken: [], fate, slowMs: 100, close: () => end() };
  const end = () => {
    for (const response of waiting) response.destroy();
    server.closeAllConnections();
    server.close();
  };
  server.listen(0, '127.0.0.1');
  await new Promise<void>((resolve) => server.once('listening', resolve));
  t.after(end);
  return Object.assign(gateway, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

async function answer(
  gateway: Gateway,
  waiting: Set<ServerResponse>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let body = '';
  for await (const part of request) body += part;
  const asked: Asked = { ...JSON.parse(body), atMs: Date.now() };
  gateway.asked.push(asked);
  const say = (status: number, text: string, headers: Record<string, string> = {}) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
  const take = () => {
    gateway.taken.push(asked);
    say(200, JSON.stringify({ id: `ref-${asked.messageId}`, price: '0.0700', currency: 'EUR' }));
  };
  switch (gateway.fate(asked)) {
    case 'taken':
      return void take();
    case 'slow':
      await sleep(gateway.slowMs);
      return void take();
    case 'refused':
      return void say(400, '{"error":"no-such-number"}');
    case 'busy':
      return void say(503, '{}');
    case 'throttled':
      return void say(429, '{}', { 'retry-after': '1' });
    case 'broken':
      return void say(500, '{"error":"oops"}');
    case 'garbage':
      return void say(200, '<html>not what you expect');
    case 'lost':
      gateway.taken.push(asked);
      return void response.destroy();
    case 'reset':
      return void response.destroy();
    case 'stalled':
      waiting.add(response);
      return;
  }
}

/** The settings of an `http` provider that speaks with such a gateway. */
export const httpProvider = (gateway: { readonly url: string }, more: object = {}): object => ({
  ...{ kind: 'http', channels: ['sms', 'flash', 'tts'], baseUrl: gateway.url },
  send: {
    ...{ method: 'POST', url: '{baseUrl}/send' },
    json: {
      ...{ to: '{to}', text: '{text}', code: '{code}', messageId: '{messageId}' },
      ...{ receiptUrl: '{receiptUrl}', channel: '{channel}', expiresAt: '{expiresAt}' },
    },
  },
  outcomes: [
    { status: ['200'], where: 'json:/id', outcome: 'accepted' },
    { status: ['400'], outcome: 'refused' },
  ],
  reference: 'json:/id',
  cost: { amount: 'json:/price', currency: 'json:/currency' },
  receipt: {
    status: 'form:status',
    delivered: ['ok'],
    undelivered: ['lost'],
    reference: 'form:id',
    reason: 'form:why',
  },
  ...more,
});

/** Roost with a configuration file, which its environment names. */
export async function startWith(t: Scope, config: object, options: StartOptions = {}): Promise<StartedRoost> {
  const { mkdtempSync, rmSync, writeFileSync } = await import('node:fs');
  const { tmpdir } = await import('node:os');
  const { join } = await import('node:path');
  const folder = mkdtempSync(join(tmpdir(), 'roost-delivery-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'roost.config.json');
  // Codes may go anywhere unless a test is about where they may.
  const { guard = {}, ...others } = config as { guard?: object | null };
  const guarded = guard === null ? others : { ...others, guard: { countries: '*', ...guard } };
  writeFileSync(file, JSON.stringify(guarded));
  const env = {
    ROOST_CONFIG: file,
    ROOST_PUBLIC_URL: 'https://verify.example.com',
    ROOST_GUARD: 'monitor-live',
  };
  return startRoost(t, { ...options, env: { ...env, ...options.env } });
}
