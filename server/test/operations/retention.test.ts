import assert from 'node:assert/strict';
import test, { after, type TestContext } from 'node:test';
import pg from 'pg';
import { startPostgres } from '../../../testing/postgres.ts';
import { type Retained, retain } from '../../src/app/retention/retain.ts';
import { BUDGET_MEMORY_MS } from '../../src/domain/budget.ts';
import { checkRetention, RETENTION } from '../../src/domain/retention.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { systemRandom as random } from '../../src/kernel/random.ts';
import { openStore } from '../../src/store/open.ts';
import { type Store, tables } from '../../src/store/store.ts';
import { movableClock, type StartedRoost } from '../support/roost.ts';
import { postgresHome, sqliteHome, startAt } from './databases.ts';
import { freshFolder, freshNumber } from './support.ts';

const DAY_MS = 86_400_000;
const postgres = await startPostgres({ after });

const goOn = async () => true;
const chore = (store: Store): Promise<Retained> => retain({ store, retention: RETENTION, goOn }, 100_000);

async function started(t: TestContext): Promise<StartedRoost> {
  return startAt(t, sqliteHome(freshFolder(t)), { clock: movableClock() });
}

test('a recipient is there for 30 days and then gone, and what is asked about it answers 404', async (t) => {
  const server = await started(t);
  const { id, code } = await server.createVerification('+31612345678');
  await server.check(id, code);
  const { messages } = (await server.call('GET', `/verify/${id}`)).body;
  assert.ok(messages.href);
  server.clock.advance(30 * DAY_MS - 60_000);
  assert.deepEqual(await chore(server.roost.store), { erased: 0, deleted: 0 });
  assert.equal((await server.call('GET', `/verify/${id}`)).body.recipient, 31612345678);
  server.clock.advance(61_000);
  assert.deepEqual(await chore(server.roost.store), { erased: 1, deleted: 0 });
  const row = await server.roost.store.read.get(tables.verifications, {
    projectId: 'default',
    mode: 'test',
    id,
  });
  assert.equal(row?.sealedRecipient, null);
  assert.equal(row?.state, 'verified');
  const gone = await server.call('GET', `/verify/${'0'.repeat(32)}`);
  for (const [method, path] of [
    ['GET', `/verify/${id}`],
    ['GET', `/verify/${id}?token=${code}`],
    ['DELETE', `/verify/${id}`],
  ] as const) {
    const answer = await server.call(method, path);
    assert.equal(answer.status, 404);
    assert.deepEqual(answer.body, gone.body);
  }
  assert.deepEqual(await chore(server.roost.store), { erased: 0, deleted: 0 }, 'nothing is done twice');
});

test('a row goes after 90 days with its message, and its keyed hash with it', async (t) => {
  const server = await started(t);
  const old = await Promise.all(Array.from({ length: 120 }, () => server.createVerification(freshNumber())));
  await server.call('GET', '/sandbox/messages?wait=1');
  server.clock.advance(90 * DAY_MS - 60_000);
  const young = await server.createVerification(freshNumber());
  const { store } = server.roost;
  assert.deepEqual(await chore(store), { erased: 120, deleted: 0 });
  server.clock.advance(61_000);
  assert.deepEqual(await chore(store), { erased: 0, deleted: 120 });
  const scope = { projectId: 'default', mode: 'test' } as const;
  for (const { id } of old) assert.equal(await store.read.get(tables.verifications, { ...scope, id }), null);
  const beforeMs = store.nowMs() + DAY_MS;
  const left = await store.read.madeBefore(tables.messages, { after: null, beforeMs, limit: 500 });
  assert.equal(left.length, 1);
  assert.equal((await server.call('GET', `/verify/${young.id}`)).status, 200);
});

// Stops a guesser who waits until his wrong guesses are forgotten.
test('erasing forgets no wrong guess, and deleting comes only long after they count', async (t) => {
  const server = await started(t);
  const number = freshNumber();
  for (let i = 0; i < 3; i += 1) {
    const { id, code } = await server.createVerification(number);
    for (const _ of [1, 2, 3]) await server.check(id, code === '000000' ? '111111' : '000000');
  }
  const { id, code } = await server.createVerification(number);
  await server.check(id, code === '000000' ? '111111' : '000000');
  const early = { ...RETENTION, recipientMs: 0 };
  server.clock.advance(60_000);
  await retain({ store: server.roost.store, retention: early, goOn }, 1_000);
  const refused = await server.call('POST', '/verify', { json: { recipient: number } });
  assert.equal(refused.status, 422);
  assert.match(refused.body.errors[0].description, /try again after/);
  assert.ok(RETENTION.rowMs > BUDGET_MEMORY_MS);
  assert.throws(() => checkRetention({ ...RETENTION, rowMs: BUDGET_MEMORY_MS - 1 }), /wrong guesses count/);
  checkRetention(RETENTION);
});

