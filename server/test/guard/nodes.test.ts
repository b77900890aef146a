import assert from 'node:assert/strict';
import test from 'node:test';
import { startPostgres } from '../../../testing/postgres.ts';
import { type Guarded, startGuarded } from './guarded.ts';

const OFF = { mode: 'off' };
const NO_OTHER_RULES = Object.fromEntries(
  ['sequence', 'key-rate', 'key-day', 'block-unverified', 'country-unverified', 'cool-down'].map((id) => [
    id,
    OFF,
  ]),
);
const number = (i: number): string => `+3161${String(1_000_000 + ((i * 7919) % 9_000_000)).slice(-7)}`;

async function twoNodes(
  t: Parameters<typeof startGuarded>[0],
  guard: object,
): Promise<readonly [Guarded, Guarded]> {
  const { url } = await startPostgres(t);
  const env = { DATABASE_URL: url, ROOST_SECRET_KEY: 'ccccccccccccccccccccA1B2c3D4e5F6g7H8i9J0kLm' };
  const prices = [{ provider: 'bird', cost: '0.05', currency: 'EUR' }];
  const options = { env, prices };
  return [await startGuarded(t, guard, options), await startGuarded(t, guard, options)];
}

// Stops a budget from being spent once on each node.
test('on two nodes, of 500 parallel creates at the edge of the money budget exactly as many pass as it pays for', async (t) => {
  const nodes = await twoNodes(t, { rules: NO_OTHER_RULES, money: { perDay: 1 } });
  const answers = await Promise.all(
    Array.from({ length: 500 }, (_, i) => (i % 2 === 0 ? nodes[0] : nodes[1]).send(number(i))),
  );
  const statuses = Object.entries(Object.groupBy(answers, ({ status }) => String(status))).map(
    ([status, same]) => [status, same?.length],
  );
  assert.deepEqual(statuses, [
    ['201', 20],
    ['422', 480],
  ]);
});

test('on two nodes a block of numbers is full for both, and a limit on a country is at most a moment behind', async (t) => {
  const rules = { ...NO_OTHER_RULES, 'block-unverified': { most: 10 }, 'country-unverified': { most: 30 } };
  const nodes = await twoNodes(t, { rules });
  const on = (i: number) => (i % 2 === 0 ? nodes[0] : nodes[1]);
  const block = await Promise.all(
    Array.from({ length: 60 }, (_, i) => on(i).send(`+3161234${String(i * 151).padStart(4, '0')}`)),
  );
  assert.equal(block.filter(({ status }) => status === 201).length, 10);
  let passed = 0;
  for (let i = 0; i < 60; i += 1) if ((await on(i).send(number(i))).status === 201) passed += 1;
  assert.equal(passed, 30);
});
