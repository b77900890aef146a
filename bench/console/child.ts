import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export type Served = {
  readonly url: string;
  readonly cookie: string;
  /** Has it count figures, or not; answers its processor time so far. */
  say(what: 'hold' | 'count'): Promise<number>;
  stop(): Promise<void>;
};

export async function serve(folder: string): Promise<Served> {
  const child: ChildProcess = fork(fileURLToPath(new URL('serve.ts', import.meta.url)), [folder]);
  const [{ url, cookie }] = (await once(child, 'message')) as [{ url: string; cookie: string }];
  return {
    ...{ url, cookie },
    async say(what) {
      child.send(what);
      const [{ cpuMs }] = (await once(child, 'message')) as [{ cpuMs: number }];
      return cpuMs;
    },
    async stop() {
      child.send('stop');
      await once(child, 'exit');
    },
  };
}
