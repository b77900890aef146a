import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { handOver, oldNodeSentence } from '../src/own-node.js';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));
const PRETEND_OLD = `data:text/javascript,${encodeURIComponent(
  "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })",
)}`;

/** A checkout with the entry, and a program behind it that says what it was run with. */
function checkout(t: TestContext): string {
  const root = mkdtempSync(path.join(tmpdir(), 'roost-old-node-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(path.join(root, 'server', 'src'), { recursive: true });
  writeFileSync(path.join(root, 'package.json'), '{ "type": "module" }');
  for (const file of ['main.js', 'own-node.js'])
    copyFileSync(path.join(SRC, file), path.join(root, 'server/src', file));
  writeFileSync(
    path.join(root, 'server/src/main.ts'),
    'console.log(process.versions.node, ...process.argv.slice(2)); process.exitCode = 7;',
  );
  return root;
}

function runOld(root: string) {
  const args = ['--import', PRETEND_OLD, path.join(root, 'server/src/main.js'), 'serve', '--json'];
  return spawnSync(process.execPath, args, { encoding: 'utf8' });
}

test('an old Node gets one clear sentence, exit code 1 and no stack', (t) => {
  const { status, stdout, stderr } = runOld(checkout(t));
  assert.equal(stderr, `${oldNodeSentence('20.20.2')}\n`);
  assert.match(stderr, /^Roost needs Node 24\.15 or newer, but this is Node 20\.20\.2: [^\n]+\n$/);
  assert.deepEqual([status, stdout], [1, '']);
});

test('an old Node hands over to the Node of the checkout, with the same words and exit code', (t) => {
  const root = checkout(t);
  mkdirSync(path.join(root, 'node_modules/.bin'), { recursive: true });
  symlinkSync(process.execPath, path.join(root, 'node_modules/.bin/node'));
  const { status, stdout, stderr } = runOld(root);
  assert.deepEqual([status, stdout, stderr], [7, `${process.versions.node} serve --json\n`, '']);
});

test('24.15 is the first Node that is new enough', () => {
  for (const version of ['18.20.0', '22.99.0', '24.14.9'])
    assert.match(oldNodeSentence(version) ?? '', /needs Node 24\.15/);
  for (const version of ['24.15.0', '25.0.0', '26.10.0', '27.0.0-nightly'])
    assert.equal(oldNodeSentence(version), null);
});

test('a stop signal is passed on, and the exit code of the child is the answer', async () => {
  const child = `process.on('SIGTERM', () => process.exit(5)); console.log('up'); setInterval(() => {}, 1000)`;
  assert.equal(await stopWhenUp(child, 9_000), 5);
});

test('a child that does not heed a stop signal is killed after the grace', async () => {
  const child = `process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)`;
  assert.equal(await stopWhenUp(child, 200), 128 + 9);
});

/** Runs `program` under `handOver` in a process of its own, stops that one, and returns its exit code. */
async function stopWhenUp(program: string, graceMs: number): Promise<number | null> {
  const outer = `
    import { handOver } from ${JSON.stringify(new URL('../src/own-node.js', import.meta.url).href)};
    process.exitCode = await handOver(process.execPath, ['--eval', ${JSON.stringify(program)}], { graceMs: ${graceMs} });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', outer], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.once('data', () => child.kill('SIGTERM'));
  return new Promise((resolve) => child.on('exit', (code) => resolve(code)));
}

test('Roost run by npm ends when the shell that npm put between is ended', { timeout: 60_000 }, async (t) => {
  const root = checkout(t);
  const loop = "process.on('SIGTERM', () => process.exit()); console.log('up'); setInterval(() => {}, 1000);";
  writeFileSync(path.join(root, 'server/src/main.ts'), loop);
  const line = `'${process.execPath}' '${path.join(root, 'server/src/main.js')}'; true`;
  const env = { ...process.env, npm_command: 'exec' };
  const shell = spawn('sh', ['-c', line], { stdio: ['ignore', 'pipe', 'inherit'], env });
  const ended = new Promise((resolve) => shell.stdout.on('end', resolve)); // when its last holder is gone
  await new Promise((resolve) => shell.stdout.once('data', resolve));
  shell.kill('SIGTERM');
  await ended;
});

test('a program that is not there is an error and not a silent end', async () => {
  await assert.rejects(handOver('/no/such/program', []), /ENOENT/);
});
