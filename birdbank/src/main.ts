import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { Roost } from '@roost/client';
import { createBank } from './app.ts';
import { type Config, ConfigProblems, readConfig } from './config.ts';
import { openDatabase } from './database.ts';
import { openKeys } from './keys.ts';

/** Longer than stopping may take; what still runs then is cut off, so that nobody waits for us in vain. */
const PATIENCE_MS = 9_500;
/** Longer than a call to Roost may take: what is still connected after that has nothing to wait for. */
const GRACE_MS = 5_500;

try {
  await run(configured());
} catch (error) {
  for (const line of told(error)) complain(line);
  process.exitCode = 1;
}

// #region configured
/** Settings come from the environment; the file `.env` of the working folder fills in what is not set there. */
function configured(): Config {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return readConfig(process.env, process.cwd());
}
// #endregion

async function run({ port, dataFolder, roostUrl, accessKey, trustProxy, appHost }: Config): Promise<void> {
  const database = openDatabase(dataFolder);
  const bank = await createBank({
    roost: new Roost({ url: roostUrl, accessKey }),
    ...{ database, roostUrl, randomBytes, trustProxy, appHost },
    keys: openKeys(dataFolder, database, randomBytes),
    isTest: accessKey.startsWith('test_'),
    nowMs: Date.now,
    tellStaff: complain,
  });
  await bank.listen({ host: '127.0.0.1', port });
  const { port: taken } = bank.server.address() as AddressInfo;
  process.stdout.write(`BirdBank listens on http://localhost:${taken}\n`);
  await stopSignal();
  setTimeout(() => process.exit(1), PATIENCE_MS).unref();
  setTimeout(() => bank.server.closeAllConnections(), GRACE_MS).unref();
  await bank.close();
  database.close();
}

/** A stop signal, or the end of the process that started this one with a channel. A second signal ends the process at once. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('disconnect', resolve);
    process.channel?.unref();
    for (const signal of ['SIGTERM', 'SIGINT']) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(1));
        resolve();
      });
    }
  });
}

function complain(line: string): void {
  process.stderr.write(`birdbank: ${line}\n`);
}

/** What went wrong, in lines for an operator; a stack only where it is a bug of ours. */
function told(error: unknown): readonly string[] {
  if (error instanceof ConfigProblems) return error.problems;
  if (!(error instanceof Error)) return [String(error)];
  const { code, port, message, stack } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return [`port ${port} is taken; stop what listens there, or set BIRDBANK_PORT`];
  if (code === 'EACCES' && port !== undefined) {
    return [`port ${port} needs more rights; set BIRDBANK_PORT above 1023`];
  }
  if (code === 'ERR_SQLITE_ERROR') return [`the database cannot be used (${message}); look at BIRDBANK_DATA`];
  const isBug = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
  return isBug ? [stack ?? message] : [message];
}
