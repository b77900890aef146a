import assert from 'node:assert/strict';
import test from 'node:test';
import { type Store, tables } from '../../src/store/store.ts';
import type { Open } from './contract.ts';
import { addOne, put, read, recipientOf, times, verificationOf } from './samples.ts';

/** Works about one thing come one after another, whatever else goes on. */
export function isolationContract(database: string, open: Open): void {
  test(`${database}: 200 parallel increments of one row lose none`, async (t) => {
    const { store } = await open(t);
    await put(store, 'count', '0');
    const seen = await Promise.all(times(200, () => store.transaction((tx) => addOne(tx, 'count'))));
    assert.equal(await read(store, 'count'), '200');
    assert.equal(new Set(seen).size, 200);
  });

  test(`${database}: 200 parallel increments lose none when the row does not exist yet`, async (t) => {
    const { store } = await open(t);
    await Promise.all(times(200, () => store.transaction((tx) => addOne(tx, 'count'))));
    assert.equal(await read(store, 'count'), '200');
  });

  test(`${database}: of 500 parallel guesses at one row with three attempts three are judged`, async (t) => {
    const { store } = await open(t);
    await put(store, 'attempts', '3');
    const startedAtMs = performance.now();
    const judged = await Promise.all(times(500, () => store.transaction((tx) => guess(tx))));
    assert.equal(judged.filter(Boolean).length, 3);
    assert.equal(await read(store, 'attempts'), '0');
    assert.ok(performance.now() - startedAtMs < 10_000, 'nobody waits for a lock to be given up');
  });

  test(`${database}: works about a recipient that has no row yet come one after another`, async (t) => {
    const { store } = await open(t);
    const about = recipientOf(store);
    const open3 = await Promise.all(times(60, () => createUnlessThreeAreOpen(store, about)));
    assert.equal(open3.filter(Boolean).length, 3);
    assert.equal((await store.read.list(tables.guessHistory, about, store.nowMs())).length, 3);
  });

  test(`${database}: works about many recipients pass no limit either`, async (t) => {
    const { store } = await open(t);
    const recipients = times(20, () => recipientOf(store));
    const made = await Promise.all(
      times(200, (i) => createUnlessThreeAreOpen(store, recipients[i % 20] ?? recipientOf(store))),
    );
    assert.equal(made.filter(Boolean).length, 60);
  });

  test(`${database}: a list sees what works before it in the same batch have written, and removed`, async (t) => {
    const { store } = await open(t);
    const about = recipientOf(store);
    const list = () =>
      store.transaction(async (tx) => {
        await tx.lock(about);
        return (await tx.list(tables.guessHistory, about)).map(({ id, wrongGuesses }) => [id, wrongGuesses]);
      });
    const one = verificationOf(store, about);
    const change = (work: (tx: Parameters<Parameters<Store['transaction']>[0]>[0]) => void) =>
      store.transaction(async (tx) => {
        await tx.lock(about);
        work(tx);
      });
    const [none, , made, , changed, , gone] = await Promise.all([
      list(),
      change((tx) => tx.insert(tables.verifications, one)),
      list(),
      change((tx) => tx.update(tables.verifications, { ...one, wrongGuesses: 2, lastWrongAtMs: 5 })),
      list(),
      change((tx) => tx.remove(tables.verifications, one)),
      list(),
    ]);
    assert.deepEqual([none, made, changed, gone], [[], [[one.id, 0]], [[one.id, 2]], []]);
  });

  test(`${database}: the next work on a row gets what the one before has left`, async (t) => {
    const { store } = await open(t);
    await put(store, 'row', 'a');
    const turn = (then: 'remove' | 'insert' | 'look') =>
      store.transaction(async (tx) => {
        const found = await tx.get(tables.settings, { name: 'row' });
        if (then === 'remove') tx.remove(tables.settings, { name: 'row' });
        if (then === 'insert') tx.insert(tables.settings, { name: 'row', value: 'b' });
        return found?.value ?? null;
      });
    const seen = await Promise.all([turn('remove'), turn('insert'), turn('look')]);
    assert.deepEqual(seen, ['a', null, 'b']);
    assert.equal(await read(store, 'row'), 'b');
  });

  test(`${database}: two works that take the same rows in opposite order both end`, async (t) => {
    const { store } = await open(t);
    const both = (first: string, second: string) =>
      store.transaction(async (tx) => {
        await addOne(tx, first);
        await addOne(tx, second);
      });
    await Promise.all(times(40, (i) => (i % 2 === 0 ? both('a', 'b') : both('b', 'a'))));
    assert.deepEqual([await read(store, 'a'), await read(store, 'b')], ['40', '40']);
  });

  test(`${database}: a row that is written without having been read does not overtake one who holds it`, async (t) => {
    const { store } = await open(t);
    await put(store, 'row', '0');
    const slow = store.transaction(async (tx) => {
      const found = await tx.get(tables.settings, { name: 'row' });
      await tx.get(tables.settings, { name: 'something else' });
      tx.update(tables.settings, { name: 'row', value: `${found?.value} read` });
    });
    const blind = store.transaction(async (tx) =>
      tx.update(tables.settings, { name: 'row', value: 'blind' }),
    );
    await Promise.all([slow, blind]);
    assert.ok(
      ['blind', 'blind read'].includes((await read(store, 'row')) ?? ''),
      'as if one came after the other',
    );
  });

  test(`${database}: a work may ask for several rows at once`, async (t) => {
    const { store } = await open(t);
    await Promise.all([put(store, 'a', '1'), put(store, 'b', '2')]);
    const found = await store.transaction(async (tx) =>
      Promise.all(['a', 'b', 'c', 'a'].map(async (name) => (await tx.get(tables.settings, { name }))?.value)),
    );
    assert.deepEqual(found, ['1', '2', undefined, '1']);
  });

  test(`${database}: questions do not wait for who writes, and see what is committed`, async (t) => {
    const { store, hold } = await open(t);
    await put(store, 'row', 'before');
    const release = await hold('row');
    try {
      assert.equal(await read(store, 'row'), 'before');
    } finally {
      await release();
    }
  });

  test(`${database}: a recipient that was forgotten can be locked again`, async (t) => {
    const { store } = await open(t);
    const about = recipientOf(store);
    await createUnlessThreeAreOpen(store, about);
    await Promise.all([
      store.transaction(async (tx) => tx.forget(about)),
      ...times(20, () => createUnlessThreeAreOpen(store, about)),
    ]);
    await store.transaction(async (tx) => tx.forget(about));
    assert.equal(await createUnlessThreeAreOpen(store, about), false);
  });

  test(`${database}: time never runs backwards, in works and between them`, async (t) => {
    const { store } = await open(t);
    let lastMs = 0;
    for (let round = 0; round < 30; round++) {
      const insideMs = await store.transaction(async (tx) => {
        await addOne(tx, 'count');
        assert.equal(tx.nowMs, tx.nowMs);
        return tx.nowMs;
      });
      const outsideMs = store.nowMs();
      assert.ok(lastMs <= insideMs && insideMs <= outsideMs, `${lastMs} ${insideMs} ${outsideMs}`);
      lastMs = outsideMs;
    }
  });
}

async function guess(tx: Parameters<Parameters<Store['transaction']>[0]>[0]): Promise<boolean> {
  const left = Number((await tx.get(tables.settings, { name: 'attempts' }))?.value);
  if (left > 0) tx.update(tables.settings, { name: 'attempts', value: String(left - 1) });
  return left > 0;
}

/** What a create does: lock, sum, decide, write. */
export function createUnlessThreeAreOpen(
  store: Store,
  about: ReturnType<typeof recipientOf>,
): Promise<boolean> {
  return store.transaction(async (tx) => {
    await tx.lock(about);
    const history = await tx.list(tables.guessHistory, about);
    if (history.length >= 3) return false;
    tx.insert(tables.verifications, verificationOf(store, about));
    return true;
  });
}
