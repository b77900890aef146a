import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Ticket } from './dialects.ts';
import type { LoadResult, LoadSpec } from './load.ts';
import type { Order } from './process.ts';

export type Filled = { readonly asked: number; readonly made: number; readonly seconds: number };

/** A load generator in a process of its own, so that measuring does not take the measured server's time. */
export class Driver {
  readonly #child: ChildProcess = fork(fileURLToPath(new URL('process.ts', import.meta.url)));

  /** One burst; `pool` names the tickets that `fill` made, for work `check`. */
  run(spec: LoadSpec, pool = ''): Promise<LoadResult> {
    return this.#ask({ kind: 'run', spec, pool });
  }

  /** Makes `count` verifications whose codes are kept under the name `pool`. */
  fill(spec: LoadSpec, pool: string, count: number): Promise<Filled> {
    return this.#ask({ kind: 'fill', spec, pool, count });
  }

  /** Keeps these under the name `pool`, for work `check`. */
  give(pool: string, tickets: readonly Ticket[]): Promise<void> {
    return this.#ask({ kind: 'give', pool, tickets });
  }

  close(): void {
    this.#child.disconnect();
  }

  #ask<T>(order: Order): Promise<T> {
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error('the load driver ended'));
      this.#child.once('exit', ended);
      this.#child.once('message', (answer: { result: T } | { error: string }) => {
        this.#child.off('exit', ended);
        if ('error' in answer) reject(new Error(answer.error));
        else resolve(answer.result);
      });
      this.#child.send(order);
    });
  }
}
