import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder (0700) with all that it is in. Node's own `recursive` never returns where a folder that is there says
 * that a name in it is not, as those of /proc do.
 * @throws Error with `path` and `code` of the system, or in words for the operator
 */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  for (let at = resolve(path); !existsSync(at); at = dirname(at)) missing.push(at);
  // Without `recursive` it says what is wrong with something of this name that is no folder.
  if (missing.length === 0 && !statSync(path).isDirectory()) mkdirSync(path);
  for (const folder of missing.reverse()) makeOne(folder);
}

function makeOne(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(folder).isDirectory()) return; // another process was as quick
    if (code !== 'ENOENT') throw error;
    throw new Error(`${folder} cannot be made there; set ROOST_DATA to another folder`, { cause: error });
  }
}
