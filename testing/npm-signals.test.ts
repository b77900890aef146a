import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';

const PACKAGE = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  scripts: Record<string, string>;
};

test('every npm script replaces its shell, which would keep stop signals to itself', () => {
  for (const script of Object.values(PACKAGE.scripts))
    assert.match(script, /^exec node scripts\/[a-z]+\.js$/);
});

test('a stop signal to npm stops the server behind it in order, and npm waits for that', async (t) => {
  const root = mkdtempSync(path.join(tmpdir(), 'roost-npm-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const server = `process.on('SIGTERM', () => setTimeout(() => { console.log('stopped'); process.exit(); }, 200));
    console.log('up');
    setInterval(() => {}, 1000);`;
  mkdirSync(path.join(root, 'scripts'));
  writeFileSync(path.join(root, 'server.mjs'), server);
  writeFileSync(
    path.join(root, 'scripts/start.js'),
    `import { handOver } from ${JSON.stringify(new URL('../server/src/own-node.js', import.meta.url).href)};
    process.exitCode = await handOver(process.execPath, ['server.mjs']);`,
  );
  writeFileSync(
    path.join(root, 'package.json'),
    JSON.stringify({ name: 'x', type: 'module', scripts: { start: PACKAGE.scripts.start } }),
  );
  const npm = spawn('npm', ['start', '--silent'], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  npm.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
    if (output === 'up\n') npm.kill('SIGTERM');
  });
  const code = await new Promise((resolve) => npm.on('close', resolve));
  assert.equal(output, 'up\nstopped\n');
  assert.equal(code, 0);
});
