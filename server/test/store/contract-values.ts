import assert from 'node:assert/strict';
import test from 'node:test';
import { tables } from '../../src/store/store.ts';
import type { Open } from './contract.ts';
import { put, read, recipientOf, SCOPE, times, verificationOf } from './samples.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What is read is what was written, and lists hold what they say. */
export function valuesContract(database: string, open: Open): void {
  test(`${database}: every kind of value comes back as it was written`, async (t) => {
    const { store } = await open(t);
    const about = recipientOf(store);
    const odd = verificationOf(store, about, {
      reference: 'naïve "quotes" \\ {a,b} NULL 😀 %s $1 ?',
      originator: '',
      sealedRecipient: Buffer.from(times(256, (i) => i)),
      sealedCode: null,
      expiresAtMs: Number.MAX_SAFE_INTEGER,
      lastWrongAtMs: 2 ** 32 + 1,
      wrongGuesses: 0,
      codeDigest: Buffer.alloc(0),
    });
    await store.transaction(async (tx) => tx.insert(tables.verifications, odd));
    const inside = await store.transaction(async (tx) => tx.get(tables.verifications, odd));
    assert.deepEqual(inside, odd);
    assert.deepEqual(await store.read.get(tables.verifications, odd), odd);
    assert.deepEqual(await store.read.list(tables.guessHistory, about, store.nowMs()), [odd]);
  });

  test(`${database}: what another work reads from the same batch is what the database would give`, async (t) => {
    const { store } = await open(t);
    const made = verificationOf(store, recipientOf(store));
    const [, seen] = await Promise.all([
      store.transaction(async (tx) => tx.insert(tables.verifications, made)),
      store.transaction(async (tx) => tx.get(tables.verifications, made)),
    ]);
    assert.deepEqual(seen, made);
    assert.deepEqual(await store.read.get(tables.verifications, made), made);
  });

  test(`${database}: a row is found in its own project and mode alone`, async (t) => {
    const { store } = await open(t);
    const made = verificationOf(store, recipientOf(store));
    await store.transaction(async (tx) => tx.insert(tables.verifications, made));
    for (const other of [{ projectId: 'other' }, { mode: 'live' as const }]) {
      const key = { ...SCOPE, id: made.id, ...other };
      assert.equal(await store.read.get(tables.verifications, key), null);
      assert.equal(await store.transaction(async (tx) => tx.get(tables.verifications, key)), null);
    }
  });

  test(`${database}: a work's writes on one row are done in their order`, async (t) => {
    const { store } = await open(t);
    await put(store, 'old', '0');
    await store.transaction(async (tx) => {
      tx.insert(tables.settings, { name: 'new', value: '1' });
      tx.update(tables.settings, { name: 'new', value: '2' });
      tx.remove(tables.settings, { name: 'new' });
      tx.insert(tables.settings, { name: 'new', value: '3' });
      tx.remove(tables.settings, { name: 'old' });
      tx.update(tables.settings, { name: 'old', value: 'a row that is gone is not changed' });
    });
    assert.deepEqual([await read(store, 'new'), await read(store, 'old')], ['3', null]);
  });

  test(`${database}: an update changes its own row and no other`, async (t) => {
    const { store } = await open(t);
    await Promise.all(times(10, (i) => put(store, `row ${i}`, 'x')));
    await Promise.all(
      times(5, (i) =>
        store.transaction(async (tx) => tx.update(tables.settings, { name: `row ${i}`, value: String(i) })),
      ),
    );
    const values = await Promise.all(times(10, (i) => read(store, `row ${i}`)));
    assert.deepEqual(values, ['0', '1', '2', '3', '4', 'x', 'x', 'x', 'x', 'x']);
  });

  test(`${database}: a recipient's history holds what is open or was guessed wrongly within 32 days`, async (t) => {
    const { store } = await open(t);
    const about = recipientOf(store);
    const nowMs = store.nowMs();
    const isOpen = verificationOf(store, about);
    const old = verificationOf(store, about, { createdAtMs: nowMs - 33 * DAY_MS });
    const { codeDigest: _, attemptsLeft: __, ...rest } = verificationOf(store, about);
    const closed = { ...rest, state: 'verified', closedAtMs: nowMs, reason: null, sealedCode: null } as const;
    const guessed = { ...closed, id: store.newId(), wrongGuesses: 1, lastWrongAtMs: nowMs };
    const others = verificationOf(store, recipientOf(store));
    await store.transaction(async (tx) => {
      for (const v of [isOpen, old, closed, guessed, others]) tx.insert(tables.verifications, v);
    });
    const ids = await store.transaction(async (tx) =>
      (await tx.list(tables.guessHistory, about)).map(({ id }) => id).sort(),
    );
    assert.deepEqual(ids, [isOpen.id, guessed.id].sort());
  });

  test(`${database}: overdue codes are found, the longest overdue first, and no more than asked for`, async (t) => {
    const { store } = await open(t);
    const about = recipientOf(store);
    const nowMs = store.nowMs();
    const made = times(5, (i) => verificationOf(store, about, { expiresAtMs: nowMs - 1_000 * (i + 1) }));
    await store.transaction(async (tx) => {
      for (const v of [...made, verificationOf(store, about)]) tx.insert(tables.verifications, v);
    });
    const found = await store.read.staleVerifications(nowMs, 3);
    const longest = made.slice(2).reverse();
    assert.deepEqual(
      found.map(({ id }) => id),
      longest.map(({ id }) => id),
    );
  });

  test(`${database}: ids are 32 hexadecimal characters and never given twice`, async (t) => {
    const { store, reopen } = await open(t);
    const first = times(5_000, () => store.newId());
    const again = await reopen();
    const all = new Set([...first, ...times(5_000, () => again.newId())]);
    assert.equal(all.size, 10_000);
    for (const id of all) assert.match(id, /^[0-9a-f]{32}$/);
  });
}
