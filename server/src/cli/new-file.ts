import { existsSync, linkSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';

export type NewFile = { write(bytes: Buffer): Promise<void>; keep(): Promise<void>; drop(): Promise<void> };

/**
 * A file that takes its name only when it is whole and on the disk. Readable by its owner alone. `what` it is stands in
 * sentences about another one in its place.
 */
export async function newFile(file: string, what: string): Promise<NewFile> {
  if (existsSync(file)) throw taken(file);
  const draft = `${file}.partial`;
  const handle = await open(draft, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT')
      throw new Error(`there is no folder ${dirname(file)}; make it, or give the name of a file elsewhere`);
    const why =
      error.code === 'EEXIST' ? `another ${what} is being written there, or was broken off` : error.code;
    throw new Error(`${draft} cannot be written: ${why}`);
  });
  const drop = async () => {
    await handle.close().catch(() => {});
    rmSync(draft, { force: true });
  };
  return {
    write: (bytes) => writeWhole(handle, bytes, file),
    async keep() {
      await handle.sync();
      try {
        linkSync(draft, file); // which, unlike renaming, replaces nothing
      } catch (error) {
        const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
        throw exists ? taken(file) : error;
      }
      await drop();
    },
    drop,
  };
}

const taken = (file: string): Error => new Error(`${file} exists already; give another name`);

async function writeWhole(handle: FileHandle, bytes: Buffer, file: string): Promise<void> {
  try {
    await handle.writeFile(bytes);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`${file} cannot be written: ${code === 'ENOSPC' ? 'the disk is full' : code}`, {
      cause: error,
    });
  }
}
