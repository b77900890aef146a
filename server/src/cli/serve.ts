import { startKey } from '../app/access/start-keys.ts';
import type { Roost } from '../compose.ts';
import type { Config } from '../config.ts';
import { writeAccessKey } from '../domain/access-key.ts';
import { systemClock } from '../kernel/clock.ts';
import { createLog } from '../kernel/log.ts';
import { systemRandom } from '../kernel/random.ts';
import { releaseStartUpMemory } from '../kernel/start-up-memory.ts';
import { untilStopped } from './signals.ts';
import type { Surroundings } from './surroundings.ts';

/** Roost alone, as in production. */
export async function serve(surroundings: Surroundings, isJson: boolean): Promise<void> {
  const { print } = surroundings;
  const config = await readWhole(surroundings, surroundings.env);
  const roost = await open(surroundings, config);
  const { url, made, first } = await begun(roost, async () => {
    await roost.provision(config.keys);
    const keys = await makeFirstKeys(roost);
    return { made: keys, url: await roost.start(), first: await roost.consoleLink('first') };
  });
  const links = first === null ? {} : { console: url + first };
  if (isJson) print(JSON.stringify({ url, ...(made === null ? {} : { keys: made }), ...links }));
  else {
    print(`Roost listens on ${url}`);
    print(whoCarries(config));
    if (made !== null) {
      print('These access keys were made for you. They are shown this once:');
      print(`  live  ${made.live}`);
      print(`  test  ${made.test}`);
    }
    if (first !== null) {
      print('The console has no owner yet. This link makes the first one; it works once, within an hour:');
      print(`  ${url}${first}`);
    }
  }
  releaseStartUpMemory();
  await untilStopped(() => roost.stop());
}

/** Every setting, those of the providers included, so that all that is wrong is told at once. */
export async function readWhole(surroundings: Surroundings, env: Surroundings['env']): Promise<Config> {
  return surroundings.readConfig(env, surroundings.folder, await surroundings.providerReaders());
}

function whoCarries({ providers }: Config): string {
  if (providers.length === 0) {
    return 'There is no provider yet: every message, of live keys too, ends on the sandbox phone.';
  }
  const names = providers.map(({ id, kind }) => `${id} (${kind})`).join(', ');
  return `Messages of live keys go by ${names}; those of test keys end on the sandbox phone.`;
}

/** Begins to serve. When that fails everything is let go of, so that the process can end. */
export async function begun<T>(roost: Roost, begin: () => Promise<T>): Promise<T> {
  try {
    return await begin();
  } catch (error) {
    await roost.stop();
    throw error;
  }
}

export function open({ composeRoost }: Surroundings, config: Config): Promise<Roost> {
  process.umask(0o077); // whatever is made in the data folder is for this user alone
  const log = createLog(config.logLevel);
  return composeRoost(config, { clock: systemClock, random: systemRandom, log });
}

/** A database without any key would be of no use to anybody. */
async function makeFirstKeys(roost: Roost): Promise<{ live: string; test: string } | null> {
  if (roost.keyring.has('live') || roost.keyring.has('test')) return null;
  const draw = (below: number): number => systemRandom.below(below);
  const made = { live: writeAccessKey('live', draw), test: writeAccessKey('test', draw) };
  await roost.provision(made);
  return made;
}

/** The keys that `roost start` shows, unless others are set. */
export function startKeys(roost: Roost, keys: Config['keys']): { live: string; test: string } {
  return {
    live: keys.live ?? startKey(roost.masterKey, 'live'),
    test: keys.test ?? startKey(roost.masterKey, 'test'),
  };
}
