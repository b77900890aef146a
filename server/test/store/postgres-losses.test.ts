import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailable, tables } from '../../src/store/store.ts';
import { ask, freshDatabase, holdOpen, openNode, postgres } from './postgres-support.ts';
import { asksToCommit, startProxy } from './proxy.ts';
import { addOne, put, read, times } from './samples.ts';

test('a connection that is lost before anything was to be kept costs nothing: the work runs again', async (t) => {
  const proxy = await startProxy(t, await freshDatabase());
  const store = await openNode(t, proxy.url);
  let cuts = 0;
  proxy.judge = (sent) => (sent.includes('BEGIN') && cuts++ < 3 ? 'cut' : 'pass');
  let runs = 0;
  await store.transaction(async (tx) => {
    runs += 1;
    await addOne(tx, 'count');
  });
  assert.equal(runs, 4);
  assert.equal(await read(store, 'count'), '1');
});

test('when COMMIT was sent and the answer lost, the work is refused, not run again, and a read tells the truth', async (t) => {
  const url = await freshDatabase();
  const proxy = await startProxy(t, url);
  const store = await openNode(t, proxy.url);
  for (const [fate, kept] of [
    ['cut', null],
    ['pass-then-cut-before-answer', 'x'],
  ] as const) {
    proxy.judge = (sent) => (asksToCommit(sent) ? fate : 'pass');
    let runs = 0;
    const work = store.transaction(async (tx) => {
      runs += 1;
      tx.insert(tables.settings, { name: fate, value: 'x' });
    });
    await assert.rejects(
      work,
      (error) => error instanceof StoreUnavailable && /not known/.test(error.message),
    );
    assert.equal(runs, 1);
    proxy.judge = () => 'pass';
    await untilNobodyWrites(url);
    assert.equal(await read(store, fate), kept);
  }
});

test('a work that wrote nothing is never left in doubt', async (t) => {
  const proxy = await startProxy(t, await freshDatabase());
  const store = await openNode(t, proxy.url);
  let cuts = 0;
  proxy.judge = (sent) => (asksToCommit(sent) && cuts++ === 0 ? 'cut' : 'pass');
  const seen = await store.transaction(async (tx) => tx.get(tables.settings, { name: 'nothing' }));
  assert.equal(seen, null);
  assert.ok(cuts > 0);
});

test('sessions ended at random under load: what was told kept is kept, once', async (t) => {
  const url = await freshDatabase();
  const store = await openNode(t, url);
  const told = times(20, () => 0);
  const doubtful = times(20, () => 0);
  let isOver = false;
  const callers = times(20, async (i) => {
    while (!isOver) {
      await store
        .transaction((tx) => addOne(tx, `row ${i}`))
        .then(
          () => (told[i] = (told[i] ?? 0) + 1),
          (error) => {
            assert.ok(error instanceof StoreUnavailable);
            doubtful[i] = (doubtful[i] ?? 0) + 1;
          },
        );
    }
  });
  let ended = 0;
  for (let i = 0; i < 40; i++) {
    const rows = await ask(
      url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
    );
    ended += rows.length;
    await sleep(30);
  }
  isOver = true;
  await Promise.all(callers);
  assert.ok(ended > 20, `${ended} sessions were ended`);
  for (const i of times(20, (n) => n)) {
    const kept = Number((await read(store, `row ${i}`)) ?? 0);
    const [least, most] = [told[i] ?? 0, (told[i] ?? 0) + (doubtful[i] ?? 0)];
    assert.ok(kept >= least && kept <= most, `row ${i}: ${kept} kept, ${least} to ${most} told`);
  }
  assert.ok(told.reduce((a, b) => a + b) > 100, 'the load went on');
});

test('a database that is away for a moment is waited for; one that stays away is refused within seconds', async (t) => {
  const store = await openNode(t, await freshDatabase());
  await put(store, 'before', 'x');
  await postgres.stop('immediate');
  const waits = put(store, 'meanwhile', 'x');
  await sleep(300);
  await postgres.restart();
  await waits;
  assert.equal(await read(store, 'meanwhile'), 'x');

  await postgres.stop('immediate');
  const startedAtMs = performance.now();
  await assert.rejects(put(store, 'away', 'x'), StoreUnavailable);
  const tookMs = performance.now() - startedAtMs;
  assert.ok(tookMs > 3_000 && tookMs < 20_000, `${tookMs} ms`);
  await assert.rejects(read(store, 'before'), StoreUnavailable);
  await postgres.restart();
  await put(store, 'after', 'x');
  assert.deepEqual([await read(store, 'before'), await read(store, 'after')], ['x', 'x']);
});

test('a row that somebody holds on to stops its own works alone', async (t) => {
  const url = await freshDatabase();
  const store = await openNode(t, url);
  await put(store, 'held', '0');
  const release = await holdOpen(url, "SELECT 1 FROM settings WHERE name = 'held' FOR UPDATE");
  t.after(release);
  const startedAtMs = performance.now();
  const stuck = assert.rejects(
    store.transaction((tx) => addOne(tx, 'held')),
    StoreUnavailable,
  );
  let slowestMs = 0;
  for (let i = 0; performance.now() - startedAtMs < 4_000; i++) {
    const sentAtMs = performance.now();
    await Promise.all(times(5, (j) => store.transaction((tx) => addOne(tx, `free ${i} ${j}`))));
    if (i > 0) slowestMs = Math.max(slowestMs, performance.now() - sentAtMs);
  }
  await stuck;
  assert.ok(performance.now() - startedAtMs < 15_000, 'it is refused after about five seconds');
  assert.ok(slowestMs < 2_500, `after the first, works on other rows took at most ${slowestMs} ms`);
  await release();
  assert.equal(await store.transaction((tx) => addOne(tx, 'held')), 1);
});

test('works wait for the same row of a transaction that ends in time', async (t) => {
  const url = await freshDatabase();
  const store = await openNode(t, url);
  await put(store, 'held', '0');
  const release = await holdOpen(url, "SELECT 1 FROM settings WHERE name = 'held' FOR UPDATE");
  const works = times(50, () => store.transaction((tx) => addOne(tx, 'held')));
  await sleep(1_500);
  await release();
  await Promise.all(works);
  assert.equal(await read(store, 'held'), '50');
});

/** The server may still be busy with what the cut connection had sent. */
async function untilNobodyWrites(url: string): Promise<void> {
  for (let i = 0; i < 1_500; i++) {
    const [[busy] = []] = await ask(
      url,
      `SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND (state <> 'idle' OR xact_start IS NOT NULL)`,
    );
    if (busy === 0) return;
    await sleep(20);
  }
}
