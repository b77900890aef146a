import assert from 'node:assert/strict';
import test from 'node:test';
import { MIGRATIONS } from '../../src/store/migrations.ts';
import { type Store, tables } from '../../src/store/store.ts';
import { createUnlessThreeAreOpen } from './contract-isolation.ts';
import { ask, freshDatabase, openNode, type Scope } from './postgres-support.ts';
import { addOne, put, read, recipientOf, SCOPE, times, verificationOf } from './samples.ts';

/** Two nodes over one database. */
async function twoNodes(t: Scope): Promise<[Store, Store, string]> {
  const url = await freshDatabase();
  return [await openNode(t, url), await openNode(t, url), url];
}

test('increments of one row over two nodes lose none', async (t) => {
  const nodes = await twoNodes(t);
  for (let round = 0; round < 10; round++) {
    await Promise.all(times(200, (i) => of(nodes, i).transaction((tx) => addOne(tx, `count ${round}`))));
    assert.equal(await read(nodes[0], `count ${round}`), '200');
  }
});

test('of 500 guesses over two nodes at one row with three attempts three are judged, in 20 rounds', async (t) => {
  const nodes = await twoNodes(t);
  for (let round = 0; round < 20; round++) {
    const name = `attempts ${round}`;
    await put(nodes[0], name, '3');
    const judged = await Promise.all(
      times(500, (i) =>
        of(nodes, i).transaction(async (tx) => {
          const left = Number((await tx.get(tables.settings, { name }))?.value);
          if (left > 0) tx.update(tables.settings, { name, value: String(left - 1) });
          return left > 0;
        }),
      ),
    );
    assert.equal(judged.filter(Boolean).length, 3);
  }
});

test('no limit is passed by creates over two nodes, at one recipient and at many', async (t) => {
  const nodes = await twoNodes(t);
  for (let round = 0; round < 10; round++) {
    const recipients = times(round % 2 === 0 ? 1 : 15, () => recipientOf(nodes[0]));
    const made = await Promise.all(
      times(150, (i) => createUnlessThreeAreOpen(of(nodes, i), recipients[i % recipients.length] ?? fail())),
    );
    assert.equal(made.filter(Boolean).length, recipients.length * 3);
  }
});

test('works of two nodes that take rows in opposite order all end, and none is lost', async (t) => {
  const nodes = await twoNodes(t);
  const names = times(12, (i) => `row ${i}`);
  await Promise.all(names.map((name) => put(nodes[0], name, '0')));
  const both = (node: Store, order: readonly string[]) =>
    node.transaction(async (tx) => {
      for (const name of order) await addOne(tx, name);
    });
  const startedAtMs = performance.now();
  await Promise.all(times(40, (i) => both(of(nodes, i), i % 2 === 0 ? names : [...names].reverse())));
  assert.ok(performance.now() - startedAtMs < 20_000);
  for (const name of names) assert.equal(await read(nodes[0], name), '40');
});

test('a node that comes upon a row made by the other meanwhile finds it, and both works are kept', async (t) => {
  const nodes = await twoNodes(t);
  for (let round = 0; round < 30; round++) {
    await Promise.all(times(2, (i) => of(nodes, i).transaction((tx) => addOne(tx, `new ${round}`))));
    assert.equal(await read(nodes[0], `new ${round}`), '2');
  }
});

test('a recipient that one node forgets while the other locks it is still locked by one work at a time', async (t) => {
  const nodes = await twoNodes(t);
  for (let round = 0; round < 20; round++) {
    const about = recipientOf(nodes[0]);
    const made = await Promise.all(
      times(40, async (i) => {
        if (i % 8 === 5) await of(nodes, i).transaction(async (tx) => tx.forget(about));
        return createUnlessThreeAreOpen(of(nodes, i), about);
      }),
    );
    assert.equal(made.filter(Boolean).length, 3);
  }
});

test('the nodes agree on the time, which is that of the database, and on ids', async (t) => {
  const [one, other, url] = await twoNodes(t);
  const [[databaseMs] = []] = await ask(url, 'SELECT extract(epoch FROM clock_timestamp()) * 1000');
  assert.ok(Math.abs(one.nowMs() - Number(databaseMs)) < 500);
  assert.ok(Math.abs(one.nowMs() - other.nowMs()) < 100);
  const made = verificationOf(one, recipientOf(one));
  await one.transaction(async (tx) => tx.insert(tables.verifications, made));
  const key = { ...SCOPE, id: made.id };
  assert.deepEqual(await other.read.get(tables.verifications, key), made);
  assert.deepEqual(await other.transaction(async (tx) => tx.get(tables.verifications, key)), made);
});

test('nodes that start at the same moment on an empty database take each step of the schema once', async (t) => {
  for (let round = 0; round < 4; round++) {
    const url = await freshDatabase();
    const nodes = await Promise.all(times(4, () => openNode(t, url)));
    const steps = await ask(url, 'SELECT number FROM migrations WHERE number > 0 ORDER BY number');
    assert.deepEqual(
      steps,
      MIGRATIONS.map(({ number }) => [String(number)]),
    );
    await Promise.all(nodes.map((node) => node.transaction((tx) => addOne(tx, 'count'))));
    assert.equal(await read(nodes[0] ?? fail(), 'count'), '4');
  }
});

test('a step of the schema that fails leaves nothing behind', async (t) => {
  const url = await freshDatabase();
  await ask(url, 'CREATE TABLE verifications (id int)');
  await assert.rejects(openNode(t, url), /already exists/);
  assert.deepEqual(await ask(url, 'SELECT number FROM migrations WHERE number > 0'), []);
  const names = await ask(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1");
  assert.deepEqual(names, [['migrations'], ['verifications']]);
  await ask(url, 'DROP TABLE verifications');
  await put(await openNode(t, url), 'fine', 'x');
});

const of = ([one, other]: readonly [Store, Store, ...unknown[]], i: number): Store =>
  i % 2 === 0 ? one : other;

function fail(): never {
  throw new Error('there is none');
}
