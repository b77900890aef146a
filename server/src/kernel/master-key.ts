import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from './folder.ts';
import { KEY_BYTES } from './hmac.ts';
import type { Random } from './random.ts';

const FILE = 'secret.key';

/**
 * The master key from the data folder, generated there (0600 in a 0700 folder) when there is none.
 * @throws Error in words for the operator when others can read it, or it is not a key
 */
export function masterKeyIn(folder: string, random: Random): Buffer {
  const file = join(folder, FILE);
  makeFolder(folder);
  if (!existsSync(file)) writeKey(folder, file, random);
  return readKey(file);
}

/**
 * The master key from the data folder; null when there is none.
 * @throws Error in words for the operator when others can read it, or it is not a key
 */
export function findMasterKey(folder: string): Buffer | null {
  const file = join(folder, FILE);
  return existsSync(file) ? readKey(file) : null;
}

/** Whole and on the disk, or not at all: what is sealed under a key that is lost is lost with it. */
function writeKey(folder: string, file: string, random: Random): void {
  const draft = `${file}.${random.bytes(6).toString('hex')}`;
  try {
    const text = `${random.bytes(KEY_BYTES).toString('base64url')}\n`;
    writeFileSync(draft, text, { flag: 'wx', mode: 0o600, flush: true });
    linkSync(draft, file);
    if (process.platform !== 'win32') syncFolder(folder);
  } catch (error) {
    // Another process may have been faster; then its key is the key.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

function readKey(file: string): Buffer {
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
    throw new Error(`${file} can be read by others; run: chmod 600 ${file}`);
  }
  const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64url');
  if (key.length !== KEY_BYTES) throw new Error(`${file} does not hold ${KEY_BYTES} bytes as base64url`);
  return key;
}
