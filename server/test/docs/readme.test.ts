import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { startRoost } from '../support/roost.ts';
import { blocksOf, ROOT, readText, sectionOf } from './markdown.ts';

const run = promisify(execFile);
const readme = readText('README.md');
const env = { PATH: process.env.PATH };

/** Why a test that needs curl cannot run here; false when it can. */
let withoutCurl: string | false = false;
before(async () => {
  withoutCurl = await run('curl', ['--version']).then(
    () => false as const,
    () => 'curl is not installed',
  );
});

const hereFor = (code: string, url: string, key: string) =>
  code.replaceAll('http://localhost:8080', url).replaceAll('test_…', key);

test('the commands of the README are those of package.json, and its test command is what has to pass', () => {
  const [commands = ''] = blocksOf(sectionOf(readme, 'Start'), 'sh');
  const named = commands
    .trim()
    .split('\n')
    .map((line) => line.split('#')[0]?.trim());
  assert.deepEqual(named, ['npm start', 'npm test']);
  const { scripts } = JSON.parse(readText('package.json'));
  assert.ok(scripts.start && scripts.test && scripts.serve && scripts.bench);
  assert.match(readText('.ci/run'), /^npm test$/m);
});

test('the curl of the README sends a code and checks it', async (t) => {
  if (withoutCurl) return t.skip(withoutCurl);
  const roost = await startRoost(t);
  const [block = ''] = blocksOf(sectionOf(readme, 'Use it'), 'sh');
  const [create = '', check = ''] = hereFor(block, roost.url, roost.testKey).trim().split('\n');
  const made = JSON.parse((await run('sh', ['-c', create], { env })).stdout);
  assert.equal(made.status, 'sent');
  const typed = check.replace('ID', made.id).replace('CODE', made.token);
  const checked = JSON.parse((await run('sh', ['-c', typed], { env })).stdout);
  assert.equal(checked.id, made.id);
  assert.equal(checked.status, 'verified');
});

test('the lines of the README for @roost/client verify a number', async (t) => {
  const roost = await startRoost(t);
  const [block = ''] = blocksOf(sectionOf(readme, 'Use it'), 'ts');
  const args = ['--input-type=module-typescript', '-e', hereFor(block, roost.url, roost.testKey)];
  const { stdout, stderr } = await run(process.execPath, args, { cwd: ROOT, env });
  assert.deepEqual([stdout, stderr], ['verified\n', '']);
});

test('the lines of the README for the MessageBird SDK verify a number, with the shim that it names', async (t) => {
  const roost = await startRoost(t);
  const section = sectionOf(readme, 'Use it');
  const [block = ''] = blocksOf(section, 'js');
  const shim = /node --import (\S+)`/.exec(section)?.[1] ?? '';
  const args = ['--import', shim, '--input-type=module', '-e', hereFor(block, roost.url, roost.testKey)];
  const { stdout, stderr } = await run(process.execPath, args, {
    cwd: ROOT,
    env: { ...env, ROOST_URL: roost.url },
  });
  assert.deepEqual([stdout, stderr], ['verified\n', '']);
});

/** What `roost start` prints, until it has said how to stop it. */
async function bannerOf(started: ChildProcess): Promise<string> {
  let printed = '';
  for await (const chunk of started.stdout ?? []) {
    printed += chunk;
    if (printed.includes('Ctrl+C')) return printed;
  }
  throw new Error(`it ended, having printed: ${printed}`);
}

test('what the start prints is what the README shows, and its addresses and its curl work', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'roost-start-'));
  const started = spawn(process.execPath, ['server/src/main.js', 'start'], {
    cwd: ROOT,
    env: { ...env, ROOST_PORT: '0', BIRDBANK_PORT: '0', ROOST_DATA: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(async () => {
    const ended = once(started, 'exit');
    if (started.exitCode === null && started.kill('SIGTERM')) await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  const banner = await bannerOf(started);
  const found = (pattern: RegExp) => pattern.exec(banner)?.[1] ?? '';
  const bank = found(/BirdBank +(\S+)/);
  const url = found(/Roost API +(\S+)/);
  const testKey = found(/^(test_\S+)$/m);
  const liveKey = found(/^(live_\S+)$/m);
  const told = banner
    .replaceAll(bank, 'http://localhost:5000')
    .replaceAll(url, 'http://localhost:8080')
    .replaceAll(testKey, 'test_…')
    .replaceAll(liveKey, 'live_…')
    .replace(/console\/link\/\S+/, 'console/link/…');
  assert.equal(told.trim(), blocksOf(sectionOf(readme, 'Start'), 'text')[0]?.trim());
  for (const address of [bank, `${url}/sandbox`, `${url}/docs/api`, `${url}/ready`]) {
    assert.equal((await fetch(address)).status, 200, address);
  }
  const authorization = { authorization: `AccessKey ${liveKey}` };
  assert.equal((await fetch(`${url}/sandbox/messages`, { headers: authorization })).status, 200);
  if (withoutCurl) return t.skip(withoutCurl);
  const made = JSON.parse((await run('sh', ['-c', found(/^(curl .*)$/m)], { env })).stdout);
  assert.equal(made.status, 'sent');
  assert.equal(made.recipient, 31612345678);
});

test('every SDK in the table has lines of its own that name the base URL', () => {
  const section = sectionOf(readme, 'Point your MessageBird SDK here');
  const named = [...section.matchAll(/^\| \[([^\]]+)\]/gm)].map(([, name]) => name);
  const told = [...section.matchAll(/^### (.*)$/gm)].map(([, name]) => name);
  assert.deepEqual(named, ['Node', 'Python', 'PHP', 'Ruby', 'Go', 'Java', 'C#']);
  assert.deepEqual(told, named);
  for (const name of named) assert.match(sectionOf(readme, name ?? ''), /localhost:8080/, name);
});
