import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tables } from '../../src/store/store.ts';
import { type StartedRoost, startRoost } from '../support/roost.ts';
import { type Fixture, MADE_UP, readFixtures } from './fixtures.ts';
import { type Answer, assertHeaders, send, until } from './wire.ts';

/** The cases of the contract beside Verify (numbers 38 to 56). */
const REST = readFixtures().filter(({ number }) => number >= 38);
const HLR_ID = '9999aaaabbbbccccddddeeeeffff0000';
const MESSAGE_ID = '1111222233334444555566667777888a';

type Known = { readonly [madeUp: string]: string };
type Upstream = { readonly url: string; balance: object; hlr: object };

/** MessageBird as its documents have it, on loopback: what it says of a balance and of every number is set here. */
async function startUpstream(t: TestContext): Promise<Upstream> {
  const upstream = {
    url: '',
    balance: { payment: 'prepaid', type: 'credits', amount: 9.2 },
    hlr: { status: 'active', network: 20416, details: null } as object,
  };
  const server = createServer((request, response) => {
    request.resume();
    const isCreate = request.method === 'POST';
    const hlr = isCreate ? { status: 'sent', network: null, details: null } : upstream.hlr;
    const body = request.url === '/balance' ? upstream.balance : { id: 'f00d', ...hlr };
    response.writeHead(isCreate ? 201 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  upstream.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return upstream;
}

/** A Roost whose live keys have a provider that can ask networks. */
async function withProvider(t: TestContext): Promise<{ roost: StartedRoost; upstream: Upstream }> {
  const upstream = await startUpstream(t);
  const folder = mkdtempSync(join(tmpdir(), 'roost-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const bird = { kind: 'messagebird', accessKey: 'live_0123456789abcdefghijklmno', baseUrl: upstream.url };
  writeFileSync(
    join(folder, 'roost.config.json'),
    JSON.stringify({ providers: { bird }, guard: { countries: '*' } }),
  );
  const env = { ROOST_PUBLIC_URL: 'https://roost.example', ROOST_CONFIG: join(folder, 'roost.config.json') };
  const roost = await startRoost(t, { env });
  await roost.roost.provision({ live: MADE_UP.liveKey, test: null });
  return { roost, upstream };
}

async function withSandbox(t: TestContext): Promise<{ roost: StartedRoost }> {
  const roost = await startRoost(t);
  await roost.roost.provision({ live: MADE_UP.liveKey, test: null });
  return { roost };
}

/** Sends the request of a fixture to the letter, the real ids in place of the made-up ones. */
function replay(roost: StartedRoost, { request }: Fixture, known: Known = {}): Promise<Answer> {
  const { method, path, headers = {}, body, encoding } = request;
  const query = new URLSearchParams(request.query).toString();
  const sent = Object.entries(headers).filter(([, value]) => value !== null) as [string, string][];
  const text =
    body === null || body === undefined
      ? undefined
      : encoding === 'json'
        ? JSON.stringify(body)
        : String(body);
  const where = realised(query === '' ? path : `${path}?${query}`, known);
  return send(roost.url, { method, path: where, headers: Object.fromEntries(sent), body: text });
}

const realised = (text: string, known: Known): string =>
  Object.entries(known).reduce((so, [madeUp, real]) => so.replaceAll(madeUp, real), text);

const DATE = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00/g;

/** Equal to the byte once base, ids and dates are the real ones. */
function assertSame(answer: Answer, expected: Fixture['response'], base: string, known: Known): void {
  assert.equal(answer.status, expected.status, answer.text);
  assertHeaders(answer.headers, answer.text);
  const wanted = realised(JSON.stringify(expected.body).replaceAll('{base}', base), known);
  assert.equal(answer.text.replaceAll(DATE, 'D'), wanted.replaceAll(DATE, 'D'));
}

function fixture(number: number): Fixture {
  const found = REST.find((each) => each.number === number);
  assert.ok(found, `there is no fixture ${number}`);
  return found;
}

async function hlrOf(roost: StartedRoost, body: string, settled = true): Promise<string> {
  const headers = {
    Authorization: `AccessKey ${MADE_UP.liveKey}`,
    'content-type': 'application/x-www-form-urlencoded',
  };
  const { text } = await send(roost.url, { method: 'POST', path: '/hlr', headers, body });
  const { id } = JSON.parse(text);
  const key = { projectId: 'default', mode: 'live', id } as const;
  if (settled) {
    await until('the network has answered', async () => {
      return (await roost.roost.store.read.get(tables.hlrs, key))?.status !== 'sent';
    });
  }
  return id;
}

const BASE = 'https://roost.example';
const tested = new Set<number>();
const story = (numbers: readonly number[], title: string, tell: (t: TestContext) => Promise<void>) => {
  for (const number of numbers) tested.add(number);
  test(`${numbers.join(', ')}: ${title}`, tell);
};

story([38, 39, 40], 'the balance is that of the provider, with and without a slash at the end', async (t) => {
  const { roost, upstream } = await withProvider(t);
  for (const number of [38, 40, 39]) {
    const each = fixture(number);
    upstream.balance = each.response.body as object;
    assertSame(await replay(roost, each), each.response, BASE, {});
  }
});

story([41], 'a number in international form tells what it is without anybody being asked', async (t) => {
  const { roost } = await withSandbox(t);
  const each = fixture(41);
  assertSame(await replay(roost, each), each.response, roost.url, {});
});

story(
  [42, 47],
  'a lookup of a national number shows its newest look-up, and the look-up alone',
  async (t) => {
    const { roost, upstream } = await withProvider(t);
    upstream.hlr = { status: 'active', network: 20416, details: null };
    const id = await hlrOf(roost, 'msisdn=31612345678&reference=ref1');
    for (const number of [42, 47]) {
      const each = fixture(number);
      assertSame(await replay(roost, each), each.response, BASE, { [HLR_ID]: id });
    }
  },
);

story([43], 'what is no number gets code 21, with 422 so that every client can read it', async (t) => {
  const { roost } = await withSandbox(t);
  const each = fixture(43);
  assert.ok(each.recommended);
  assertSame(await replay(roost, each), each.recommended, roost.url, {});
});

story(
  [44, 45, 46, 49],
  'a look-up is taken in the forms of every client, and answered as sent',
  async (t) => {
    for (const number of [44, 45, 46, 49]) {
      const { roost } = await withSandbox(t);
      const each = fixture(number);
      const answer = await replay(roost, each);
      assertSame(answer, each.response, roost.url, { [HLR_ID]: JSON.parse(answer.text).id });
    }
  },
);

story([48, 52, 55], 'what is not there gets 404 with the words of its resource', async (t) => {
  const { roost } = await withSandbox(t);
  for (const number of [48, 52, 55]) {
    const each = fixture(number);
    assertSame(await replay(roost, each), each.response, roost.url, {});
  }
});

story([50], 'a look-up that was answered shows what the network said', async (t) => {
  const { roost, upstream } = await withProvider(t);
  const each = fixture(50);
  upstream.hlr = each.response.body as object;
  const id = await hlrOf(roost, 'msisdn=31612345678&reference=ref1');
  assertSame(await replay(roost, each, { [HLR_ID]: id }), each.response, BASE, { [HLR_ID]: id });
});

story([51], 'look-ups are listed with links to the rest of them', async (t) => {
  const { roost, upstream } = await withProvider(t);
  const each = fixture(51);
  // The list of the contract shows a network that has been told and a status that says it is not final.
  upstream.hlr = { status: 'active', network: 20406, details: null };
  const id = await hlrOf(roost, 'msisdn=31612345678&reference=ref1');
  const expected = { ...each.response, body: JSON.parse(JSON.stringify(each.response.body)) };
  expected.body.items[0].status = 'active';
  assertSame(await replay(roost, each), expected, BASE, { [HLR_ID]: id });
});

story([53], 'a message is taken with the recipients that clients join, and answered as sent', async (t) => {
  const { roost } = await withSandbox(t);
  const each = fixture(53);
  const answer = await replay(roost, each);
  const known = { [MESSAGE_ID]: JSON.parse(answer.text).id };
  assertSame(answer, each.response, roost.url, known);
  const path = `/messages/${known[MESSAGE_ID]}`;
  const headers = { Authorization: `AccessKey ${MADE_UP.liveKey}` };
  await until('it is delivered', async () => {
    const { text } = await send(roost.url, { method: 'GET', path, headers });
    return JSON.parse(text).recipients.totalDeliveredCount === 1;
  });
});

story([54], 'a message is refused with every problem at once, in the order of upstream', async (t) => {
  const { roost } = await withSandbox(t);
  const each = fixture(54);
  assertSame(await replay(roost, each), each.response, roost.url, {});
});

story([56], 'a voice message is taken, and answered as calling', async (t) => {
  const { roost } = await withSandbox(t);
  const each = fixture(56);
  const answer = await replay(roost, each);
  assertSame(answer, each.response, roost.url, { [MESSAGE_ID]: JSON.parse(answer.text).id });
});

test('every case of the contract beside Verify is told here', () => {
  assert.deepEqual(
    [...tested].sort(),
    REST.map(({ number }) => number),
  );
});
