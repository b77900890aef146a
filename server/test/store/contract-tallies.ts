import assert from 'node:assert/strict';
import test from 'node:test';
import { type Counts, NOTHING } from '../../src/domain/guard/counts.ts';
import type { Store } from '../../src/store/store.ts';
import { tables } from '../../src/store/store.ts';
import type { TallySubject } from '../../src/store/tally.ts';
import type { Open } from './contract.ts';
import { recipientOf, times, verificationOf } from './samples.ts';

const EXACT: TallySubject = { name: 'test default key one', isExact: true };
const SHARED: TallySubject = { name: 'test default country NL', isExact: false };
const MINUTE_MS = 60_000;

/** Counts are shared by the works of a batch, exact where they must be, and gone when their time is over. */
export function talliesContract(database: string, open: Open): void {
  for (const subject of [EXACT, SHARED]) {
    test(`${database}: of 500 parallel works at a limit of 20 exactly 20 are let through (${subject.name})`, async (t) => {
      const { store } = await open(t);
      const passed = await Promise.all(times(500, () => passUpTo(store, subject, 20)));
      assert.equal(passed.filter(Boolean).length, 20);
      assert.equal(await countOf(store, subject), 20);
    });
  }

  test(`${database}: a count outlives the store, and a count whose time is over is nothing`, async (t) => {
    const { store, reopen } = await open(t);
    await passUpTo(store, EXACT, 5);
    await passUpTo(store, SHARED, 5, 0);
    const again = await reopen();
    assert.equal(await countOf(again, EXACT), 1);
    assert.equal(await countOf(again, SHARED), 0);
    assert.deepEqual(
      (await again.read.staleTallies(again.nowMs(), 10)).map(({ subject }) => subject),
      [SHARED.name],
    );
  });

  test(`${database}: what a work counted that failed afterwards is taken back or over-counted, never lost for others`, async (t) => {
    const { store } = await open(t);
    const failing = store.transaction(async (tx) => {
      const tally = await tx.tally(EXACT);
      tally.keep(plusOne(tally.own), tx.nowMs + MINUTE_MS);
      throw new Error('on purpose');
    });
    const passed = await Promise.allSettled([failing, ...times(20, () => passUpTo(store, EXACT, 100))]);
    assert.equal(passed.filter(({ status }) => status === 'rejected').length, 1);
    const counted = await countOf(store, EXACT);
    assert.ok(counted === 20 || counted === 21, `${counted}`);
  });

  test(`${database}: codes of the last day are found by their recipient, in every project, whatever became of them`, async (t) => {
    const { store, reopen } = await open(t);
    const about = recipientOf(store);
    const nowMs = store.nowMs();
    const old = verificationOf(store, about, { createdAtMs: nowMs - 90_000_000 });
    const young = verificationOf(store, about, { guard: '1|||' });
    const elsewhere = verificationOf(store, { ...about, projectId: 'other', mode: 'live' });
    const stranger = verificationOf(store, recipientOf(store));
    await store.transaction(async (tx) => {
      for (const one of [old, young, elsewhere, stranger]) tx.insert(tables.verifications, one);
    });
    const closed = {
      ...young,
      state: 'verified' as const,
      closedAtMs: nowMs,
      reason: null,
      sealedCode: null,
    };
    await store.transaction(async (tx) => tx.update(tables.verifications, closed));
    const find = async (from: Store) =>
      (await from.transaction(async (tx) => tx.recentCodes(about.recipientKey)))
        .map(({ projectId, whence }) => `${projectId} ${whence}`)
        .sort();
    assert.deepEqual(await find(store), ['default known', 'other unknown']);
    assert.deepEqual(await find(await reopen()), ['default known', 'other unknown']);
  });

  test(`${database}: a work sees the codes that works before it in the same batch have written`, async (t) => {
    const { store } = await open(t);
    const about = recipientOf(store);
    const made = await Promise.all(
      times(30, () =>
        store.transaction(async (tx) => {
          await tx.lock(about);
          if ((await tx.recentCodes(about.recipientKey)).length >= 4) return false;
          tx.insert(tables.verifications, verificationOf(store, about));
          return true;
        }),
      ),
    );
    assert.equal(made.filter(Boolean).length, 4);
  });
}

function passUpTo(store: Store, subject: TallySubject, most: number, forMs = MINUTE_MS): Promise<boolean> {
  return store.transaction(async (tx) => {
    const tally = await tx.tally(subject);
    if (total([tally.own ?? NOTHING, ...tally.others]) >= most) return false;
    tally.keep(plusOne(tally.own), tx.nowMs + forMs);
    return true;
  });
}

const countOf = (store: Store, subject: TallySubject): Promise<number> =>
  store.transaction(async (tx) => {
    const { own, others } = await tx.tally(subject);
    return total([own ?? NOTHING, ...others]);
  });

const plusOne = (counts: Counts | null): Counts => ({
  fine: [],
  hours: [[0, total([counts ?? NOTHING]) + 1, 0, 0, 0, 0]],
});

const total = (parts: readonly Counts[]): number =>
  parts.reduce((sum, { hours }) => sum + (hours[0]?.[1] ?? 0), 0);
