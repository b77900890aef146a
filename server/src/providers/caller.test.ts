import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { startGateway } from '../../test/providers/gateway.ts';
import { never } from '../../test/providers/samples.ts';
import { type Call, type Caller, createCaller } from './caller.ts';

const of = (name: string) => readFileSync(new URL(`../../test/store/${name}`, import.meta.url), 'utf8');
const get = (url: string): Call => ({ method: 'GET', url, headers: {} });

function callerFor(t: TestContext, connections?: number): Caller {
  const caller = createCaller(connections);
  t.after(() => caller.close(AbortSignal.abort()));
  return caller;
}

type Answer = (response: ServerResponse) => void;

async function plainUrl(t: TestContext, answer: Answer): Promise<string> {
  const gateway = await startGateway(t, (_, response) => void answer(response));
  return gateway.url;
}

async function tlsUrl(t: TestContext, answer: Answer): Promise<string> {
  trustOurs(t);
  const { port } = await startTls(t, answer);
  return `https://localhost:${port}/`;
}

function trustOurs(t: TestContext): void {
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, of('localhost.pem')]);
  t.after(() => setDefaultCACertificates(before));
}

async function startTls(t: TestContext, answer: Answer = (response) => void response.end('{}')) {
  let requests = 0;
  const server = createTlsServer(
    { cert: of('localhost.pem'), key: of('localhost.key.pem') },
    (_, response) => {
      requests += 1;
      answer(response);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, requests: () => requests };
}

// Stops whoever sits between us and a gateway, and an environment that was once made lax for something else.
test('a certificate that is not trusted ends the call before anything is sent, whatever the environment says', async (t) => {
  const server = await startTls(t);
  const caller = callerFor(t);
  const untrusted = {
    kind: 'untrusted',
    reason: 'the certificate of the gateway is not trusted for its address',
  };
  assert.deepEqual(await caller.call(get(`https://localhost:${server.port}/`), 2_000, never()), untrusted);
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  t.after(() => delete process.env.NODE_TLS_REJECT_UNAUTHORIZED);
  assert.deepEqual(await caller.call(get(`https://localhost:${server.port}/`), 2_000, never()), untrusted);
  assert.equal(server.requests(), 0);
});

test('a trusted certificate is taken for its own names alone', async (t) => {
  const server = await startTls(t);
  trustOurs(t);
  const caller = callerFor(t);
  const good = await caller.call(get(`https://localhost:${server.port}/`), 2_000, never());
  assert.equal(good.kind === 'answer' && good.body, '{}');
  const requests = server.requests();
  const other = await caller.call(
    get(`https://localhost.localdomain.invalid:${server.port}/`),
    2_000,
    never(),
  );
  assert.equal(other.kind, 'unsent');
  assert.equal(server.requests(), requests);
});

test('TLS towards a port without TLS sends nothing', async (t) => {
  const gateway = await startGateway(t, () => ({ status: 200, body: '{}' }));
  const reply = await callerFor(t).call(get(gateway.url.replace('http:', 'https:')), 2_000, never());
  assert.equal(reply.kind, 'untrusted');
  assert.equal(gateway.taken.length, 0);
});

test('connections are used again, and no more are opened than allowed', async (t) => {
  const gateway = await startGateway(t, () => ({ status: 200, body: '{}' }));
  let opened = 0;
  const relay = createServer((inside) => {
    opened += 1;
    const outside = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    inside.pipe(outside).pipe(inside);
    inside.on('error', () => outside.destroy());
    outside.on('error', () => inside.destroy());
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  t.after(() => relay.close());
  const caller = callerFor(t, 5);
  const url = `http://127.0.0.1:${(relay.address() as AddressInfo).port}/`;
  const replies = await Promise.all(Array.from({ length: 100 }, () => caller.call(get(url), 5_000, never())));
  assert.ok(replies.every(({ kind }) => kind === 'answer'));
  assert.equal(opened, 5);
});

// Stops a second sending of what went out over a connection that another call had just left.
test('what was written to a connection that is passed on counts as sent', async (t) => {
  for (const start of [plainUrl, tlsUrl]) {
    let answered = 0;
    const url = await start(t, (response) => {
      answered += 1;
      if (answered === 1) response.end('{}');
      else setTimeout(() => response.socket?.destroy(), 20);
    });
    const caller = callerFor(t, 1);
    const replies = await Promise.all([1, 2].map(() => caller.call(get(url), 5_000, never())));
    assert.deepEqual(
      replies.map(({ kind }) => kind),
      ['answer', 'unknown'],
    );
  }
});

test('closing waits for calls under way, and ends them when there is no time left', async (t) => {
  const gateway = await startGateway(t, (_, response) => {
    setTimeout(() => response.end('{}'), 150);
    return undefined;
  });
  const patient = createCaller();
  const finished = patient.call(get(gateway.url), 5_000, never());
  await sleep(50);
  await patient.close(AbortSignal.timeout(5_000));
  assert.equal((await finished).kind, 'answer');

  gateway.behave(() => undefined);
  const hurried = createCaller();
  const cut = hurried.call(get(gateway.url), 5_000, never());
  while (gateway.taken.length < 2) await sleep(5);
  await hurried.close(AbortSignal.timeout(50));
  assert.equal((await cut).kind, 'unknown');
});

test('an answer of an unheard-of form is an answer or unknown, never a fault', async (t) => {
  const answers = [
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nhello\r\n0\r\n\r\n',
    'HTTP/9.9 200 OK\r\n\r\n',
    'SSH-2.0-OpenSSH_9.2\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    `HTTP/1.1 200 OK\r\n${'X-Long: a\r\n'.repeat(20_000)}\r\n`,
    'HTTP/1.1 999 Strange\r\nContent-Length: 0\r\n\r\n',
    '\u0000\u0001\u0002\u0003',
    '',
  ];
  const caller = callerFor(t);
  for (const text of answers) {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end(text, 'latin1'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const reply = await caller.call(get(url), 2_000, never());
    assert.ok(['answer', 'unknown'].includes(reply.kind), `${text.slice(0, 40)}: ${reply.kind}`);
    if (!text.includes('999')) assert.equal(reply.kind, 'unknown', text.slice(0, 40));
    server.close();
  }
});

test('what cannot be written as HTTP is not sent', async (t) => {
  const gateway = await startGateway(t, () => ({ status: 200 }));
  const caller = callerFor(t);
  const call: Call = { ...get(gateway.url), headers: { 'x-name': 'a\r\nx-more: b' } };
  assert.equal((await caller.call(call, 2_000, never())).kind, 'untrusted');
  assert.equal(gateway.taken.length, 0);
});
