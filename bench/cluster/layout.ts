import { existsSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Identity } from './daemon.ts';

export const DEFAULT_FOLDER = join(tmpdir(), 'roost-cluster');

export type Member = {
  readonly name: string;
  readonly port: number;
  /** Of Patroni, which answers here whether this member may be written to. */
  readonly restPort: number;
};
/** Everything that `up` decided, kept in `cluster.json` for the other commands. */
export type Layout = {
  readonly folder: string;
  /** With `initdb` and `postgres`. */
  readonly binFolder: string;
  readonly identity: Identity;
  readonly etcd: { readonly port: number; readonly peerPort: number };
  readonly proxyPort: number;
  readonly members: readonly Member[];
};

export const layoutFile = (folder: string): string => join(folder, 'cluster.json');
export const pidFile = ({ folder }: Layout, name: string): string => join(folder, `${name}.pid`);
export const dataFolder = ({ folder }: Layout, { name }: Member): string => join(folder, name);

export function readLayout(folder: string): Layout {
  const file = layoutFile(folder);
  if (!existsSync(file)) throw new Error(`there is no cluster in ${folder}: start one with bench/cluster/up`);
  return JSON.parse(readFileSync(file, 'utf8')) as Layout;
}

export type Addresses = { readonly hosts: string; readonly proxy: string };

/** How Roost reaches it: by the list of all members, or through the proxy. */
export function addressesOf({ members, proxyPort }: Layout): Addresses {
  const list = members.map(({ port }) => `127.0.0.1:${port}`).join(',');
  return {
    hosts: `postgres://roost@${list}/roost?target_session_attrs=read-write`,
    proxy: `postgres://roost@127.0.0.1:${proxyPort}/roost`,
  };
}

/**
 * Ports that are free now and that the system does not hand out to outgoing connections, so that a member which
 * was killed finds its own again.
 */
export async function steadyPorts(count: number): Promise<number[]> {
  const found: number[] = [];
  for (let port = 20_000 + (process.pid % 9_000); found.length < count && port < 32_000; port++) {
    if (await isFree(port)) found.push(port);
  }
  if (found.length < count) throw new Error(`no ${count} free ports below 32000`);
  return found;
}

function isFree(port: number): Promise<boolean> {
  const probe = net.createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
