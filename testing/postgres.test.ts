import assert from 'node:assert/strict';
import test from 'node:test';
import pg from 'pg';
import { startPostgres } from './postgres.ts';
import type { Scope } from './scope.ts';

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test('databases are separate, survive a restart and a crash, and many connections work', async (t) => {
  const postgres = await startPostgres(t, { fsync: true });
  const url = await postgres.createDatabase('birds and "bees"');
  await query(url, 'CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)');
  await postgres.restart();
  await query(url, 'INSERT INTO kept VALUES (2)');
  await postgres.stop('immediate');
  await assert.rejects(query(url, 'SELECT 1'), /ECONNREFUSED/);
  await postgres.restart();
  assert.deepEqual(await query(url, 'SELECT n FROM kept ORDER BY n'), [{ n: 1 }, { n: 2 }]);
  await assert.rejects(query(postgres.url, 'SELECT n FROM kept'), /does not exist/);
  const answers = await Promise.all(Array.from({ length: 40 }, () => query(url, 'SELECT 1 AS one')));
  assert.equal(answers.length, 40);
});

test('fsync is as asked for, and off unless asked for', async (t) => {
  const [quick, durable] = await Promise.all([startPostgres(t), startPostgres(t, { fsync: true })]);
  assert.deepEqual(await query(quick.url, 'SHOW fsync'), [{ fsync: 'off' }]);
  assert.deepEqual(await query(durable.url, 'SHOW fsync'), [{ fsync: 'on' }]);
});

test('a server is gone when its test ends', async () => {
  const steps: (() => void | Promise<void>)[] = [];
  const scope: Scope = { after: (step) => void steps.push(step) };
  const postgres = await startPostgres(scope);
  assert.equal((await query(postgres.url, 'SELECT 1')).length, 1);
  for (const step of steps) await step();
  await assert.rejects(query(postgres.url, 'SELECT 1'), /ECONNREFUSED/);
});
