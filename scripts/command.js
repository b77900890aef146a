import { handOver, SERVER_ENV, SERVER_FLAGS } from '../server/src/own-node.js';
import { ROOT, SetUpError, setUp } from './setup.js';

/**
 * Runs one of the repository's commands: set-up first, then `work`, whose number becomes the exit code.
 * @param {(node: string, args: string[]) => number | Promise<number>} work
 */
export async function command(work) {
  try {
    const node = await setUp();
    process.exitCode = await work(node, process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

/**
 * The command that becomes `node ...` in the checkout's root, with the words that follow it on the command line.
 * @param {readonly string[]} nodeArgs
 */
export function nodeCommand(...nodeArgs) {
  return command((node, args) => handOver(node, [...nodeArgs, ...args], { cwd: ROOT }));
}

/**
 * The same, of a server: see SERVER_FLAGS.
 * @param {readonly string[]} nodeArgs
 */
export function serverCommand(...nodeArgs) {
  const env = { ...SERVER_ENV, ...process.env };
  return command((node, args) => handOver(node, [...SERVER_FLAGS, ...nodeArgs, ...args], { cwd: ROOT, env }));
}
