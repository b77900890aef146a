import { fitsMasterKey } from '../app/access/key-check.ts';
import type { openDatabase, openStore } from '../compose.ts';
import type { Config } from '../config.ts';
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

export const fits = (masterKey: Buffer) => fitsMasterKey(masterKey);

export const readSettings = ({ readConfig, env, folder }: Surroundings): Config => readConfig(env, folder);

/** Thousands apart, as people read them. */
export const counted = (count: number, what: string): string =>
  `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`;
