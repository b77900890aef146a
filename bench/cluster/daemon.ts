import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Whom PostgreSQL and its companions run as; empty for the user who asks. */
export type Identity = { readonly uid: number; readonly gid: number } | Record<never, never>;
export type Daemon = {
  readonly command: readonly [string, ...string[]];
  readonly folder: string;
  /** Where its process is written down; output goes to the same name with `.log`. */
  readonly pidFile: string;
  readonly identity: Identity;
  readonly env?: Record<string, string>;
};
/** A process by its number and the moment it began, so that a number given again is not mistaken for it. */
type Known = { readonly pid: number; readonly beganAt: string };

/** Starts a program that outlives this one, and writes down which process it is. */
export function startDaemon({ command, folder, pidFile, identity, env }: Daemon): void {
  if (isRunning(pidFile)) throw new Error(`${basename(pidFile)}: it is running already`);
  const [program, ...args] = command;
  const log = openSync(pidFile.replace(/\.pid$/, '.log'), 'a');
  const child = spawn(program, args, {
    ...identity,
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', HOME: folder, LANG: 'C.UTF-8', ...env },
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  child.on('error', (error) => console.error(`${program}: ${error.message}`));
  if (child.pid === undefined) throw new Error(`cannot start ${program}`);
  writeFileSync(pidFile, JSON.stringify({ pid: child.pid, beganAt: beganAt(child.pid) ?? '' }));
  child.unref();
}

export function isRunning(pidFile: string): boolean {
  return readKnown(pidFile) !== null;
}

/** Sends a signal, and waits until the process is gone; kills it after 10 s. Nothing to do when it is gone already. */
export async function endDaemon(pidFile: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const known = readKnown(pidFile);
  if (known !== null) await endProcess(known.pid, signal);
  rmSync(pidFile, { force: true });
}

/** The processes of a PostgreSQL whose data lie in `dataFolder`: the first one, and all that it began. */
export function postgresProcesses(dataFolder: string): number[] {
  const file = `${dataFolder}/postmaster.pid`;
  if (!existsSync(file)) return [];
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  const ours = (stat(pid)?.name ?? '') === 'postgres' && commandLine(pid).includes(dataFolder);
  return ours ? [pid, ...childrenOf(pid)] : [];
}

/** Kills processes as a power cut would: all of them, at once, without a word. */
export async function killAll(pids: readonly number[]): Promise<void> {
  for (const pid of pids) signalTo(pid, 'SIGKILL');
  await Promise.all(pids.map((pid) => untilGone(pid, 10_000)));
}

export async function endProcess(pid: number, signal: NodeJS.Signals): Promise<void> {
  signalTo(pid, signal);
  if (await untilGone(pid, 10_000)) return;
  signalTo(pid, 'SIGKILL');
  await untilGone(pid, 10_000);
}

function readKnown(pidFile: string): Known | null {
  if (!existsSync(pidFile)) return null;
  const known = JSON.parse(readFileSync(pidFile, 'utf8')) as Known;
  return beganAt(known.pid) === known.beganAt && stat(known.pid)?.state !== 'Z' ? known : null;
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it was gone before
  }
}

async function untilGone(pid: number, limitMs: number): Promise<boolean> {
  const untilMs = performance.now() + limitMs;
  while (performance.now() < untilMs) {
    const now = stat(pid);
    if (now === null || now.state === 'Z') return true;
    await sleep(10);
  }
  return false;
}

type Stat = {
  readonly name: string;
  readonly state: string;
  readonly parent: number;
  readonly beganAt: string;
};

/** What the kernel says of a process (proc(5), `stat`: the name may hold spaces, so fields count from its end). */
function stat(pid: number): Stat | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')),
    state: fields[0] ?? '',
    parent: Number(fields[1]),
    beganAt: fields[19] ?? '',
  };
}

const beganAt = (pid: number): string | null => stat(pid)?.beganAt ?? null;

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function childrenOf(parent: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => stat(pid)?.parent === parent);
}
