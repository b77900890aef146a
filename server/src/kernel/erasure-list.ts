import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const NAME = 'erasures.list';

/** Beside the database and in no backup of it, so that a restore can erase again what was erased since. */
const erasureListIn = (folder: string): string => join(folder, NAME);

/** Adds lines, and returns once they are on the disk. @throws Error */
export function addToErasureList(folder: string, lines: readonly string[]): void {
  const file = openSync(erasureListIn(folder), 'a', 0o600);
  try {
    writeSync(file, lines.map((line) => `${line}\n`).join(''));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** What the list holds; null where there is none. @throws Error when it cannot be read */
export function findErasureList(folder: string): string | null {
  try {
    return readFileSync(erasureListIn(folder), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
