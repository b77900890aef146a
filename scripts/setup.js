import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findOwnNode, isAtLeast, oldNodeSentence } from '../server/src/own-node.js';
import { explainInstallFailure } from './install-failure.js';
import { withInstallLock } from './install-lock.js';
import { matchesLock } from './lock-match.js';

/** @typedef {{ lock: string, platform: string, node: string | null }} Stamp */

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** A reason to stop that is told in one sentence, without a stack. */
export class SetUpError extends Error {}

/**
 * Installs what the lock file asks for, unless that is what is there already, and finds a Node that can run Roost.
 * Prints a line per step that does something; nothing when there is nothing to do.
 * @param {string} [folder] with `package.json` and `package-lock.json`
 * @returns {Promise<string>} path of the Node to use
 */
export async function setUp(folder = ROOT) {
  if (!isAtLeast(process.versions.node, 20, 0)) {
    throw new SetUpError(
      `Roost's set-up needs Node 20 or newer, but this is Node ${process.versions.node}: install a newer one from https://nodejs.org.`,
    );
  }
  const stamp = readStamp(folder);
  if (isCurrent(stamp, folder)) return nodeOf(stamp);
  return nodeOf(await withInstallLock(folder, () => install(folder)));
}

/** @param {string} folder @returns {Promise<Stamp>} */
async function install(folder) {
  const found = readStamp(folder);
  if (isCurrent(found, folder)) return found; // somebody else installed while this one waited
  if (!matchesLock(folder)) await runNpm(folder);
  const stamp = { lock: hashOfLock(folder), platform: platform(), node: relativeOwnNode() };
  if (existsSync(path.join(folder, 'node_modules'))) writeFileSync(stampFile(folder), JSON.stringify(stamp));
  return stamp;
}

/** @param {string} folder */
async function runNpm(folder) {
  const startedAtMs = Date.now();
  process.stdout.write('Installing packages ... ');
  let result = await npm(folder, 'ci', process.execPath);
  if (result.code !== 0 && /EUSAGE/.test(result.output) && process.env.CI === undefined) {
    // The lock file lags behind a package.json that is being worked on. A new one must come from the newest Node:
    // npm picks versions that fit the Node it runs on.
    result = await npm(folder, 'install', findOwnNode(ROOT) ?? process.execPath);
  }
  if (result.code !== 0) {
    process.stdout.write('failed\n');
    throw new SetUpError(explainInstallFailure(result.output));
  }
  process.stdout.write(`${Math.max(1, Math.round((Date.now() - startedAtMs) / 1000))} s\n`);
}

/**
 * @param {string} folder
 * @param {'ci' | 'install'} command
 * @param {string} node
 * @returns {Promise<{ code: number, output: string }>}
 */
function npm(folder, command, node) {
  // No package's own script ever runs: what needs one is done by our code instead.
  const quiet = ['--ignore-scripts', '--loglevel=error', '--no-audit', '--no-fund', '--prefer-offline'];
  const impatient = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=3000'];
  const args = [command, ...quiet, ...impatient];
  const cli = process.env.npm_execpath ?? '';
  const [program, programArgs] = cli.endsWith('npm-cli.js') ? [node, [cli, ...args]] : ['npm', args];
  return new Promise((resolve) => {
    const shell = process.platform === 'win32' && program === 'npm';
    const child = spawn(program, programArgs, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], shell });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk) => {
        output += chunk;
      });
    }
    child.on('error', (error) => resolve({ code: 1, output: `npm could not be started: ${error.message}` }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/**
 * @param {Stamp | null} stamp
 * @param {string} folder
 * @returns {stamp is Stamp}
 */
function isCurrent(stamp, folder) {
  return stamp !== null && stamp.lock === hashOfLock(folder) && stamp.platform === platform();
}

/** @param {Stamp} stamp */
function nodeOf(stamp) {
  if (stamp.node !== null && existsSync(path.join(ROOT, stamp.node))) return path.join(ROOT, stamp.node);
  const sentence = oldNodeSentence(process.versions.node);
  if (sentence === null) return process.execPath;
  throw new SetUpError(
    `There is no Node package for ${platform()}, and Roost needs Node 24.15 or newer: install one from https://nodejs.org (this is ${process.versions.node}).`,
  );
}

/** Relative, so that a checkout may be moved. */
function relativeOwnNode() {
  const file = findOwnNode(ROOT);
  return file === null ? null : path.relative(ROOT, file);
}

/** @param {string} folder @returns {Stamp | null} */
function readStamp(folder) {
  try {
    return JSON.parse(readFileSync(stampFile(folder), 'utf8'));
  } catch {
    return null;
  }
}

/** @param {string} folder */
function hashOfLock(folder) {
  const file = path.join(folder, 'package-lock.json');
  return existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : 'no lock file';
}

/** @param {string} folder */
const stampFile = (folder) => path.join(folder, 'node_modules', '.roost-setup.json');

const platform = () => `${process.platform}-${process.arch}`;
