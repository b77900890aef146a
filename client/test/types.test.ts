import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const TSC = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
const CALLS = fileURLToPath(new URL('calls.ts', import.meta.url));
const FLAGS = '--ignoreConfig --noEmit --strict --exactOptionalPropertyTypes --skipLibCheck --types node';
const MODULES = '--target es2024 --module nodenext --allowImportingTsExtensions';

test('right calls compile, and calls that cannot be right do not', () => {
  const args = [TSC, ...FLAGS.split(' '), ...MODULES.split(' '), CALLS];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(status, 0, `${stdout}${stderr}`);
});
