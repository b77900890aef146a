import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EVENT_TYPES, TEST_EVENT } from '../domain/event.ts';
import { webhookHeaders } from '../domain/webhook.ts';
import { stopwatchMs, systemClock } from '../kernel/clock.ts';
import { systemRandom } from '../kernel/random.ts';
import { type Command, type Given, WrongUsage } from './command.ts';
import { untilStopped } from './signals.ts';
import { readSettings } from './store-tools.ts';
import { type Client, clientOf } from './wire-client.ts';

const NAME = 'roost listen';
const PATIENCE_MS = 10_000;
const FIRST_EVENT_MS = 10_000;
const MOST_BYTES = 1_000_000;
const HEADERS = ['content-type', 'user-agent', 'webhook-id', 'webhook-timestamp', 'webhook-signature'];
const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

export const listen: Command = {
  does: 'Forwards webhook events to an address on this machine, while it runs',
  words: [],
  options: {
    'forward-to': { type: 'string' },
    events: { type: 'string' },
    secret: { type: 'string' },
    recipients: { type: 'string' },
  },
  optionWords: [
    ['--forward-to http://localhost:3000/hooks', 'where they go'],
    ['--events a,b', `these alone, of ${EVENT_TYPES.join(', ')} (all)`],
    ['--secret whsec_…', 'signs them by this secret; without it by a new one, which is printed'],
    ['--recipients full', 'tells whom an event is about in full (masked)'],
  ],
  more: [
    'Makes a webhook of its own, which is deleted at the end, and passes on what Roost sends to it: body, headers and signature.',
    'What your address answers is what Roost is answered, so retries are the real ones. Speaks to the Roost of these settings, or',
    'to ROOST_URL, on this machine, with the key in ROOST_ACCESS_KEY: live and test events are told apart by it. Roost must be',
    'allowed to reach this machine: npm start is, roost serve is with ROOST_WEBHOOKS=loopback.',
    'Stays in the foreground until SIGTERM or Ctrl+C. With --json each event is an object on a line of its own.',
    'Ends with 1 when no event comes through at the beginning.',
  ],
  examples: [
    'ROOST_ACCESS_KEY=test_… roost listen --forward-to http://localhost:3000/hooks',
    'roost listen --forward-to http://localhost:3000/hooks --events verification.verified --secret whsec_…',
  ],
  async run(surroundings, given) {
    const wishes = wishesOf(given);
    const { host } = readSettings(surroundings);
    const place = new URL(surroundings.env.ROOST_URL ?? `http://${host.includes(':') ? 'localhost' : host}`);
    if (!LOOPBACK.test(place.hostname) && place.hostname !== '0.0.0.0')
      throw new WrongUsage('ROOST_URL: listen forwards from a Roost on this machine alone');
    const client = clientOf(surroundings);
    const { isJson } = given;
    const { print } = surroundings;
    const say = (done: Forwarded) => print(isJson ? JSON.stringify(done) : lineOf(done));
    const relay = await startRelay(wishes, say);
    const made = await makeEndpoint(client, relay.url, wishes).catch((error: unknown) => {
      relay.server.close();
      throw error;
    });
    const stop = async () => {
      await client('DELETE', `/v1/webhooks/${made.id}`).catch((error: Error) =>
        surroundings.complain(`roost: the webhook ${made.id} could not be deleted: ${error.message}`),
      );
      relay.server.closeAllConnections();
      relay.server.close();
    };
    try {
      relay.signBy(made.secret);
      await client('POST', `/v1/webhooks/${made.id}/test`);
      await firstOf(relay.ready);
    } catch (error) {
      await stop();
      throw error;
    }
    const stopped = untilStopped(stop);
    const secret = wishes.secret ?? made.secret;
    if (isJson) print(JSON.stringify({ forwardsTo: wishes.to.href, webhook: made.id, secret }));
    else {
      print(`Events are forwarded to ${wishes.to.href}, signed by`);
      print(`  ${secret}`);
      print('Stop with Ctrl+C.');
    }
    await stopped;
    return null;
  },
};

type Wishes = {
  readonly to: URL;
  readonly events: readonly string[] | null;
  readonly secret: string | null;
  readonly recipients: 'masked' | 'full';
};

