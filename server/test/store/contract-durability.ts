import assert from 'node:assert/strict';
import test from 'node:test';
import { StoreUnavailable, tables } from '../../src/store/store.ts';
import type { Open } from './contract.ts';
import { addOne, put, read, SCOPE, times } from './samples.ts';

/** All or nothing, kept when told so, and nobody hurt by what others do. */
export function durabilityContract(database: string, open: Open): void {
  test(`${database}: when a work has resolved, another connection sees all it wrote`, async (t) => {
    const { store, look } = await open(t);
    for (let round = 0; round < 20; round++) {
      await store.transaction(async (tx) => {
        tx.insert(tables.settings, { name: `first ${round}`, value: '1' });
        tx.insert(tables.settings, { name: `second ${round}`, value: '2' });
      });
      const rows = await look(
        `SELECT value FROM settings WHERE name IN ('first ${round}', 'second ${round}') ORDER BY name`,
      );
      assert.deepEqual(rows, [['1'], ['2']]);
    }
  });

  test(`${database}: a work that throws keeps nothing, and its error comes back as it was`, async (t) => {
    const { store, look } = await open(t);
    const error = new Error('no');
    const thrown = store.transaction(async (tx) => {
      tx.insert(tables.settings, { name: 'a', value: '1' });
      throw error;
    });
    await assert.rejects(thrown, (got) => got === error);
    assert.deepEqual(await look("SELECT value FROM settings WHERE name = 'a'"), []);
  });

  test(`${database}: what one work throws drops nothing of the others that arrived with it`, async (t) => {
    const { store, look } = await open(t);
    const works = times(60, (i) =>
      store.transaction(async (tx) => {
        await tx.get(tables.settings, { name: `row ${i}` });
        tx.insert(tables.settings, { name: `row ${i}`, value: String(i) });
        if (i % 3 === 0) throw new Error('no');
      }),
    );
    const ends = await Promise.allSettled(works);
    assert.equal(ends.filter(({ status }) => status === 'rejected').length, 20);
    const rows = await look("SELECT value FROM settings WHERE name LIKE 'row %'");
    const expected = times(60, (i) => i).filter((i) => i % 3 !== 0);
    assert.deepEqual(
      rows.map(([value]) => Number(value)).sort((a, b) => a - b),
      expected,
    );
  });

  test(`${database}: a refusal that is returned keeps its writes`, async (t) => {
    const { store } = await open(t);
    const refusal = new Error('wrong code');
    const answer = await store.transaction(async (tx) => {
      await addOne(tx, 'guesses');
      return refusal;
    });
    assert.equal(answer, refusal);
    assert.equal(await read(store, 'guesses'), '1');
  });

  test(`${database}: works that arrive together share a commit: all have run before the first is told`, async (t) => {
    const { store } = await open(t);
    let ran = 0;
    let ranBeforeFirst = 0;
    await Promise.all(
      times(100, async (i) => {
        await store.transaction(async (tx) => {
          await addOne(tx, `row ${i}`);
          ran += 1;
        });
        ranBeforeFirst ||= ran;
      }),
    );
    assert.equal(ranBeforeFirst, 100);
  });

  test(`${database}: a write that the database refuses is told to its work alone, and the others are kept`, async (t) => {
    const { store } = await open(t);
    await put(store, 'taken', 'first');
    const ends = await Promise.allSettled(
      times(40, (i) =>
        store.transaction(async (tx) => {
          tx.insert(tables.settings, { name: i === 17 ? 'taken' : `row ${i}`, value: String(i) });
          return i;
        }),
      ),
    );
    for (const [i, end] of ends.entries()) {
      if (i !== 17) assert.deepEqual(end, { status: 'fulfilled', value: i });
      else assert.ok(end.status === 'rejected' && end.reason instanceof StoreUnavailable);
    }
    assert.equal(await read(store, 'taken'), 'first');
    for (const i of times(40, (n) => n)) if (i !== 17) assert.equal(await read(store, `row ${i}`), String(i));
  });

  test(`${database}: a work that broke a rule of the schema keeps nothing, and the rest of its batch stays`, async (t) => {
    const { store } = await open(t);
    const broken = store.transaction(async (tx) => {
      tx.insert(tables.settings, { name: 'beside', value: '1' });
      tx.insert(tables.accessKeys, {
        ...{ ...SCOPE, digest: Buffer.from([1]), id: 'x', name: 'x', createdAtMs: 1, revokedAtMs: null },
        ...{ expiresAtMs: null, lastUsedAtMs: null, scopes: null },
        mode: null as never,
      });
    });
    const fine = put(store, 'fine', '1');
    await assert.rejects(broken, StoreUnavailable);
    await fine;
    assert.equal(await read(store, 'beside'), null);
    assert.equal(await read(store, 'fine'), '1');
  });

  test(`${database}: 5,000 works at once are all kept`, async (t) => {
    const { store, look } = await open(t);
    await Promise.all(times(5_000, (i) => store.transaction((tx) => addOne(tx, `row ${i % 2_500}`))));
    const rows = await look("SELECT value FROM settings WHERE name LIKE 'row %'");
    assert.equal(rows.length, 2_500);
    assert.ok(rows.every(([value]) => value === '2'));
  });

  test(`${database}: closing finishes what is under way and refuses what comes after`, async (t) => {
    const { store, look } = await open(t);
    const works = times(50, (i) => put(store, `row ${i}`, 'x'));
    const closed = store.close();
    await assert.rejects(put(store, 'late', 'x'), StoreUnavailable);
    await Promise.all(works);
    await closed;
    assert.equal((await look("SELECT 1 FROM settings WHERE name LIKE 'row %'")).length, 50);
    assert.deepEqual(await look("SELECT 1 FROM settings WHERE name = 'late'"), []);
  });

  test(`${database}: what was kept is there after the database was opened again, ids included`, async (t) => {
    const { store, reopen } = await open(t);
    const digest = Buffer.alloc(32, 5);
    await store.transaction(async (tx) =>
      tx.insert(tables.accessKeys, {
        ...SCOPE,
        digest,
        id: 'k',
        name: 'n',
        createdAtMs: 5,
        revokedAtMs: null,
        expiresAtMs: null,
        lastUsedAtMs: null,
        scopes: ['verify', 'lookup'],
      }),
    );
    const again = await reopen();
    assert.equal((await again.read.get(tables.accessKeys, { digest }))?.createdAtMs, 5);
  });

  test(`${database}: a database that a newer Roost made is refused in words`, async (t) => {
    const { store, look, reopen } = await open(t);
    await store.close();
    await look("INSERT INTO migrations (number, name, checksum, applied_at_ms) VALUES (9999, 'x', 'x', 1)");
    await assert.rejects(reopen(), /schema step 9999.*start a newer Roost/);
  });
}
