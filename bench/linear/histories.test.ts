import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeVerify, type Fault } from '../testing/fake-verify.ts';
import { type HistoriesResult, runHistories } from './histories.ts';

async function historiesOf(fault: Fault): Promise<HistoriesResult> {
  const server = new FakeVerify(fault);
  await server.listen();
  const options = { histories: 300, lanes: 8, seed: 3, firstNumber: 0 };
  const result = await runHistories({ urls: [server.url], accessKey: 'test_x', ...options });
  await server.close();
  return result;
}

test('histories of a server that judges one guess at a time are linearizable', async () => {
  const { violations, operations, unknown } = await historiesOf('none');
  assert.deepEqual(violations, []);
  assert.ok(operations > 1_000 && unknown > 0, `${operations} operations, ${unknown} without an answer`);
});

test('a server that reads, decides and writes apart is found out', async () => {
  const { violations } = await historiesOf('races');
  assert.ok(violations.length > 0);
});
