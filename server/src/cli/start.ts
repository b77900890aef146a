import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseEnv } from 'node:util';
import type { Config } from '../config.ts';
import { readAppHost } from '../domain/words/last-line.ts';
import { releaseStartUpMemory } from '../kernel/start-up-memory.ts';
import { begun, open, readWhole, startKeys } from './serve.ts';
import { untilStopped } from './signals.ts';
import type { Surroundings } from './surroundings.ts';

const BIRDBANK = join(import.meta.dirname, '../../../birdbank/src/main.ts');
const BIRDBANK_START_MS = 15_000;

/** Roost and BirdBank with the sandbox: everything somebody needs to see it work. */
export async function start(surroundings: Surroundings, isJson: boolean): Promise<void> {
  const { env, print, complain } = surroundings;
  const read = await readWhole(surroundings, { ROOST_LOG: 'warn', ROOST_WEBHOOKS: 'loopback', ...env });
  const bankHost = hostOfBank(surroundings);
  const config = bankHost === null ? read : allowing(bankHost, read);
  const roost = await open(surroundings, config);
  const keys = startKeys(roost, config.keys);
  const url = await begun(roost, async () => {
    await roost.provision(keys);
    return roost.start();
  });
  const bank = startBirdBank(env, {
    ...{ ROOST_URL: url, ROOST_ACCESS_KEY: keys.test, folder: config.dataFolder },
    ...(bankHost === null ? {} : { BIRDBANK_APP_HOST: bankHost }),
  });
  const bankUrl = await addressOf(bank, complain);
  if (bankUrl === null) {
    await roost.stop();
    process.exitCode = 1;
    return;
  }
  bank.once(
    'exit',
    () => process.exitCode === undefined && complain('roost: BirdBank has ended; Roost goes on.'),
  );
  const stopped = untilStopped(async () => {
    process.exitCode = 0;
    const gone = bank.exitCode === null ? once(bank, 'exit') : null;
    bank.kill('SIGTERM');
    await Promise.all([roost.stop(), gone]);
  });
  // Last, since whoever reads it may stop us at once.
  const addresses = { url, bankUrl, console: url + (await roost.consoleLink('sign-in')) };
  print(isJson ? JSON.stringify({ ...addresses, keys }) : banner(addresses, keys, config.providers.length));
  releaseStartUpMemory();
  await stopped;
}

/**
 * The host under which browsers will see BirdBank, for its messages to name; null while nobody knows its port. BirdBank
 * reads the file `.env` besides, so it counts here too.
 */
function hostOfBank({ env, folder }: Surroundings): string | null {
  const file = join(folder, '.env');
  const set = { ...(existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {}), ...env };
  const port = set.BIRDBANK_PORT || '5000';
  return readAppHost(set.BIRDBANK_APP_HOST || (/^0+$/.test(port) ? '' : `localhost:${port}`));
}

/** Lets the messages of every project name this host. */
function allowing(host: string, config: Config): Config {
  const { policy } = config;
  return { ...config, policy: { ...policy, appHosts: [...new Set([...policy.appHosts, host])] } };
}

function startBirdBank(
  env: Surroundings['env'],
  { folder, ...ours }: { readonly folder: string } & { readonly [name: string]: string },
): ChildProcess {
  // Roost's own keys and the way to its database are no business of the bank's.
  const theirs = Object.entries(env).filter(([name]) => !/^(?:ROOST_.*|DATABASE_URL|PG.*)$/.test(name));
  return spawn(process.execPath, [BIRDBANK], {
    env: { BIRDBANK_DATA: join(folder, 'birdbank'), ...Object.fromEntries(theirs), ...ours },
    // The channel carries nothing: it breaks when this process dies by whatever means, and BirdBank ends with it.
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
}

/** The address that BirdBank says it listens on; null when it ended before. */
async function addressOf(bank: ChildProcess, complain: (text: string) => void): Promise<string | null> {
  if (bank.stdout === null) return null;
  const lines = createInterface({ input: bank.stdout });
  const late = setTimeout(() => bank.kill('SIGTERM'), BIRDBANK_START_MS);
  try {
    for await (const line of lines) {
      const url = /http:\/\/\S+/.exec(line)?.[0];
      if (url === undefined) continue;
      lines.on('line', () => {});
      return url;
    }
  } finally {
    clearTimeout(late);
  }
  complain('roost: BirdBank did not start; see above');
  return null;
}

type Addresses = { readonly url: string; readonly bankUrl: string; readonly console: string };

function banner(
  { url, bankUrl, console }: Addresses,
  keys: { readonly live: string; readonly test: string },
  providers: number,
): string {
  const what =
    providers === 0
      ? 'Nothing is sent: every code ends on the sandbox phone.'
      : 'Live keys send for real; codes of test keys end on the sandbox phone.';
  return `
  Roost is running. ${what}

  BirdBank        ${bankUrl}
  Sandbox phone   ${url}/sandbox
  Roost API       ${url}
  API reference   ${url}/docs/api
  Console         ${console}
                  (signs you in once, within an hour; the next start prints another one)

  Test key
${keys.test}

  Live key
${keys.live}

  Send a code, then read it on the sandbox phone:
curl -s ${url}/verify -H "Authorization: AccessKey ${keys.test}" -d recipient=+31612345678 -d timeout=300

  Stop with Ctrl+C.
`;
}
