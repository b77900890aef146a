import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ROOST_TEST_KEY, type RoostProcess, startRoostProcess } from '../targets/roost.ts';
import { freePort } from '../targets/spawn.ts';
import type { CrashTarget } from './target.ts';

/** One server on SQLite, killed with SIGKILL and started again on the same folder. */
export async function sqliteTarget(folder: string): Promise<CrashTarget> {
  const port = await freePort();
  let node: RoostProcess | null = null;
  const start = async () => {
    node = await startRoostProcess({ folder, port });
    return node.readyMs;
  };
  return {
    name: 'SQLite, one server',
    urls: [`http://127.0.0.1:${port}`],
    accessKey: ROOST_TEST_KEY,
    survivesHarm: false,
    start: async () => void (await start()),
    async harm() {
      await node?.running.kill();
      return 'SIGKILL';
    },
    inspect: async () => inspectCopy(folder),
    heal: async () => [await start()],
    stop: async () => void (await node?.running.stop()),
  };
}

/**
 * Opens a copy of every database as the crash left it (its log included) and lets SQLite check it. A copy,
 * so that the recovery which is tested is the server's own.
 */
export function inspectCopy(folder: string): string[] {
  const copy = mkdtempSync(join(tmpdir(), 'roost-crash-'));
  try {
    cpSync(folder, copy, { recursive: true });
    const files = readdirSync(copy, { recursive: true, encoding: 'utf8' });
    const databases = files.filter((name) => name.endsWith('.db') || name.endsWith('.sqlite'));
    if (databases.length === 0) return [`no database in the data folder, only ${files.join(', ')}`];
    return databases.flatMap((name) => inspectDatabase(join(copy, name), name));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function inspectDatabase(path: string, name: string): string[] {
  const database = new DatabaseSync(path);
  try {
    const checks = database.prepare('PRAGMA integrity_check').all() as { integrity_check: string }[];
    const strangers = database.prepare('PRAGMA foreign_key_check').all();
    const found = checks.map((row) => row.integrity_check).filter((text) => text !== 'ok');
    if (strangers.length > 0) found.push(`${strangers.length} rows point at rows that are not there`);
    return found.map((text) => `${name}: ${text}`);
  } finally {
    database.close();
  }
}
