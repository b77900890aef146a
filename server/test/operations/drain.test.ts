import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freshFolder, freshNumber, serve, TEST_KEY, until } from './support.ts';

/** Long enough that a busy machine gets to all that is asked meanwhile. */
const DRAIN_MS = 2_000;
/** What every stop is promised to take at most. */
const STOP_MS = 10_000;

/** One request over a connection of this agent. */
function ask(
  agent: Agent,
  url: string,
  path: string,
): Promise<{ status: number; connection: string | undefined }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `AccessKey ${TEST_KEY}` };
    const asking = request(url + path, { agent, headers }, (answer) => {
      answer
        .resume()
        .once('end', () =>
          resolve({ status: answer.statusCode ?? 0, connection: answer.headers.connection }),
        );
    });
    asking.once('error', reject).end();
  });
}

test('a server that is told to stop says so to proxies, and answers on old and new connections while they learn', async (t) => {
  const node = await serve(t, { env: { ROOST_DATA: freshFolder(t), ROOST_DRAIN: String(DRAIN_MS / 1000) } });
  for (const _ of [1, 2]) assert.equal((await fetch(`${node.url}/ready`)).status, 200);
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const read = `/verify/${(await node.create(freshNumber())).body.id}`;
  assert.deepEqual(await ask(agent, node.url, read), { status: 200, connection: 'keep-alive' });
  const ended = node.stop();
  const isAway = async () => ((await fetch(`${node.url}/ready`)).status === 503 ? true : null);
  await until(isAway, DRAIN_MS, 'being away for proxies');
  assert.deepEqual(await ask(agent, node.url, read), { status: 200, connection: 'close' });
  assert.equal((await node.create(freshNumber())).status, 201);
  const { code, ms } = await ended;
  assert.equal(code, 0);
  assert.ok(ms >= DRAIN_MS && ms < STOP_MS, `it took ${ms} ms`);
});

test('a server that no proxy asks stops at once', async (t) => {
  const node = await serve(t, { env: { ROOST_DATA: freshFolder(t), ROOST_DRAIN: '5' } });
  assert.equal((await node.create(freshNumber())).status, 201);
  const { code, ms } = await node.stop();
  assert.equal(code, 0);
  assert.ok(ms < 5_000, `it took ${ms} ms`);
});

/** A create whose last byte is not sent yet, at a server that has read the rest. */
async function halfSent(url: string): Promise<{ socket: Socket; finish(): void; answer: Promise<string> }> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const body = JSON.stringify({ recipient: freshNumber() });
  socket.write(
    `GET /health HTTP/1.1\r\nHost: roost\r\n\r\nPOST /verify HTTP/1.1\r\nHost: roost\r\nAuthorization: AccessKey ${TEST_KEY}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, -1)}`,
  );
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const answer = once(socket, 'close').then(() => text);
  // It came in one piece with what is asked before it, so once that is answered this has been read.
  await until(async () => (text.endsWith('}') ? true : null), 30_000, 'the answer to what was asked before');
  text = '';
  return { socket, answer, finish: () => void socket.write(body.slice(-1)) };
}

test('a request under way when the stop comes is answered', async (t) => {
  const node = await serve(t, { env: { ROOST_DATA: freshFolder(t) } });
  const half = await halfSent(node.url);
  const ended = node.stop();
  await sleep(500);
  half.finish();
  assert.match(await half.answer, /^HTTP\/1\.1 201 .*"recipient":316/s);
  const { code, ms } = await ended;
  assert.equal(code, 0);
  assert.ok(ms < 7_000, `it took ${ms} ms`);
});

test('a client that never ends its request does not keep the server for more than 10 s', async (t) => {
  const node = await serve(t, { env: { ROOST_DATA: freshFolder(t) } });
  const half = await halfSent(node.url);
  half.socket.on('error', () => {});
  const { code, ms } = await node.stop();
  assert.equal(code, 0);
  assert.ok(ms < STOP_MS, `it took ${ms} ms`);
  assert.equal(await half.answer, '');
});
