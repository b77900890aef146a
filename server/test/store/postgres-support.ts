import { after } from 'node:test';
import pg from 'pg';
import { type Postgres, startPostgres } from '../../../testing/postgres.ts';
import type { Log } from '../../src/kernel/log.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { systemRandom as random } from '../../src/kernel/random.ts';
import { PostgresStore } from '../../src/store/drivers/postgres.ts';

/** What offers to clean up; the context of a test fits. */
export type Scope = { after(end: () => void | Promise<void>): void };

/** One PostgreSQL for all tests of a file; its databases are what is fresh. Made here, as it must outlive each test. */
export const postgres: Postgres = await startPostgres({ after });
let made = 0;

export function freshDatabase(): Promise<string> {
  made += 1;
  return postgres.createDatabase(`store_${made}`);
}

/** A node's store over this database, closed when the test ends. */
export async function openNode(t: Scope, url: string, log: Log = silentLog): Promise<PostgresStore> {
  const store = await PostgresStore.open({ url, random, log });
  t.after(() => store.close());
  return store;
}

/** Asks over a connection of its own. */
export async function ask(url: string, text: string, values: readonly unknown[] = []): Promise<unknown[][]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text, values: [...values], rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

/** Runs a statement in a transaction that stays open until the answer is called; nothing of it is kept. */
export async function holdOpen(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('BEGIN');
  await client.query(text, [...values]);
  let isHeld = true;
  return async () => {
    if (!isHeld) return;
    isHeld = false;
    await client.query('ROLLBACK');
    await client.end();
  };
}