test('a pass that is broken off goes on where it was', async (t) => {
  const server = await started(t);
  for (let i = 0; i < 4; i += 1) {
    await Promise.all(Array.from({ length: 50 }, () => server.createVerification(freshNumber())));
  }
  server.clock.advance(31 * DAY_MS);
  let steps = 0;
  const some = async () => {
    steps += 1;
    return steps % 2 !== 0;
  };
  const { store } = server.roost;
  assert.equal((await retain({ store, retention: RETENTION, goOn: some }, 1_000)).erased, 100);
  assert.equal((await chore(store)).erased, 100);
});

test('20,000 old rows are erased and deleted while creates go on, none of which waits', async (t) => {
  const server = await started(t);
  const { store } = server.roost;
  await seed(server, 20_000);
  server.clock.advance(91 * DAY_MS);
  const waits: number[] = [];
  let isOver = false;
  const creating = (async () => {
    while (!isOver) {
      const sinceMs = performance.now();
      await server.createVerification(freshNumber());
      waits.push(performance.now() - sinceMs);
    }
  })();
  const sinceMs = performance.now();
  const steps: number[] = [];
  let lastMs = sinceMs;
  const timed = async () => {
    steps.push(performance.now() - lastMs);
    await new Promise((resolve) => setTimeout(resolve, 1));
    lastMs = performance.now();
    return true;
  };
  const { deleted } = await retain({ store, retention: RETENTION, goOn: timed }, 100_000);
  const tookMs = performance.now() - sinceMs;
  isOver = true;
  await creating;
  assert.equal(deleted, 20_000);
  waits.sort((a, b) => a - b);
  const p99 = waits[Math.floor(waits.length * 0.99)] ?? 0;
  const stepMs = steps.reduce((sum, ms) => sum + ms, 0) / steps.length;
  t.diagnostic(
    `${deleted} rows in ${tookMs.toFixed(0)} ms, ${stepMs.toFixed(1)} ms a step of 50; ` +
      `${waits.length} creates meanwhile, p99 ${p99.toFixed(1)} ms`,
  );
  assert.ok(waits.length > 100);
  assert.ok((waits.at(-1) ?? 0) < tookMs / 4, 'no create waited for more than a few steps');
});

/** Rows of one real verification, again and again. */
async function seed({ roost, createVerification }: StartedRoost, count: number): Promise<void> {
  const { store } = roost;
  const scope = { projectId: 'default', mode: 'test' } as const;
  const { id } = await createVerification(freshNumber());
  const verification = await store.read.get(tables.verifications, { ...scope, id });
  assert.ok(verification);
  const message = await store.read.get(tables.messages, { ...scope, id: verification.messageId });
  assert.ok(message);
  for (let made = 1; made < count; made += 1_000) {
    await store.transaction(async (tx) => {
      for (let i = 0; i < Math.min(1_000, count - made); i += 1) {
        const messageId = store.newId();
        const copy = { ...verification, id: store.newId(), messageId };
        tx.insert(tables.verifications, copy);
        tx.insert(tables.messages, { ...message, id: messageId, verificationId: copy.id });
      }
    });
  }
}

test('on PostgreSQL two nodes share the work, and the rows that recipients are locked by go too', async (t) => {
  const url = await postgres.createDatabase('retention');
  const server = await startAt(t, postgresHome(freshFolder(t), url));
  for (let i = 0; i < 4; i += 1) {
    const make = async () => {
      const { id, code } = await server.createVerification(freshNumber());
      await server.check(id, code);
    };
    await Promise.all(Array.from({ length: 50 }, make));
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  t.after(() => client.end());
  const count = async (sql: string) => Number((await client.query(sql)).rows[0].count);
  const held = await client.query('SELECT recipient_key FROM verifications');
  const keys = held.rows.map((row) => row.recipient_key);
  // Not all rows: what a chore locks by its name has one too, made whenever the chore first runs.
  const locks = async () =>
    (await client.query('SELECT 1 FROM recipients WHERE recipient_key = ANY($1)', [keys])).rowCount;
  assert.equal(await locks(), 200);
  const other = await openStore(
    { databaseUrl: url, dataFolder: '' },
    { clock: () => 0, random, log: silentLog, use: 'serve' },
  );
  t.after(() => other.close());
  const at = (store: Store, retention: typeof RETENTION) => retain({ store, retention, goOn }, 10_000);
  const now = { recipientMs: 0, rowMs: RETENTION.rowMs };
  await new Promise((resolve) => setTimeout(resolve, 200));
  const erased = await Promise.all([at(server.roost.store, now), at(other, now)]);
  assert.equal(
    erased.reduce((sum, done) => sum + done.erased, 0),
    200,
  );
  assert.equal(await count('SELECT count(*) FROM verifications WHERE sealed_recipient IS NOT NULL'), 0);
  const all = { recipientMs: 0, rowMs: 0 };
  await Promise.all([at(server.roost.store, all), at(other, all)]);
  for (const table of ['verifications', 'messages']) {
    assert.equal(await count(`SELECT count(*) FROM ${table}`), 0, table);
  }
  assert.equal(await locks(), 0);
  assert.equal((await server.call('POST', '/verify', { json: { recipient: '+31612345678' } })).status, 201);
});
