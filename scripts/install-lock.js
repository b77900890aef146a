import { createHash } from 'node:crypto';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const POLL_MS = 200;
const ABANDONED_AFTER_MS = 600_000;

/**
 * Lets one process at a time install into a folder; a second `npm start` or `npm test` waits for the first.
 * @template T
 * @param {string} folder
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withInstallLock(folder, work) {
  const name = createHash('sha256').update(path.resolve(folder)).digest('hex').slice(0, 16);
  const file = path.join(tmpdir(), `roost-setup-${name}.lock`);
  for (let waits = 0; !take(file); waits += 1) {
    if (waits === 5) process.stdout.write('Waiting for another set-up of this checkout ...\n');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** @param {string} file */
function take(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  if (!isHeld(file)) rmSync(file, { force: true });
  return false;
}

/** A lock whose owner has died is nobody's, and so is one so old that its number may be somebody else's by now. */
function isHeld(/** @type {string} */ file) {
  try {
    if (Date.now() - statSync(file).mtimeMs > ABANDONED_AFTER_MS) return false;
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
    if (!Number.isNaN(pid)) process.kill(pid, 0); // not a number: it is being written at this moment
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
