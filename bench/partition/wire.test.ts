import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { seeded } from '../driver/random.ts';
import { Wire } from './wire.ts';

/** A server that says back what it hears, and a client that reaches it through the wire on `lane`. */
async function joined(t: TestContext, lane: number) {
  const folder = mkdtempSync(join(tmpdir(), 'roost-wire-'));
  const heard: string[] = [];
  const server = net.createServer((socket) => {
    socket
      .on('error', () => {})
      .on('data', (bytes) => {
        heard.push(String(bytes));
        socket.write(bytes);
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const socketPath = join(folder, 'wire.socket');
  const wire = await Wire.open(socketPath, () => port, seeded(1));
  const client = net.connect(socketPath);
  client.on('error', () => {}).write(Buffer.from([lane]));
  t.after(() => {
    client.destroy();
    wire.close();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const say = async (text: string): Promise<string> => {
    client.write(text);
    const [bytes] = await once(client, 'data');
    return String(bytes);
  };
  return { wire, client, heard, say };
}

test('bytes pass unchanged, and a delay is paid once in each direction', async (t) => {
  const { wire, say } = await joined(t, 0);
  assert.equal(await say('at once'), 'at once');
  wire.delay = { leastMs: 40, mostMs: 60 };
  const startedMs = performance.now();
  assert.equal(await say('slowly'), 'slowly');
  const tookMs = performance.now() - startedMs;
  assert.ok(tookMs >= 79 && tookMs < 500, `it took ${tookMs} ms`);
});

test('a lane that is held passes nothing and stays open, another goes on', async (t) => {
  const held = await joined(t, 1);
  await held.say('hello');
  held.wire.hold([1]);
  let answered = false;
  const answer = held.say('are you there').then((text) => {
    answered = true;
    return text;
  });
  await sleep(150);
  assert.equal(answered, false);
  assert.equal(held.client.destroyed, false);
  held.wire.release();
  assert.equal(await answer, 'are you there');

  const other = await joined(t, 0);
  other.wire.hold([1]);
  assert.equal(await other.say('hello'), 'hello');
});

test('a cut lets the question through and keeps the answer back', async (t) => {
  const { wire, client, heard, say } = await joined(t, 0);
  await say('hello');
  assert.equal(wire.cutBeforeAnswer(), true);
  let got = '';
  client.on('data', (bytes) => {
    got += bytes;
  });
  client.write('COMMIT');
  await once(client, 'close');
  assert.deepEqual(heard, ['hello', 'COMMIT']);
  assert.equal(got, '');
});
