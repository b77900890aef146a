import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import os from 'node:os';
import { join, resolve } from 'node:path';

export type Machine = {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly kernel: string;
  readonly fileSystem: string;
  /** What one durable commit costs at the least: 4 KiB written and synced, alone. */
  readonly syncedWrite: { readonly medianMs: number; readonly p99Ms: number };
};

/** Names the machine that figures were taken on. `folder` is where the databases will lie. */
export function describeMachine(folder: string): Machine {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    node: process.version,
    kernel: `${os.type()} ${os.release()}`,
    fileSystem: fileSystemOf(folder),
    syncedWrite: measureSyncedWrite(folder),
  };
}

function measureSyncedWrite(folder: string): Machine['syncedWrite'] {
  const file = join(folder, 'synced-write.tmp');
  const descriptor = openSync(file, 'w');
  const page = Buffer.alloc(4096, 1);
  const tookMs: number[] = [];
  // Into space that is already there, as a database writes its log once it has been round.
  writeSync(descriptor, Buffer.alloc(300 * page.length), 0, 300 * page.length, 0);
  fdatasyncSync(descriptor);
  for (let i = 0; i < 300; i++) {
    const startedMs = performance.now();
    writeSync(descriptor, page, 0, page.length, i * page.length);
    fdatasyncSync(descriptor);
    tookMs.push(performance.now() - startedMs);
  }
  closeSync(descriptor);
  rmSync(file);
  tookMs.sort((a, b) => a - b);
  return { medianMs: tookMs[150] ?? 0, p99Ms: tookMs[297] ?? 0 };
}

/** The type of the mount that holds `folder`, from the kernel's own table where there is one. */
function fileSystemOf(folder: string): string {
  let table: string;
  try {
    table = readFileSync('/proc/self/mounts', 'utf8');
  } catch {
    return `unknown (${os.platform()})`;
  }
  const path = resolve(folder);
  let best = { mount: '', type: 'unknown' };
  for (const line of table.split('\n')) {
    const [, mount = '', type = ''] = line.split(' ');
    const holds = path === mount || path.startsWith(mount.endsWith('/') ? mount : `${mount}/`);
    if (holds && mount.length >= best.mount.length && mount !== '') best = { mount, type };
  }
  return best.type;
}
