import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { createOutbound, type OutboundAnswer, type Resolve } from './outbound.ts';

/** Something that listens on loopback and counts who comes. */
async function canary(t: TestContext, host: string): Promise<{ port: number; count(): number } | null> {
  let count = 0;
  const server = createTcpServer((socket) => {
    count += 1;
    socket.destroy();
  });
  const port = await listening(t, server, host);
  return port === null ? null : { port, count: () => count };
}

async function listening(t: TestContext, server: Server, host: string): Promise<number | null> {
  server.listen(0, host);
  const up = await once(server, 'listening').then(
    () => true,
    () => false, // no IPv6 on this machine
  );
  if (!up) return null;
  t.after(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function* forever(): AsyncGenerator<Buffer> {
  for (;;) yield Buffer.alloc(16_384);
}

async function receiver(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  const port = await listening(t, server, '127.0.0.1');
  t.after(() => server.closeAllConnections());
  return `http://127.0.0.1:${port}`;
}

const post = (
  outbound: ReturnType<typeof createOutbound>,
  url: string,
  timeoutMs = 2_000,
): Promise<OutboundAnswer> =>
  outbound.send({
    url,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
    timeoutMs,
  });

/** Ways to say addresses that are not public; P stands for the port of a canary. */
const HOSTILE = [
  'https://127.0.0.1:P/',
  'https://127.1:P/',
  'https://127.0.1:P/',
  'https://2130706433:P/',
  'https://0x7f000001:P/',
  'https://0x7f.0x0.0x0.0x1:P/',
  'https://017700000001:P/',
  'https://0177.0.0.1:P/',
  'https://127.0.0.1.:P/',
  'https://127.255.255.254:P/',
  'https://１２７.０.０.１:P/',
  'https://127。0。0。1:P/',
  'https://①②⑦.0.0.1:P/',
  'https://localhost:P/',
  'https://LOCALHOST:P/',
  'https://localhost.:P/',
  'https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:P/',
  'https://0:P/',
  'https://0.0.0.0:P/',
  'https://0x0:P/',
  'https://[::1]:P/',
  'https://[0:0:0:0:0:0:0:1]:P/',
  'https://[::]:P/',
  'https://[::ffff:127.0.0.1]:P/',
  'https://[::ffff:7f00:1]:P/',
  'https://[0:0:0:0:0:ffff:127.0.0.1]:P/',
  'https://[::127.0.0.1]:P/',
  'https://[::ffff:0:127.0.0.1]:P/',
  'https://[64:ff9b::127.0.0.1]:P/',
  'https://[64:ff9b:1::7f00:1]:P/',
  'https://[2002:7f00:1::]:P/',
  'https://[2001::1]:P/',
  'https://[2001:db8::1]:P/',
  'https://[fe80::1]:P/',
  'https://[fec0::1]:P/',
  'https://[fc00::1]:P/',
  'https://[fd00:ec2::254]:P/',
  'https://[ff02::1]:P/',
  'https://[100::1]:P/',
  'https://[::ffff:169.254.169.254]:P/',
  'https://10.0.0.1:P/',
  'https://10.255.255.255:P/',
  'https://100.64.0.1:P/',
  'https://169.254.169.254:P/latest/meta-data/',
  'https://0xa9fea9fe:P/',
  'https://2852039166:P/',
  'https://172.16.0.1:P/',
  'https://172.31.255.255:P/',
  'https://192.0.0.8:P/',
  'https://192.0.2.1:P/',
  'https://192.168.0.1:P/',
  'https://198.18.0.1:P/',
  'https://198.51.100.1:P/',
  'https://203.0.113.1:P/',
  'https://224.0.0.1:P/',
  'https://240.0.0.1:P/',
  'https://255.255.255.255:P/',
  'https://user:secret@127.0.0.1:P/',
  'https://example.com@127.0.0.1:P/',
  'https://127.0.0.1:P\\@example.com/',
  'http://127.0.0.1:P/',
  'ftp://127.0.0.1:P/',
  'file:///etc/passwd',
  'gopher://127.0.0.1:P/_x',
  'data:text/plain,x',
  '//127.0.0.1:P/',
  'https:///127.0.0.1:P/',
  'https:127.0.0.1:P/',
  'https://[::1%25lo]:P/',
  `https://127.0.0.1:P/${'a'.repeat(2_100)}`,
] as const;

// Stops a customer from making the server call what only it can reach (SSRF).
test('no spelling of an address that is not public opens a connection, to any port', async (t) => {
  assert.ok(HOSTILE.length >= 60);
  const canaries = [await canary(t, '0.0.0.0'), await canary(t, '::1')].filter((each) => each !== null);
  const outbound = createOutbound({ reach: 'public' });
  t.after(() => outbound.close());
  for (const pattern of HOSTILE) {
    for (const port of [...canaries.map((each) => String(each.port)), '443', '8443']) {
      const url = pattern.replace(':P', `:${port}`);
      assert.notEqual(await outbound.problemOf(url), null, url);
      const answer = await post(outbound, url);
      assert.equal(answer.kind, 'refused', `${url} ${JSON.stringify(answer)}`);
    }
  }
  assert.deepEqual(
    canaries.map((each) => each.count()),
    canaries.map(() => 0),
  );
});

test('a name of which any address is not public is refused, wherever among them it stands', async () => {
  const PUBLIC = { address: '93.184.215.14', family: 4 };
  for (const address of [
    '127.0.0.1',
    '10.1.2.3',
    '::1',
    '::ffff:10.0.0.1',
    '169.254.169.254',
    'fe80::1%eth0',
  ]) {
    const family = address.includes(':') ? 6 : 4;
    for (const found of [
      [PUBLIC, { address, family }],
      [{ address, family }, PUBLIC],
    ]) {
      const outbound = createOutbound({ reach: 'public', resolve: async () => found });
      const answer = await post(outbound, 'https://hooks.example.com/');
      assert.deepEqual(
        [answer.kind, 'reason' in answer && answer.reason],
        ['refused', 'it leads into a network that is not public'],
      );
      outbound.close();
    }
  }
});

// Stops DNS rebinding: a name that was good when it was checked must not lead inside when it is used.
test('a name that is public when checked and private when used opens no connection', async (t) => {
  const trap = await canary(t, '127.0.0.1');
  let asked = 0;
  const resolve: Resolve = async () => {
    asked += 1;
    return asked === 1 ? [{ address: '93.184.215.14', family: 4 }] : [{ address: '127.0.0.1', family: 4 }];
  };
  const outbound = createOutbound({ reach: 'public', resolve });
  t.after(() => outbound.close());
  assert.equal(await outbound.problemOf('https://rebinding.example.com/'), null);
  const answer = await post(outbound, 'https://rebinding.example.com/');
  assert.equal(answer.kind, 'refused');
  assert.equal(asked, 2);
  assert.equal(trap?.count(), 0);
});

test('each connection asks for the name once, and goes to the address that was checked', async (t) => {
  const url = new URL(await receiver(t, (_, answer) => answer.end('fine')));
  const other = await canary(t, '127.0.0.1');
  let asked = 0;
  const resolve: Resolve = async () => {
    asked += 1;
    // Whoever asked again would be led to where nobody listens.
    return [{ address: asked === 1 ? '127.0.0.1' : '127.0.0.9', family: 4 }];
  };
  const outbound = createOutbound({ reach: 'loopback', resolve });
  t.after(() => outbound.close());
  const answer = await post(outbound, `http://pinned.example.com:${url.port}/`);
  assert.deepEqual([answer.kind, 'status' in answer && answer.status, asked], ['answered', 200, 1]);
  assert.equal(other?.count(), 0);
});

test('redirects are not followed, and their status is told', async (t) => {
  const inside = await canary(t, '127.0.0.1');
  const url = await receiver(t, (_, answer) => {
    answer.writeHead(302, { location: `http://127.0.0.1:${inside?.port}/` }).end();
  });
  const outbound = createOutbound({ reach: 'loopback' });
  t.after(() => outbound.close());
  const answer = await post(outbound, url);
  assert.deepEqual([answer.kind, 'status' in answer && answer.status], ['answered', 302]);
  assert.equal(inside?.count(), 0);
});

test('an answer that never ends, a silent receiver and garbage cost no more than their bounds', async (t) => {
  const endless = await receiver(t, (_, answer) => {
    Readable.from(forever()).pipe(answer);
  });
  const silent = await receiver(t, () => {});
  const garbage = createTcpServer((socket) => socket.end('no HTTP at all\r\n\r\n').on('error', () => {}));
  const port = await listening(t, garbage, '127.0.0.1');
  const outbound = createOutbound({ reach: 'loopback' });
  t.after(() => outbound.close());
  const long = await post(outbound, endless);
  assert.deepEqual([long.kind, 'status' in long && long.status], ['answered', 200]);
  const late = await post(outbound, silent, 200);
  assert.deepEqual([late.kind, 'reason' in late && late.reason], ['failed', 'no answer within 0.2 s']);
  assert.ok(late.tookMs < 2_000);
  const odd = await post(outbound, `http://127.0.0.1:${port}/`);
  assert.deepEqual([odd.kind, 'reason' in odd && odd.reason], ['failed', 'the answer is not HTTP']);
});

test('loopback and private networks are reached where that is set, and link-local never', async (t) => {
  const url = await receiver(t, (_, answer) => answer.writeHead(204).end());
  const outbound = createOutbound({ reach: 'loopback' });
  const wide = createOutbound({ reach: 'private' });
  t.after(() => {
    outbound.close();
    wide.close();
  });
  assert.deepEqual([await outbound.problemOf(url), await wide.problemOf(url)], [null, null]);
  assert.equal((await post(outbound, url)).kind, 'answered');
  assert.equal(
    await outbound.problemOf('http://10.0.0.1/'),
    'the address cannot be used: it leads into a network that is neither public nor this machine',
  );
  assert.equal(await wide.problemOf('http://10.0.0.1/'), null);
  for (const each of [
    'http://169.254.169.254/',
    'http://[fe80::1]/',
    'http://0.0.0.0/',
    'http://[::ffff:127.0.0.1]/',
  ]) {
    assert.notEqual(await outbound.problemOf(each), null, each);
    assert.notEqual(await wide.problemOf(each), null, each);
  }
});
