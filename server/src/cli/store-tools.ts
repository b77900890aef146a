import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fitsMasterKey } from '../app/access/key-check.ts';
import { type Audit, auditKey, createAudit } from '../app/audit.ts';
import { chainEntries } from '../app/audit-chain.ts';
import { readLayers } from '../app/layers/read.ts';
import type { openDatabase, openStore } from '../compose.ts';
import { rulesInForce } from '../config/layers.ts';
import type { Config } from '../config.ts';
import type { Rule } from '../domain/guard/rules.ts';
import { systemClock } from '../kernel/clock.ts';
import { createLog } from '../kernel/log.ts';
import { findMasterKey } from '../kernel/master-key.ts';
import { systemRandom } from '../kernel/random.ts';
import type { Surroundings } from './surroundings.ts';

type Store = Awaited<ReturnType<typeof openStore>>;
type Database = Awaited<ReturnType<typeof openDatabase>>;

/** Works on the store beside the nodes that serve from it, and lets go of it. */
export async function withStore<T>(
  surroundings: Surroundings,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const config = readSettings(surroundings);
  const options = {
    clock: systemClock,
    random: systemRandom,
    log: createLog('silent'),
    use: 'beside',
  } as const;
  const store = await surroundings.openStore(config, options);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/**
 * Works on the store where nobody else may serve from it. A server on SQLite keeps counters in memory, so what is changed
 * beside it would be lost; on PostgreSQL nodes may go on.
 */
export async function withStoreAlone<T>(
  surroundings: Surroundings,
  instead: string,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const config = readSettings(surroundings);
  if (config.databaseUrl !== null) return withStore(surroundings, work);
  if (!existsSync(join(config.dataFolder, 'roost.db'))) return withStore(surroundings, work); // which says so
  const log = createLog('silent');
  const options = { clock: systemClock, random: systemRandom, log, use: 'serve' } as const;
  const store = await surroundings.openStore(config, options).catch((error: Error) => {
    throw new Error(`${error.message}; ${instead}`, { cause: error });
  });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Works on the whole database, and lets go of it. */
export async function withDatabase<T>(
  surroundings: Surroundings,
  use: 'read' | 'change',
  work: (database: Database, config: Config) => Promise<T>,
): Promise<T> {
  const config = readSettings(surroundings);
  const database = await surroundings.openDatabase(config, use);
  try {
    return await work(database, config);
  } finally {
    await database.close();
  }
}

/** The master key of this installation, which must be there already. */
export function existingMasterKey(config: Config): Buffer {
  const key = config.secretKey ?? findMasterKey(config.dataFolder);
  if (key !== null) return key;
  throw new Error(
    `the master key is missing: set ROOST_SECRET_KEY, or put the secret.key that belongs to the data into ${config.dataFolder}`,
  );
}

/** What writes into the audit log for a command; null where the master key is not at hand. */
export function auditOf(surroundings: Surroundings, store: Store): Audit | null {
  const config = readSettings(surroundings);
  const masterKey = config.secretKey ?? findMasterKey(config.dataFolder);
  return masterKey === null ? null : createAudit({ store, masterKey, node: COMMAND_LINE });
}

/** What the audit log calls whoever runs a command. */
export const COMMAND_LINE = 'command line';
export const NOT_AUDITED = 'This is not in the audit log: the master key is not at hand.';

/**
 * Writes into the audit log what a command has done to the whole database. @returns false when it could not be written,
 * which undoes nothing
 */
export async function noteDone(
  surroundings: Surroundings,
  entry: { readonly action: string; readonly object: string; readonly result: string },
): Promise<boolean> {
  const write = async (store: Store): Promise<boolean> => {
    const audit = auditOf(surroundings, store);
    if (audit === null) return false;
    await store.transaction(async (tx) => audit.note(tx, { actor: null, ...entry }));
    await chainEntries(store, auditKey(existingMasterKey(readSettings(surroundings))));
    return true;
  };
  return withStore(surroundings, write).catch(() => false);
}

export const fits = (masterKey: Buffer) => fitsMasterKey(masterKey);

export const readSettings = ({ readConfig, env, folder }: Surroundings): Config => readConfig(env, folder);

/** The rules in force for each project: those of the file, or of another one, with what is set in the console over them. */
export async function rulesOf(
  surroundings: Surroundings,
  store: Store,
  file = readSettings(surroundings).guardRules,
): Promise<(projectId: string) => readonly Rule[]> {
  return rulesInForce(file, await readLayers({ store }));
}

/** Thousands apart, as people read them. */
export const counted = (count: number, what: string): string =>
  `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`;
