import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, monotonic } from '../kernel/clock.ts';
import { makeFolder } from '../kernel/folder.ts';
import type { Log } from '../kernel/log.ts';
import type { Random } from '../kernel/random.ts';
import { type Database, databaseOf } from './database.ts';
import { SqliteStore } from './drivers/sqlite.ts';
import { connectSqlite } from './drivers/sqlite-connection.ts';
import { explained } from './drivers/sqlite-file.ts';
import type { BatchTold, Store } from './store.ts';

/** Where everything is kept. */
export type Whereabouts = {
  /** A PostgreSQL; null for SQLite in the data folder. */
  readonly databaseUrl: string | null;
  readonly dataFolder: string;
};
export type StoreOptions = {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** To serve from it; or to change a little beside those who serve, who may be running. */
  readonly use: 'serve' | 'beside';
  readonly batch?: BatchTold;
};

/** @throws Error in words for the operator */
export async function openStore(where: Whereabouts, options: StoreOptions): Promise<Store> {
  const { clock, random, log, use, batch = () => {} } = options;
  if (where.databaseUrl !== null) {
    // Loaded where it is used alone: the client costs 13 MB of memory.
    const { PostgresStore } = await import('./drivers/postgres.ts');
    return PostgresStore.open({ url: where.databaseUrl, random, log, batch });
  }
  const file = fileIn(where);
  if (use === 'beside' && !existsSync(file)) {
    throw new Error(`there is no database ${file} yet; roost serve and roost migrate make it`);
  }
  makeFolder(where.dataFolder);
  try {
    return new SqliteStore({ file, clock: monotonic(clock), random, use, batch });
  } catch (error) {
    throw explained(file, error);
  }
}

/**
 * Opens a whole database: to read it while others serve from it, or to change it.
 * @throws Error in words for the operator
 */
export async function openDatabase(where: Whereabouts, use: 'read' | 'change'): Promise<Database> {
  if (where.databaseUrl !== null) {
    const { connectPostgres } = await import('./drivers/postgres-connection.ts');
    return databaseOf(await connectPostgres(where.databaseUrl));
  }
  if (use === 'change') makeFolder(where.dataFolder);
  return databaseOf(connectSqlite(fileIn(where), use));
}

const fileIn = ({ dataFolder }: Whereabouts): string => join(dataFolder, 'roost.db');
