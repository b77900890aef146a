import assert from 'node:assert/strict';
import test from 'node:test';
import { createUnlessThreeAreOpen } from './contract-isolation.ts';
import { startPooler } from './pooler.ts';
import { ask, freshDatabase, openNode } from './postgres-support.ts';
import { addOne, put, read, recipientOf, times } from './samples.ts';

test('two nodes work behind a pooler that gives them another session for each transaction', async (t) => {
  const url = await startPooler(t, await freshDatabase(), 5);
  const nodes = [await openNode(t, url), await openNode(t, url)] as const;
  const of = (i: number) => nodes[i % 2 === 0 ? 0 : 1];
  for (let round = 0; round < 8; round++) {
    const about = recipientOf(nodes[0]);
    const made = await Promise.all(times(60, (i) => createUnlessThreeAreOpen(of(i), about)));
    assert.equal(made.filter(Boolean).length, 3);
    await Promise.all(times(100, (i) => of(i).transaction((tx) => addOne(tx, `count ${round}`))));
    assert.equal(await read(nodes[0], `count ${round}`), '100');
  }
});

test('no setting of a transaction is left behind in its session', async (t) => {
  const url = await freshDatabase();
  const names = [
    'statement_timeout',
    'lock_timeout',
    'idle_in_transaction_session_timeout',
    'enable_seqscan',
  ];
  const pooled = await startPooler(t, url, 1);
  const settings = () => Promise.all(names.map(async (name) => (await ask(pooled, `SHOW ${name}`))[0]?.[0]));
  const before = await settings();
  const direct = await openNode(t, url);
  await direct.close();
  const store = await openNode(t, `${pooled}?readers=1`);
  await put(store, 'a', 'x');
  await store.close();
  assert.deepEqual(await settings(), before);
});