function wishesOf({ options }: Given): Wishes {
  const to = options['forward-to'];
  if (typeof to !== 'string' || !URL.canParse(to) || !/^https?:$/.test(new URL(to).protocol))
    throw new WrongUsage('--forward-to: set an address such as http://localhost:3000/hooks');
  const events =
    typeof options.events === 'string' ? options.events.split(',').map((each) => each.trim()) : null;
  const odd = events?.find((each) => !EVENT_TYPES.some((type) => type === each));
  if (odd !== undefined) throw new WrongUsage(`--events: there is no event ${JSON.stringify(odd)}`);
  const { secret, recipients = 'masked' } = options;
  if (secret !== undefined && !/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(String(secret)))
    throw new WrongUsage('--secret: set whsec_ and at least 24 bytes as base64');
  if (recipients !== 'masked' && recipients !== 'full')
    throw new WrongUsage('--recipients: set masked or full');
  return { to: new URL(to), events, secret: secret === undefined ? null : String(secret), recipients };
}

async function makeEndpoint(client: Client, url: string, { events, recipients }: Wishes) {
  try {
    const made = await client('POST', '/v1/webhooks', {
      ...{ url, name: NAME, recipients },
      ...(events === null ? {} : { events }),
    });
    return made as { id: string; secret: string };
  } catch (error) {
    const { message } = error as Error;
    const hint = /loopback|private|reach|https/i.test(message)
      ? '; start Roost with ROOST_WEBHOOKS=loopback, so that it may reach this machine'
      : '';
    throw new Error(message + hint);
  }
}

function firstOf(ready: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const why =
      'no event came through: Roost does not reach this machine, or another process has its database';
    timer = setTimeout(() => reject(new Error(why)), FIRST_EVENT_MS);
  });
  return Promise.race([ready, late]).finally(() => clearTimeout(timer));
}

type Forwarded = {
  readonly at: string;
  readonly event: string;
  readonly id: string;
  /** What the address answered; null when it did not. */
  readonly status: number | null;
  readonly ms: number;
};

const lineOf = ({ at, event, id, status, ms }: Forwarded): string =>
  [at, event.padEnd(24), id, status === null ? 'no answer' : String(status), `${ms} ms`].join('  ');

type Relay = {
  readonly server: Server;
  readonly url: string;
  readonly ready: Promise<void>;
  /** What comes in is believed only when it is signed by this. */
  signBy(secret: string): void;
};

/** Takes what Roost sends, at an address that nobody else knows, and passes it on. */
async function startRelay(wishes: Wishes, say: (done: Forwarded) => void): Promise<Relay> {
  const path = `/${systemRandom.bytes(16).toString('hex')}`;
  const first = Promise.withResolvers<void>();
  let theirs: string | null = null;
  const server = createServer(async (request, response) => {
    const body = request.url === path ? await bodyOf(request) : null;
    if (body === null || theirs === null || !isSigned(request, body, theirs)) {
      return void response.writeHead(404).end();
    }
    if (request.headers['webhook-id'] !== undefined && typeOf(body) === TEST_EVENT) {
      first.resolve();
      return void response.writeHead(204).end();
    }
    const done = await forward(wishes, request, body);
    say(done);
    response.writeHead(done.status ?? 502).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    ...{ server, ready: first.promise },
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    signBy(secret) {
      theirs = secret;
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MOST_BYTES) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

const headerOf = ({ headers }: IncomingMessage, name: string): string => String(headers[name] ?? '');

function isSigned(request: IncomingMessage, body: string, secret: string): boolean {
  const id = headerOf(request, 'webhook-id');
  const timestamp = Number(headerOf(request, 'webhook-timestamp'));
  const wanted = webhookHeaders({ id, timestamp, body }, [secret])['webhook-signature'];
  return headerOf(request, 'webhook-signature')
    .split(' ')
    .includes(wanted ?? '');
}

function typeOf(body: string): string {
  try {
    return String((JSON.parse(body) as { type?: unknown }).type);
  } catch {
    return 'unreadable';
  }
}

async function forward({ to, secret }: Wishes, request: IncomingMessage, body: string): Promise<Forwarded> {
  const passed = Object.fromEntries(HEADERS.map((name) => [name, headerOf(request, name)]));
  const id = passed['webhook-id'] ?? '';
  const timestamp = Number(passed['webhook-timestamp']);
  const headers =
    secret === null ? passed : { ...passed, ...webhookHeaders({ id, timestamp, body }, [secret]) };
  const sinceMs = stopwatchMs();
  const status = await fetch(to, {
    ...{ method: 'POST', headers, body, redirect: 'manual' as const },
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).then(
    async (answer) => {
      await answer.body?.cancel();
      return answer.status;
    },
    () => null,
  );
  const at = new Date(systemClock()).toISOString();
  return { at, event: typeOf(body), id, status, ms: Math.round(stopwatchMs() - sinceMs) };
}
