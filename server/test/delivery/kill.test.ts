import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faulty } from './faults.ts';
import { FAULTS, startGateway } from './gateway.ts';
import { killRounds } from './kill.ts';

test('killed in the middle of sending, it hands every acknowledged code over, and none more often than it was killed', async (t) => {
  const gateways = [
    await startGateway(t, faulty(5, 20, FAULTS)),
    await startGateway(t, faulty(6, 20, FAULTS)),
  ];
  const crashes = 3;
  const verdict = await killRounds(t, gateways, { crashes, each: (i) => 60 + 30 * i });
  const { problems, handedOver, failed, duplicates } = verdict;
  t.diagnostic(`${handedOver} handed over, ${failed} failed with a reason, ${duplicates} duplicates`);
  assert.deepEqual(problems.slice(0, 10), []);
  assert.ok(handedOver > 100, `only ${handedOver} were handed over`);
  for (const { taken } of gateways) {
    // A code that comes twice from one gateway comes with the same reference, so that it may drop the second.
    const codes = Map.groupBy(taken, ({ to, code }) => `${to} ${code}`);
    for (const same of codes.values()) assert.equal(new Set(same.map(({ messageId }) => messageId)).size, 1);
  }
});
