import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { createCounter } from '../../src/app/insight/counter.ts';
import { readHome } from '../../src/app/insight/home.ts';
import { withLateChanges } from '../../src/app/insight/late.ts';
import { percentileMs } from '../../src/domain/insight/durations.ts';
import { COUNTS, type Figures } from '../../src/domain/insight/figures.ts';
import { STAFF, STAFF_PROJECT } from '../../src/domain/operator.ts';
import { remove } from '../../src/domain/verification.ts';
import { stopwatchMs } from '../../src/kernel/clock.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { SqliteStore } from '../../src/store/drivers/sqlite.ts';
import { type Store, tables } from '../../src/store/store.ts';
import type { Past } from './history.ts';
import { exactPercentile, type Recounted, recount } from './recount.ts';
import { seed } from './traffic.ts';

const DAY_MS = 86_400_000;
const NOON_MS = Date.parse('2026-11-23T12:34:56Z');

type Clock = { nowMs: number; set(ms: number): void };
const clockAt = (nowMs: number): Clock => ({
  nowMs,
  set(ms) {
    this.nowMs = ms;
  },
});

function openWith(t: TestContext, clock: Clock) {
  const folder = mkdtempSync(join(tmpdir(), 'roost-figures-'));
  const random = systemRandom;
  const late = withLateChanges(
    new SqliteStore({ file: join(folder, 'roost.db'), clock: () => clock.nowMs, random }),
  );
  t.after(async () => {
    await late.store.close();
    rmSync(folder, { recursive: true });
  });
  const counter = createCounter({
    ...{ store: late.store, stopwatchMs, holder: 'one', rowsKeptMs: 90 * DAY_MS },
    rest: async () => true,
  });
  return { ...late, counter };
}

/** The time to delivery is not kept by country. */
const isWhole = (about: string): boolean => about.length > 2;

function assertSame(figures: Figures, expected: Recounted, about: string): void {
  for (const name of COUNTS) assert.equal(figures[name], expected[name], `${about}: ${name}`);
  assert.deepEqual(figures.costs, expected.costs, about);
  for (const share of [0.5, 0.95]) {
    const toDelivery = isWhole(about) ? exactPercentile(expected.toDeliveryMs, share) : null;
    assert.equal(percentileMs(figures.toDelivery, share), toDelivery, about);
    assert.equal(
      percentileMs(figures.toVerification, share),
      exactPercentile(expected.toVerificationMs, share),
      about,
    );
  }
}

async function assertRecounts(store: Store, past: readonly Past[], refusals: Parameters<typeof recount>[1]) {
  const nowMs = store.nowMs();
  const todayMs = nowMs - (nowMs % DAY_MS);
  const sinceMs = todayMs - 29 * DAY_MS;
  for (const mode of ['live', 'test'] as const) {
    for (const projectId of [null, 'shop']) {
      const home = await readHome({ store }, { mode, projectId });
      const question = { nowMs, mode, toMs: nowMs + 1, ...(projectId === null ? {} : { projectId }) };
      assertSame(home.today.total, recount(past, refusals, { ...question, fromMs: todayMs }), 'today');
      assertSame(home.month.total, recount(past, refusals, { ...question, fromMs: sinceMs }), '30 days');
      for (const { name, figures } of home.month.by.country) {
        assertSame(figures, recount(past, refusals, { ...question, fromMs: sinceMs, country: name }), name);
      }
      const sum = home.month.steps.reduce((total, { figures }) => total + figures.created, 0);
      assert.equal(sum, home.month.total.created, 'the days add up');
      const messages = home.month.by.provider.reduce((total, { figures }) => total + figures.messages, 0);
      assert.equal(messages, home.month.total.messages, 'so do the providers');
    }
  }
}

test('the figures of the home page equal a recount from the rows, over a month of every kind of traffic', async (t) => {
  const clock = clockAt(NOON_MS - 30 * DAY_MS);
  const { store, counter } = openWith(t, clock);
  const { past, refusals } = await seed(store, clock, {
    count: 2_500,
    fromMs: NOON_MS - 30 * DAY_MS,
    toMs: NOON_MS,
  });
  const before = await readHome({ store }, { mode: null, projectId: null });
  assert.equal(before.isCatchingUp, true, 'the page says that it is not complete');
  await counter.pass();
  await assertRecounts(store, past, refusals);
  const home = await readHome({ store }, { mode: null, projectId: null });
  assert.equal(home.mode, 'live');
  assert.equal(home.isCatchingUp, false);
  assert.ok(
    home.month.total.verified > 800 && home.month.total.refused > 100,
    'there was something to count',
  );
});

