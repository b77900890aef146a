import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { masterKeyIn } from './master-key.ts';
import { systemRandom } from './random.ts';

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'roost-key-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('a key is generated once, for its owner`s eyes, and found again', (t) => {
  const folder = join(folderFor(t), 'data');
  const key = masterKeyIn(folder, systemRandom);
  assert.equal(key.length, 32);
  assert.deepEqual(masterKeyIn(folder, systemRandom), key);
  if (process.platform === 'win32') return;
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.equal(statSync(join(folder, 'secret.key')).mode & 0o777, 0o600);
});

test('a key that others can read stops the start, and the sentence says what to do', (t) => {
  if (process.platform === 'win32') return t.skip('Windows has no file modes');
  const folder = folderFor(t);
  masterKeyIn(folder, systemRandom);
  chmodSync(join(folder, 'secret.key'), 0o640);
  assert.throws(() => masterKeyIn(folder, systemRandom), /chmod 600/);
});

test('a file that is no key stops the start, and is neither used nor replaced', (t) => {
  const folder = folderFor(t);
  writeFileSync(join(folder, 'secret.key'), 'too short\n', { mode: 0o600 });
  assert.throws(() => masterKeyIn(folder, systemRandom), /does not hold 32 bytes/);
  assert.throws(() => masterKeyIn(folder, systemRandom), /does not hold 32 bytes/);
});
