import { fileURLToPath } from 'node:url';
import { printedPort, start } from './spawn.ts';
import type { Target } from './target.ts';

/** The bare node:http server that everything else is set beside. */
export async function startBare(): Promise<Target> {
  const program = fileURLToPath(new URL('bare-server.ts', import.meta.url));
  const running = start([program], {}, process.cwd());
  const port = await printedPort(running);
  return {
    name: 'bare node:http',
    dialect: 'messagebird',
    urls: [`http://127.0.0.1:${port}`],
    accessKey: 'test_bareServerAsksNobody',
    pids: [running.pid],
    stop: () => running.stop(),
  };
}