test('what operators are sent themselves is in no figure and no list of projects, unless its project is named', async (t) => {
  const clock = clockAt(NOON_MS - DAY_MS);
  const { store, counter } = openWith(t, clock);
  const { past, refusals } = await seed(store, clock, { count: 60, fromMs: NOON_MS - DAY_MS, toMs: NOON_MS });
  for (const { verification } of past.slice(0, 20)) {
    const own = { ...verification, ...STAFF, id: store.newId(), createdAtMs: NOON_MS };
    await store.transaction(async (tx) => tx.insert(tables.verifications, own));
  }
  await counter.pass();
  await assertRecounts(store, past, refusals);
  const all = await readHome({ store }, { mode: 'live', projectId: null });
  assert.ok(!all.projects.includes(STAFF_PROJECT));
  assert.ok(all.month.by.project.every(({ name }) => name !== STAFF_PROJECT));
  const named = await readHome({ store }, { mode: 'live', projectId: STAFF_PROJECT });
  assert.equal(named.month.total.created, 20);
});

test('what changes long after it was counted is counted again, and a day with it', async (t) => {
  const clock = clockAt(NOON_MS - 5 * DAY_MS);
  const { store, counter, flush } = openWith(t, clock);
  const { past, refusals } = await seed(store, clock, {
    count: 300,
    fromMs: NOON_MS - 5 * DAY_MS,
    toMs: NOON_MS,
  });
  await counter.pass();
  const changed = await Promise.all(
    past.map(async ({ verification, messages }, i): Promise<Past> => {
      if (i % 7 !== 0 || verification.state === 'open') return { verification, messages };
      const next = remove(verification, clock.nowMs);
      await store.transaction(async (tx) => {
        if ((await tx.get(tables.verifications, verification)) !== null)
          tx.update(tables.verifications, next);
      });
      return { verification: next, messages };
    }),
  );
  await assert.rejects(assertRecounts(store, changed, refusals), 'it was not counted yet');
  await flush();
  clock.nowMs += 11 * 60_000;
  await counter.pass();
  await assertRecounts(store, changed, refusals);
});

test('codes that end and receipts that come in are counted without anybody saying so', async (t) => {
  const clock = clockAt(NOON_MS);
  const { store, counter } = openWith(t, clock);
  const { past, refusals } = await seed(store, clock, {
    count: 200,
    fromMs: NOON_MS,
    toMs: NOON_MS + 120_000,
  });
  await counter.pass();
  await assertRecounts(store, past, refusals);
  clock.nowMs += 3_600_000; // everything open has expired, and nothing was written
  await counter.pass();
  await assertRecounts(store, past, refusals);
});

test('two nodes count once: the other one waits until the first has been gone for a minute', async (t) => {
  const clock = clockAt(NOON_MS - DAY_MS);
  const { store, counter } = openWith(t, clock);
  await seed(store, clock, { count: 100, fromMs: NOON_MS - DAY_MS, toMs: NOON_MS });
  let read = 0;
  const watched: Store = {
    ...{
      transaction: (work) => store.transaction(work),
      newId: () => store.newId(),
      scrub: () => store.scrub(),
      close: () => store.close(),
    },
    nowMs: () => store.nowMs(),
    read: {
      ...store.read,
      insight: {
        ...store.read.insight,
        countable: (stretch) => {
          read += 1;
          return store.read.insight.countable(stretch);
        },
      },
    },
  };
  const other = createCounter({
    ...{ store: watched, stopwatchMs, holder: 'two', rowsKeptMs: 90 * DAY_MS },
    rest: async () => true,
  });
  await counter.pass();
  await other.pass();
  assert.equal(read, 0);
  clock.nowMs += 61_000;
  await other.pass();
  assert.ok(read > 0);
});

test('a count that is stopped in the middle keeps nothing half, and the next one finishes it', async (t) => {
  const clock = clockAt(NOON_MS - 3 * DAY_MS);
  const { store } = openWith(t, clock);
  const { past, refusals } = await seed(store, clock, {
    count: 1_500,
    fromMs: NOON_MS - 3 * DAY_MS,
    toMs: NOON_MS,
  });
  for (let patience = 1; patience < 400; patience = patience * 2 + 1) {
    let left = patience;
    const counter = createCounter({
      ...{ store, stopwatchMs, holder: 'one', rowsKeptMs: 90 * DAY_MS },
      rest: async () => {
        left -= 1;
        return left > 0;
      },
    });
    await counter.pass();
  }
  const counter = createCounter({
    ...{ store, stopwatchMs, holder: 'one', rowsKeptMs: 90 * DAY_MS },
    rest: async () => true,
  });
  await counter.pass();
  await assertRecounts(store, past, refusals);
});
