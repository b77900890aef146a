import { chmod, lstat, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * A folder that is filled once per machine, user and name, and kept: the first caller fills it, others find it whole.
 * It is filled under a staging name and appears by a rename, so nobody ever sees it half full, and one that belongs to another user is not trusted.
 */
export async function unpackOnce(
  name: string,
  fill: (staging: string, folder: string) => Promise<void>,
): Promise<string> {
  const user = process.getuid?.() ?? 0;
  const folder = path.join(tmpdir(), `roost-${name}-${process.arch}-${user}`);
  if (await isOurs(folder, user)) return folder;
  const staging = await mkdtemp(`${folder}-`);
  try {
    await fill(staging, folder);
    await chmod(staging, 0o755);
    await rename(staging, folder);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    if (!(await isOurs(folder, user))) throw error; // otherwise somebody else was faster
  }
  return folder;
}

async function isOurs(folder: string, user: number): Promise<boolean> {
  const found = await lstat(folder).catch(() => null);
  if (found === null) return false;
  if (found.isDirectory() && (process.platform === 'win32' || found.uid === user)) return true;
  throw new Error(`${folder} is not a folder of this user; remove it and run the tests again.`);
}
