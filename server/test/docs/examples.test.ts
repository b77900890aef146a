import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { startRoost } from '../support/roost.ts';
import { codesIn, ROOT, readText, rowsOf } from './markdown.ts';

const run = promisify(execFile);
const commands = rowsOf(readText('examples/README.md')).map(([, command]) => codesIn(command ?? '')[0] ?? '');

const hasCurl = () =>
  run('curl', ['--version']).then(
    () => true,
    () => false,
  );

test('every file of the examples is run by a command of their README', () => {
  const files = globSync('examples/**/*.{sh,ts,js}', { cwd: ROOT });
  assert.ok(files.length >= 4);
  for (const file of files)
    assert.ok(
      commands.some((command) => command.includes(file)),
      file,
    );
});

const isLonger = (command: string): boolean => /second-factor|sandbox/.test(command);

test('the longer example enrols, signs in, and approves a payment', async (t) => {
  const roost = await startRoost(t);
  const command = commands.find((each) => each.includes('second-factor')) ?? '';
  const typed = command.replace('test_…', roost.testKey).replace(/ node /, ` ${process.execPath} `);
  const env = { PATH: process.env.PATH, ROOST_URL: roost.url };
  const { stdout, stderr } = await run('sh', ['-c', typed], { ...{ cwd: ROOT, env, timeout: 30_000 } });
  assert.equal(stderr, '');
  assert.deepEqual(stdout.split('\n'), [
    'An authenticator app is confirmed, and 10 recovery codes are on paper.',
    'Signed in: by a wrong code false, by the app true, by a recovery code true.',
    'The phone showed: Code %token approves: EUR 1250.00 to Vogel & Zoon BV. Never share it.',
    'Approved: 1250.00 to Vogel & Zoon BV.',
    '',
  ]);
});

test('the example of the sandbox has a provider refuse, and a code get too old', async (t) => {
  const roost = await startRoost(t);
  const command = commands.find((each) => each.includes('sandbox')) ?? '';
  const typed = command.replace('test_…', roost.testKey).replace(/ node /, ` ${process.execPath} `);
  const env = { PATH: process.env.PATH, ROOST_URL: roost.url };
  const { stdout, stderr } = await run('sh', ['-c', typed], { ...{ cwd: ROOT, env, timeout: 30_000 } });
  assert.equal(stderr, '');
  assert.deepEqual(stdout.split('\n'), [
    'With a provider that refuses, the verification is failed.',
    'Five minutes later: The token has expired.',
    '',
  ]);
});

for (const command of commands.filter((each) => !isLonger(each))) {
  test(`it verifies a number: ${command}`, async (t) => {
    if (command.includes('curl') && !(await hasCurl())) return t.skip('curl is not installed');
    const roost = await startRoost(t);
    const typed = command.replace('test_…', roost.testKey).replace(/ node /, ` ${process.execPath} `);
    const env = { PATH: process.env.PATH, ROOST_URL: roost.url };
    const { stdout, stderr } = await run('sh', ['-c', typed], {
      ...{ cwd: ROOT, env, timeout: 30_000 },
    });
    assert.equal(stderr, '');
    assert.match(stdout, /^A code was sent for the verification [0-9a-f]{32}\.\n/);
    assert.match(stdout, /\nThe number is verified\.\n$/);
  });
}
