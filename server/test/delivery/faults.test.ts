import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startPostgres } from '../../../testing/postgres.ts';
import type { Environment } from '../../src/config.ts';
import type { StartedRoost } from '../support/roost.ts';
import { create } from './chain.ts';
import { createAll, judge, settledAll } from './faults.ts';
import { FAULTS, httpProvider, startWith } from './gateway.ts';
import { type FaultyGateway, startFaultyGateway } from './gateway-thread.ts';

const SHARE = 20;
const SECRET_KEY = '0123456789abcdef'.repeat(4);

const startFaulty = (t: TestContext, seed: number): Promise<FaultyGateway[]> =>
  Promise.all(
    [seed, seed + 1].map((each) => startFaultyGateway(t, { seed: each, percent: SHARE, faults: FAULTS })),
  );

const configOf = (gateways: readonly FaultyGateway[]) => ({
  providers: Object.fromEntries(gateways.map((gateway, i) => [`gateway-${i}`, httpProvider(gateway)])),
  policy: { failOverSeconds: 1 },
});

/** Sends many codes through faulty gateways, with requests to the nodes in turn, and judges what became of each. */
async function sendThrough(
  t: TestContext,
  nodes: readonly StartedRoost[],
  gateways: readonly FaultyGateway[],
  count: number,
) {
  let turn = 0;
  const made = await createAll(count, 16, 0, async (recipient) => {
    turn += 1;
    const { status, body, text } = await create(nodes[turn % nodes.length] as StartedRoost, recipient, {
      timeout: 300,
    });
    assert.equal(status, 201, text);
    return body.id;
  });
  const [node] = nodes as [StartedRoost];
  await settledAll(node, 20_000);
  const seen = await Promise.all(gateways.map((gateway) => gateway.seen()));
  const verdict = await judge(node, made, seen, 0);
  const { problems, handedOver, failed, duplicates } = verdict;
  t.diagnostic(`${handedOver} handed over, ${failed} failed with a reason, ${duplicates} duplicates`);
  assert.deepEqual(problems.slice(0, 10), []);
  assert.equal(duplicates, 0);
  assert.equal(handedOver + failed, count);
  assert.ok(handedOver > count * 0.9);
  assert.ok((seen[1]?.asked.length ?? 0) > count / 20, 'the second route was taken');
}

test('of 1,000 codes through gateways of which a fifth of all answers is a fault, each is handed over once or has failed with a reason', async (t) => {
  const gateways = await startFaulty(t, 11);
  const roost = await startWith(t, configOf(gateways));
  await sendThrough(t, [roost], gateways, 1_000);
});

test('the same holds for two nodes over one PostgreSQL', async (t) => {
  const postgres = await startPostgres(t);
  const env: Environment = {
    DATABASE_URL: await postgres.createDatabase('faults'),
    ROOST_SECRET_KEY: SECRET_KEY,
  };
  const gateways = await startFaulty(t, 23);
  const one = await startWith(t, configOf(gateways), { env });
  const other = await startWith(t, configOf(gateways), { env });
  await sendThrough(t, [one, other], gateways, 300);
});
