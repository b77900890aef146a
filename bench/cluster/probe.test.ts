import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ledger } from '../crash/ledger.ts';
import { Probe } from './probe.ts';

type State = { answer: 'kept' | 'refused' | 'refused without a time' };

/** A server that answers creates in the way that `state` says at the time. */
async function probed(t: TestContext, state: State) {
  let made = 0;
  const server = http.createServer((request, response) => {
    request.resume();
    if (state.answer === 'kept') {
      made += 1;
      const body = JSON.stringify({ id: `v${made}`, token: '123456', messages: { href: `/m/m${made}` } });
      response.writeHead(201, { 'Content-Length': body.length }).end(body);
    } else {
      response.writeHead(503, state.answer === 'refused' ? { 'Retry-After': '1' } : {}).end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const ledger = new Ledger(null);
  let next = 0;
  const probe = new Probe(
    `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    'test_x',
    ledger,
    () => next++,
  );
  t.after(() => server.close());
  return { probe, ledger };
}

test('an outage ends with the first answer of the creates that all succeed', async (t) => {
  const state: State = { answer: 'kept' };
  const { probe, ledger } = await probed(t, state);
  await sleep(300);
  const fromMs = performance.now();
  state.answer = 'refused';
  await sleep(1_000);
  assert.equal(probe.recoveredAtMs(fromMs), null);
  state.answer = 'kept';
  await sleep(2_600);
  await probe.stop();
  const { recoveredMs, answers } = probe.outage(fromMs);
  assert.ok(
    recoveredMs !== null && recoveredMs >= 1_000 && recoveredMs < 1_500,
    `recovered after ${recoveredMs} ms`,
  );
  assert.ok((answers[503] ?? 0) >= 3, JSON.stringify(answers));
  assert.deepEqual(ledger.problems, []);
  assert.ok(ledger.entries.length >= 10, 'what was acknowledged was not written down');
});

test('a refusal that does not say when to come back is a problem', async (t) => {
  const { probe, ledger } = await probed(t, { answer: 'refused without a time' });
  await sleep(300);
  await probe.stop();
  assert.match(ledger.problems.join('\n'), /503 without Retry-After/);
});
