import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test, { type TestContext } from 'node:test';
import { type Counts, count, NOTHING } from '../../src/domain/guard/counts.ts';
import { systemRandom as random } from '../../src/kernel/random.ts';
import { SqliteStore } from '../../src/store/drivers/sqlite.ts';
import { type Store, StoreUnavailable, tables } from '../../src/store/store.ts';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 1);

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'roost-tallies-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A store whose clock stands still until it is moved. */
function openIn(folder: string, clock: () => number): SqliteStore {
  return new SqliteStore({ file: join(folder, 'roost.db'), clock, random });
}

/** The files as they are while the store is in use, which is what a power cut leaves. */
function cut(folder: string, into: string): void {
  for (const name of ['roost.db', 'roost.db-wal']) {
    const from = join(folder, name);
    if (existsSync(from)) copyFileSync(from, join(into, name));
  }
}

const add = (store: Store, name: string) =>
  store.transaction(async (tx) => {
    const tally = await tx.tally({ name, isExact: true });
    tally.keep(count(tally.own ?? NOTHING, { sends: 1 }, tx.nowMs, tx.nowMs, 24), tx.nowMs + DAY_MS);
  });

const sent = (counts: Counts | null): number => (counts?.hours ?? []).reduce((sum, [, n]) => sum + n, 0);

const countsOf = (store: Store, name: string): Promise<Counts | null> =>
  store.transaction(async (tx) => (await tx.tally({ name, isExact: true })).own);

const rowOf = (folder: string, name: string): Counts | null => {
  const db = new DatabaseSync(join(folder, 'roost.db'));
  const row = db.prepare('SELECT counts FROM tallies WHERE subject = ?').get(name);
  db.close();
  return row === undefined ? null : (JSON.parse(String(row.counts)) as Counts);
};

test('what was counted is there after a power cut, though its row was not written yet', async (t) => {
  const [folder, after] = [folderFor(t), folderFor(t)];
  const store = openIn(folder, () => START_MS);
  for (let i = 0; i < 5; i += 1) await add(store, 'block one');
  assert.equal(rowOf(folder, 'block one'), null);
  cut(folder, after);
  await store.close();
  const again = openIn(after, () => START_MS);
  assert.equal(sent(await countsOf(again, 'block one')), 5);
  await again.close();
  assert.equal(sent(rowOf(after, 'block one')), 5);
});

test('a subject that is never asked for again is in its row before the log takes its place for others', async (t) => {
  const [folder, after] = [folderFor(t), folderFor(t)];
  const store = openIn(folder, () => START_MS);
  await add(store, 'once');
  for (let i = 0; i < 600; i += 1) await add(store, 'often');
  cut(folder, after);
  await store.close();
  const again = openIn(after, () => START_MS);
  assert.equal(sent(await countsOf(again, 'once')), 1);
  assert.equal(sent(await countsOf(again, 'often')), 600);
  await again.close();
});

test('rows follow within seconds, and a brake that closes stands in its row at once', async (t) => {
  const folder = folderFor(t);
  let nowMs = START_MS;
  const store = openIn(folder, () => nowMs);
  await add(store, 'slow');
  await store.transaction(async (tx) => {
    const tally = await tx.tally({ name: 'braked', isExact: true });
    const brake = { closedAtMs: nowMs, untilMs: nowMs + 60_000, times: 1, probes: 0, healedAtMs: null };
    tally.keep({ ...NOTHING, brake }, nowMs + DAY_MS);
  });
  assert.deepEqual(await store.read.brakedTallies(nowMs, 10), ['braked']);
  assert.equal(rowOf(folder, 'slow'), null);
  nowMs += 4_000;
  await add(store, 'other');
  assert.equal(sent(rowOf(folder, 'slow')), 1);
  await store.close();
});

test('whoever comes from 15,000 networks at once fills no memory: no more than 10,000 counts wait for their row', async (t) => {
  const folder = folderFor(t);
  const store = openIn(folder, () => START_MS);
  for (let batch = 0; batch < 100; batch += 1) {
    await Promise.all(Array.from({ length: 150 }, (_, i) => add(store, `network ${batch} ${i}`)));
  }
  const db = new DatabaseSync(join(folder, 'roost.db'));
  const { rows } = db.prepare('SELECT count(*) AS rows FROM tallies').get() as { rows: number };
  db.close();
  assert.equal(rows, 5_000);
  await store.close();
});

test('a write that the database refuses takes back nothing that others have counted', async (t) => {
  const folder = folderFor(t);
  const store = openIn(folder, () => START_MS);
  await store.transaction(async (tx) => tx.insert(tables.settings, { name: 'taken', value: '1' }));
  let counted = 0;
  for (let round = 0; round < 20; round += 1) {
    const works = [
      add(store, 'block'),
      store.transaction(async (tx) => {
        const tally = await tx.tally({ name: 'block', isExact: true });
        tally.keep(count(tally.own ?? NOTHING, { sends: 1 }, tx.nowMs, tx.nowMs, 24), tx.nowMs + DAY_MS);
        tx.insert(tables.settings, { name: 'taken', value: '2' });
      }),
      add(store, 'block'),
    ];
    const [first, refused, last] = await Promise.allSettled(works);
    assert.equal(first?.status, 'fulfilled');
    assert.equal(last?.status, 'fulfilled');
    assert.ok(refused?.status === 'rejected' && refused.reason instanceof StoreUnavailable);
    counted += 2;
    assert.equal(sent(await countsOf(store, 'block')), counted);
  }
  await store.close();
});

test('over 600 works with power cuts, restarts and refused writes among them no count is lost or made up', async (t) => {
  let folder = folderFor(t);
  let nowMs = START_MS;
  let seed = 11;
  const chance = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const wanted = new Map<string, number>();
  let store = openIn(folder, () => nowMs);
  await store.transaction(async (tx) => tx.insert(tables.settings, { name: 'taken', value: '1' }));
  for (let i = 0; i < 600; i += 1) {
    nowMs += Math.floor(chance() * 400);
    const draw = chance();
    const name = `block ${Math.floor(chance() * 40)}`;
    if (draw < 0.94) {
      await add(store, name);
      wanted.set(name, (wanted.get(name) ?? 0) + 1);
    } else if (draw < 0.96) {
      await assert.rejects(
        store.transaction(async (tx) => {
          const tally = await tx.tally({ name, isExact: true });
          tally.keep(NOTHING, tx.nowMs + DAY_MS);
          tx.insert(tables.settings, { name: 'taken', value: '2' });
        }),
      );
    } else if (draw < 0.98) {
      await store.close();
      store = openIn(folder, () => nowMs);
    } else {
      const next = folderFor(t);
      cut(folder, next);
      await store.close();
      folder = next;
      store = openIn(folder, () => nowMs);
    }
  }
  for (const [name, number] of wanted) assert.equal(sent(await countsOf(store, name)), number, name);
  await store.close();
  for (const [name, number] of wanted) assert.equal(sent(rowOf(folder, name)), number, name);
});
