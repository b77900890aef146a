import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Driver } from '../driver/driver.ts';
import type { Target } from '../targets/target.ts';
import type { Options } from './options.ts';
import { Numbers } from './rounds.ts';

/** What the parts of a run share: the driver, folders and servers that are cleared away at the end. */
export class Workshop {
  readonly options: Options;
  readonly driver = new Driver();
  readonly numbers = new Numbers();
  readonly #say: (text: string) => void;
  readonly #clearing: (() => Promise<void> | void)[] = [];
  readonly #folders: string[] = [];

  constructor(options: Options, say: (text: string) => void) {
    this.options = options;
    this.#say = say;
    // At the very end, so that a run which is stopped half-way leaves nothing either.
    process.once('exit', () => {
      for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
    });
  }

  say(text: string): void {
    this.#say(text);
  }

  /** An empty folder on the file system that is measured. */
  folder(): string {
    mkdirSync(this.options.data, { recursive: true });
    const path = mkdtempSync(join(this.options.data, 'roost-bench-'));
    this.#folders.push(path);
    return path;
  }

  /** Stops the target with the workshop, or earlier when the caller does. */
  async keep<T extends Target>(starting: Promise<T>): Promise<T> {
    const target = await starting;
    this.#clearing.push(() => target.stop());
    return target;
  }

  onClose(clear: () => Promise<void> | void): void {
    this.#clearing.push(clear);
  }

  async close(): Promise<void> {
    this.driver.close();
    for (const clear of this.#clearing.reverse()) await clear();
  }
}
