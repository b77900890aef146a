import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { printedPort, start } from './spawn.ts';
import type { Target } from './target.ts';

/**
 * better-auth's phone-number plugin, one process. `check` `consume` judges the code and does no more (the
 * least work it can do); `signup` takes its public route, which also makes a user.
 */
export async function startBetterAuth(options: {
  readonly folder: string;
  readonly check: 'consume' | 'signup';
  readonly databaseUrl?: string;
}): Promise<Target> {
  const program = fileURLToPath(new URL('better-auth-server.ts', import.meta.url));
  const database = options.databaseUrl ?? `sqlite:${join(options.folder, 'better-auth.db')}`;
  const running = start([program], { BENCH_DATABASE: database }, process.cwd());
  const port = await printedPort(running);
  return {
    name: options.check === 'consume' ? 'better-auth' : 'better-auth, with sign-up',
    dialect: options.check === 'consume' ? 'better-auth' : 'better-auth-signup',
    urls: [`http://127.0.0.1:${port}`],
    accessKey: '',
    pids: [running.pid],
    stop: () => running.stop(),
  };
}
