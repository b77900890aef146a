import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { endDaemon, type Identity, isRunning, killAll, postgresProcesses, startDaemon } from './daemon.ts';
import { dataFolder, type Layout, layoutFile, type Member, pidFile, steadyPorts } from './layout.ts';
import { etcdCommand, patroniSettings, proxySettings } from './settings.ts';

const MEMBERS = ['member-1', 'member-2', 'member-3'] as const;
const NEEDED = ['patroni', 'etcd', 'haproxy'] as const;
const DEBIAN = '/usr/lib/postgresql';
const START_LIMIT_MS = 60_000;

/** What Patroni says of a member; `role` is `leader`, `sync_standby` or `replica`. */
export type Standing = { readonly name: string; readonly role: string; readonly state: string };

/** Makes and starts a fresh cluster in `folder`, which must not exist; resolves when all members are in their places. */
export async function startCluster(folder: string): Promise<Layout> {
  if (existsSync(folder)) throw new Error(`${folder} is there already: bench/cluster/down ends it`);
  const missing = NEEDED.filter((program) => !isInstalled(program));
  if (missing.length > 0) {
    throw new Error(
      `missing: ${missing.join(', ')}. On Debian: apt-get install --no-install-recommends patroni etcd-server haproxy postgresql`,
    );
  }
  const identity = postgresIdentity();
  const [etcdPort = 0, peerPort = 0, proxyPort = 0, ...rest] = await steadyPorts(3 + 2 * MEMBERS.length);
  const layout: Layout = {
    ...{ folder, identity, proxyPort, binFolder: newestPostgres() },
    etcd: { port: etcdPort, peerPort },
    members: MEMBERS.map((name, i) => ({ name, port: rest[2 * i] ?? 0, restPort: rest[2 * i + 1] ?? 0 })),
  };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if ('uid' in identity) chownSync(folder, identity.uid, identity.gid);
  writeFileSync(layoutFile(folder), JSON.stringify(layout, null, 2));
  try {
    startDaemon({ ...common(layout, 'etcd'), command: etcdCommand(layout) });
    for (const member of layout.members) startMember(layout, member);
    writeFileSync(join(folder, 'haproxy.cfg'), proxySettings(layout));
    startDaemon({
      ...common(layout, 'haproxy'),
      command: ['/usr/sbin/haproxy', '-db', '-f', join(folder, 'haproxy.cfg')],
    });
    await untilWhole(layout, START_LIMIT_MS);
    await makeDatabase(layout);
    return layout;
  } catch (error) {
    await stopMembers(layout);
    throw new Error(`the cluster did not start; its logs are in ${folder}`, { cause: error });
  }
}

/** Ends everything at once and removes the folder with all data. */
export async function stopCluster(layout: Layout): Promise<void> {
  await stopMembers(layout);
  rmSync(layout.folder, { recursive: true, force: true });
}

async function stopMembers(layout: Layout): Promise<void> {
  await Promise.all(layout.members.map((member) => killMember(layout, member)));
  for (const name of ['haproxy', 'etcd']) await endDaemon(pidFile(layout, name), 'SIGTERM');
}

export function startMember(layout: Layout, member: Member): void {
  const file = join(layout.folder, `${member.name}.yml`);
  writeFileSync(file, JSON.stringify(patroniSettings(layout, member), null, 2));
  startDaemon({ ...common(layout, member.name), command: ['patroni', file] });
}

/** SIGKILL for a member's Patroni first, so that it brings nothing back, then for all its PostgreSQL processes. */
export async function killMember(layout: Layout, member: Member): Promise<number> {
  await endDaemon(pidFile(layout, member.name), 'SIGKILL');
  const pids = postgresProcesses(dataFolder(layout, member));
  await killAll(pids);
  return pids.length;
}

export const isMemberRunning = (layout: Layout, { name }: Member): boolean =>
  isRunning(pidFile(layout, name));

/** The member that Patroni calls the primary; null while there is none, or when it cannot be asked. */
export async function findPrimary({ members }: Layout): Promise<Member | null> {
  const answers = await Promise.all(
    members.map(async (member) => {
      const url = `http://127.0.0.1:${member.restPort}/primary`;
      const answer = await fetch(url, { signal: AbortSignal.timeout(1_000) }).catch(() => null);
      await answer?.arrayBuffer();
      return answer?.status === 200 ? member : null;
    }),
  );
  return answers.find((member) => member !== null) ?? null;
}

/** How each member stands, as told by the first Patroni that answers. */
export async function standings({ members }: Layout): Promise<readonly Standing[]> {
  for (const { restPort } of members) {
    const url = `http://127.0.0.1:${restPort}/cluster`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(1_000) }).catch(() => null);
    if (answer?.status !== 200) continue;
    return ((await answer.json()) as { members: Standing[] }).members;
  }
  return [];
}

/** Waits until there is a primary, a synchronous standby and another one, all of them running. */
export async function untilWhole(layout: Layout, limitMs: number): Promise<void> {
  const untilMs = performance.now() + limitMs;
  let seen: readonly Standing[] = [];
  while (performance.now() < untilMs) {
    seen = await standings(layout);
    const running = seen.filter(({ state }) => state === 'running' || state === 'streaming');
    const has = (role: string) => running.some((one) => one.role === role);
    if (running.length === layout.members.length && has('leader') && has('sync_standby')) {
      if ((await streaming(layout)) === layout.members.length - 1) return;
    }
    await sleep(200);
  }
  const text = seen.map(({ name, role, state }) => `${name} ${role} ${state}`).join(', ');
  throw new Error(`the cluster was not whole after ${limitMs} ms: ${text || 'no Patroni answered'}`);
}

/** How many standbys receive from the primary. */
async function streaming(layout: Layout): Promise<number> {
  const primary = await findPrimary(layout);
  if (primary === null) return 0;
  const rows = await ask(primary, 'postgres', `SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'`);
  return rows.length;
}

async function makeDatabase(layout: Layout): Promise<void> {
  const primary = await findPrimary(layout);
  if (primary === null) throw new Error('the cluster has no primary');
  await ask(primary, 'postgres', 'CREATE ROLE roost LOGIN');
  await ask(primary, 'postgres', 'CREATE DATABASE roost OWNER roost');
}

async function ask({ port }: Member, database: string, sql: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } catch (error) {
    if (sql.startsWith('SELECT')) return [];
    throw error;
  } finally {
    await client.end().catch(() => {});
  }
}

function common({ folder, identity, binFolder }: Layout, name: string) {
  const env = { PATH: `${binFolder}:${process.env.PATH ?? ''}` };
  return { folder, identity, env, pidFile: join(folder, `${name}.pid`) };
}

function isInstalled(program: string): boolean {
  const folders = (process.env.PATH ?? '').split(':').concat('/usr/sbin');
  return folders.some((folder) => existsSync(join(folder, program)));
}

/** Debian's newest; the distribution's own cluster in it is not touched. */
function newestPostgres(): string {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).map(Number).filter(Number.isInteger) : [];
  const newest = Math.max(0, ...versions);
  if (newest === 0) throw new Error(`there is no PostgreSQL under ${DEBIAN}`);
  return join(DEBIAN, String(newest), 'bin');
}

/** PostgreSQL refuses to run as root; then it runs as the user that the distribution made for it. */
function postgresIdentity(): Identity {
  if (process.getuid?.() !== 0) return {};
  const number = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: number('-u'), gid: number('-g') };
}
