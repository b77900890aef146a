import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { handOver } from '../server/src/own-node.js';
import { ROOT } from './setup.js';

const TESTED = ['server', 'client', 'birdbank', 'testing', 'examples'];
const FILE_TIMEOUT_MS = 300_000;
const END_TIMEOUT_MS = 20_000;

/** Every test file, as paths from the checkout's root. */
export function findTestFiles() {
  return TESTED.flatMap((folder) => walk(folder)).sort();
}

/**
 * Runs test files, with the runner's summary last. A run without a single test is a failure.
 * @param {string} node
 * @param {readonly string[]} files
 * @param {readonly string[]} flags for the test runner
 * @param {NodeJS.ProcessEnv} [extraEnv]
 * @param {number} [endTimeoutMs] how long the runner may go on after the last test has ended
 * @returns {Promise<number>} exit code
 */
export async function runTests(node, files, flags, extraEnv = {}, endTimeoutMs = END_TIMEOUT_MS) {
  if (files.length === 0) return failWith('No test file matches.');
  const folder = mkdtempSync(path.join(tmpdir(), 'roost-test-run-'));
  const countFile = path.join(folder, 'count');
  const ending = new AbortController();
  const watch = setInterval(() => {
    if (!isWritten(countFile)) return;
    clearInterval(watch);
    setTimeout(() => ending.abort(), endTimeoutMs).unref();
  }, 500).unref();
  try {
    const code = await handOver(node, [...runnerArgs(countFile), ...flags, ...files], {
      cwd: ROOT,
      // Every test file loads the same hundreds of modules in a process of its own: the first compiles them for all.
      env: { ...hermetic(process.env), NODE_COMPILE_CACHE: path.join(folder, 'compiled'), ...extraEnv },
      ...{ signal: ending.signal, killSignal: 'SIGKILL' },
    });
    if (code !== 0) return code;
    return countsOf(countFile).tests > 0 ? 0 : failWith('No test ran.');
  } catch (error) {
    if (!ending.signal.aborted) throw error;
    // The runner waits for everybody who holds a test file's stderr, which would be for ever.
    console.error('All tests have ended, but a process that one of them started is still running.');
    const { tests, failures } = countsOf(countFile);
    return tests > 0 && failures === 0 ? 0 : 1;
  } finally {
    clearInterval(watch);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} file */
const isWritten = (file) => existsSync(file) && statSync(file).size > 0;

/** @param {string} file */
function countsOf(file) {
  const [tests = 0, failures = 0] = readFileSync(file, 'utf8').split(' ').map(Number);
  return { tests, failures };
}

/** @param {string} countFile */
function runnerArgs(countFile) {
  // One more than there are processors, since many tests wait for something most of their time.
  const concurrency = Math.min(8, Math.max(2, availableParallelism()) + 1);
  return [
    '--test',
    `--test-concurrency=${concurrency}`,
    `--test-timeout=${FILE_TIMEOUT_MS}`,
    `--test-reporter=${pathToFileURL(path.join(ROOT, 'scripts', 'count-tests.js'))}`,
    `--test-reporter-destination=${countFile}`,
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
  ];
}

/**
 * Tests must not read the settings of the person who runs them, nor believe they are part of an outer test run.
 * @param {NodeJS.ProcessEnv} env
 */
function hermetic(env) {
  const own = /^(ROOST_|BIRDBANK_)|^(DATABASE_URL|NODE_TEST_CONTEXT)$/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !own.test(name)));
}

/** @param {string} folder @returns {string[]} */
function walk(folder) {
  try {
    return readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
      const name = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : walk(name);
      return entry.name.endsWith('.test.ts') ? [name] : [];
    });
  } catch {
    return []; // a folder that is not there holds no tests
  }
}

/** @param {string} sentence */
function failWith(sentence) {
  console.error(sentence);
  return 1;
}
