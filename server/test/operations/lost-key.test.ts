import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startRoost } from '../support/roost.ts';
import { freshFolder, roost } from './support.ts';

// A key made in its place would open nothing, and somebody would back it up as the right one.
test('a database whose secret.key is gone is not started, and no new key is made beside it', async (t) => {
  const folder = freshFolder(t);
  const started = await startRoost(t, { folder });
  await started.stop();
  const key = join(folder, 'secret.key');
  rmSync(key);
  const { code, stderr } = await roost(['serve'], { env: { ROOST_DATA: folder, ROOST_PORT: '0' } });
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^roost: secret\.key is missing in .+; put the one back that belongs to the database there\n$/,
  );
  assert.equal(existsSync(key), false);
});
