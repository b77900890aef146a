import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, createServer, request, type Server } from 'node:http';
import test, { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../testing/free-port.ts';
import { startPostgres } from '../../../testing/postgres.ts';
import { postgresHome } from './databases.ts';
import { freshFolder, freshNumber, type Scope, type Served, serve, TEST_KEY, until } from './support.ts';

const ROUNDS = Number(process.env.ROLLING_ROUNDS ?? 2);
const POLL_MS = 50;
/** Many polls long: a busy machine may hold the proxy up between two of them. */
const DRAIN_MS = 2_000;
const postgres = await startPostgres({ after });

/** A proxy as small as can be: it asks each node whether it is ready, and sends requests to those in turn that are. */
async function startProxy(t: Scope, ports: readonly number[]): Promise<{ url: string; failures: string[] }> {
  const failures: string[] = [];
  const nodes = ports.map((port) => ({ port, isReady: false, agent: new Agent({ keepAlive: true }) }));
  let isOver = false;
  const watch = async (node: (typeof nodes)[number]) => {
    while (!isOver) {
      const ready = fetch(`http://127.0.0.1:${node.port}/ready`, { signal: AbortSignal.timeout(2_000) });
      node.isReady = await ready.then(({ status }) => status === 200).catch(() => false);
      await sleep(POLL_MS);
    }
  };
  const watching = Promise.all(nodes.map(watch));
  let turn = 0;
  const server: Server = createServer((asked, answer) => {
    const ready = nodes.filter(({ isReady }) => isReady);
    const node = ready[turn++ % ready.length];
    const fail = (why: string) => {
      failures.push(why);
      answer.writeHead(502).end();
    };
    if (node === undefined) return fail('no node is ready');
    const { method, url, headers } = asked;
    const { connection: _, ...rest } = headers;
    const to = { host: '127.0.0.1', port: node.port, agent: node.agent, path: url ?? '/', headers: rest };
    const passed = request({ ...to, method: method ?? 'GET' }, (given) => {
      if ((given.statusCode ?? 500) >= 500) failures.push(`${method} ${given.statusCode} from ${node.port}`);
      const { connection: __, ...kept } = given.headers;
      answer.writeHead(given.statusCode ?? 502, kept);
      given.pipe(answer);
    });
    passed.once('error', (error) => fail(`${method} ${error.message} at ${node.port}`));
    asked.pipe(passed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    isOver = true;
    await watching;
    for (const { agent } of nodes) agent.destroy();
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}`, failures };
}

// Stops what an update does to a service that drops its connections: payments that fail because a node went away.
test('nodes behind a proxy are replaced one after another under load, and no request fails', async (t) => {
  const home = postgresHome(freshFolder(t), await postgres.createDatabase('rolling'));
  const ports = [await freePort(), await freePort()];
  const start = (port: number): Promise<Served> =>
    serve(t, { env: { ...home.env, ROOST_PORT: String(port), ROOST_DRAIN: String(DRAIN_MS / 1_000) } });
  const nodes: Served[] = [];
  for (const port of ports) nodes.push(await start(port));
  const { url, failures } = await startProxy(t, ports);
  const headers = { authorization: `AccessKey ${TEST_KEY}`, 'content-type': 'application/json' };
  await until(
    async () => ((await fetch(`${url}/ready`)).status === 200 ? true : null),
    30_000,
    'being ready',
  );
  await sleep(4 * POLL_MS);
  failures.length = 0;
  let isOver = false;
  let answered = 0;
  const one = async () => {
    while (!isOver) {
      const body = JSON.stringify({ recipient: freshNumber(), returnToken: true, timeout: 300 });
      const made = await fetch(`${url}/verify`, { method: 'POST', headers, body });
      const { id, token } = (await made.json()) as { id: string; token: string };
      const checked = await fetch(`${url}/verify/${id}?token=${token}`, { headers });
      await checked.arrayBuffer();
      if (made.status !== 201 || checked.status !== 200) failures.push(`${made.status} ${checked.status}`);
      answered += 2;
    }
  };
  const load = Promise.all(Array.from({ length: 8 }, one));
  for (let round = 0; round < ROUNDS; round += 1) {
    const place = round % 2;
    const { code, ms } = (await nodes[place]?.stop()) ?? {};
    assert.equal(code, 0);
    assert.ok((ms ?? 0) < 10_000);
    nodes[place] = await start(ports[place] ?? 0);
    const ready = async () =>
      (await fetch(`http://127.0.0.1:${ports[place]}/ready`)).status === 200 ? true : null;
    await until(ready, 30_000, 'being ready again');
    await sleep(4 * POLL_MS);
    assert.deepEqual(failures, [], `round ${round}`);
  }
  isOver = true;
  await load;
  assert.deepEqual(failures, []);
  assert.ok(answered > ROUNDS * 50, `${answered} requests`);
  t.diagnostic(`${ROUNDS} replacements, ${answered} requests, none failed`);
});
