import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { explainInstallFailure } from '../scripts/install-failure.js';
import { withInstallLock } from '../scripts/install-lock.js';
import { matchesLock } from '../scripts/lock-match.js';

const SCRIPTS = new URL('../scripts/', import.meta.url);
const MODULE = { name: 'm', version: '1.0.0' };

function folder(t: TestContext, files: Record<string, unknown>): string {
  const root = mkdtempSync(path.join(tmpdir(), 'roost-set-up-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return root;
}

function lock(packages: Record<string, unknown>) {
  return { ...MODULE, lockfileVersion: 3, requires: true, packages };
}

/** Runs the set-up of a folder in a process of its own, `times` times. */
function setUp(root: string, times: number, env: NodeJS.ProcessEnv = {}) {
  const program = `import { setUp } from ${JSON.stringify(new URL('setup.js', SCRIPTS).href)};
    for (let i = 0; i < ${times}; i += 1) await setUp(${JSON.stringify(root)}).catch((error) => console.log(error.message));`;
  const args = ['--input-type=module', '--eval', program];
  return spawnSync(process.execPath, args, { encoding: 'utf8', env: { ...process.env, ...env } });
}

test('set-up installs once, in one line, and is silent while nothing changes', (t) => {
  const root = folder(t, { 'package.json': MODULE, 'package-lock.json': lock({ '': MODULE }) });
  mkdirSync(path.join(root, 'node_modules'));
  const { stdout, stderr } = setUp(root, 3);
  assert.match(stdout, /^Installing packages \.\.\. \d+ s\n$/);
  assert.equal(stderr, '');
});

test('set-up without a network says so in one sentence', (t) => {
  const wanted = { version: '1.0.0', integrity: `sha512-${Buffer.alloc(64).toString('base64')}` };
  const root = folder(t, {
    'package.json': { ...MODULE, dependencies: { 'roost-no-such-package': '1.0.0' } },
    'package-lock.json': lock({
      '': { ...MODULE, dependencies: { 'roost-no-such-package': '1.0.0' } },
      'node_modules/roost-no-such-package': wanted,
    }),
  });
  const { stdout } = setUp(root, 1, { npm_config_registry: 'http://127.0.0.1:9/', npm_config_proxy: '' });
  assert.match(stdout, /^Installing packages \.\.\. failed\nThe packages could not be downloaded: [^\n]+\n$/);
});

test('what npm itself installed is recognised, and any difference is not', (t) => {
  const a = { version: '1.0.0', integrity: 'sha512-a' };
  const wanted = lock({
    '': MODULE,
    'node_modules/a': a,
    'node_modules/b': { version: '2.0.0', optional: true },
  });
  const installed = (packages: Record<string, unknown>) =>
    matchesLock(folder(t, { 'package-lock.json': wanted, 'node_modules/.package-lock.json': { packages } }));
  assert.equal(
    installed({ 'node_modules/a': a }),
    true,
    'an optional package for another platform may be missing',
  );
  assert.equal(installed({}), false, 'a package is missing');
  assert.equal(installed({ 'node_modules/a': { ...a, version: '1.0.1' } }), false, 'another version');
  assert.equal(installed({ 'node_modules/a': { ...a, integrity: 'sha512-x' } }), false, 'other content');
  assert.equal(installed({ 'node_modules/a': a, 'node_modules/c': a }), false, 'a package too many');
  assert.equal(matchesLock(folder(t, { 'package-lock.json': wanted })), false, 'nothing is installed');
});

test('two set-ups of one folder take turns, and a lock whose owner died is nobody’s', async (t) => {
  const root = folder(t, {});
  const steps: string[] = [];
  const turn = (name: string) =>
    withInstallLock(root, async () => {
      steps.push(`${name} in`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      steps.push(`${name} out`);
    });
  await Promise.all([turn('a'), turn('b')]);
  assert.deepEqual(steps, ['a in', 'a out', 'b in', 'b out']);

  const abandon = `import { withInstallLock } from ${JSON.stringify(new URL('install-lock.js', SCRIPTS).href)};
    await withInstallLock(${JSON.stringify(root)}, async () => process.kill(process.pid, 'SIGKILL'));`;
  spawnSync(process.execPath, ['--input-type=module', '--eval', abandon]);
  await turn('c');
  assert.equal(steps.at(-1), 'c out');
});

test('each known failure of npm is told as what to do', () => {
  assert.match(explainInstallFailure('npm error code EAI_AGAIN'), /network/);
  assert.match(explainInstallFailure('npm error code EUSAGE'), /package-lock\.json does not match/);
  assert.match(explainInstallFailure('npm error code ENOSPC'), /disk is full/);
  assert.match(explainInstallFailure('npm error code EACCES'), /may not write/);
  assert.match(
    explainInstallFailure('something else\nentirely'),
    /last lines of npm's output:\nsomething else\nentirely/,
  );
});

test('a test run without a test fails, be it that no file matches or that the file is empty', (t) => {
  const root = folder(t, {
    'empty.test.ts': 'export {};',
    'full.test.ts': "import test from 'node:test'; test('x', () => {});",
  });
  const run = (files: string[]) => {
    const program = `import { runTests } from ${JSON.stringify(new URL('test-run.js', SCRIPTS).href)};
      process.exitCode = await runTests(process.execPath, ${JSON.stringify(files)}, []);`;
    return spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' });
  };
  assert.match(run([]).stderr, /No test file matches/);
  assert.equal(run([]).status, 1);
  assert.match(run([path.join(root, 'empty.test.ts')]).stderr, /No test ran/);
  assert.equal(run([path.join(root, 'empty.test.ts')]).status, 1);
  assert.equal(run([path.join(root, 'full.test.ts')]).status, 0);
});

test('a test run ends though a process that a test started holds its error output for ever', (t) => {
  const sleeper = 'setTimeout(() => {}, 30_000)';
  const root = folder(t, {
    'leaky.test.ts': `import { spawn } from 'node:child_process';
      import test from 'node:test';
      test('x', () => spawn(process.execPath, ['-e', ${JSON.stringify(sleeper)}], { stdio: ['ignore', 'ignore', 'inherit'] }).unref());`,
  });
  const program = `import { runTests } from ${JSON.stringify(new URL('test-run.js', SCRIPTS).href)};
    process.exitCode = await runTests(process.execPath, [${JSON.stringify(path.join(root, 'leaky.test.ts'))}], [], {}, 1_000);`;
  const options = { encoding: 'utf8', timeout: 20_000 } as const;
  const ended = spawnSync(process.execPath, ['--input-type=module', '--eval', program], options);
  assert.match(ended.stderr, /still running/);
  assert.equal(ended.status, 0);
});
