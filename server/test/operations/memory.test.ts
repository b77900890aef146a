import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freshFolder, serve } from './support.ts';

const MOST_BYTES = 150e6;

test('a Roost that has started and rests takes less than 150 MB', {
  skip: !existsSync('/proc/self/status'),
}, async (t) => {
  // As in production, where nobody has compiled it before.
  const env = { ROOST_DATA: freshFolder(t), NODE_DISABLE_COMPILE_CACHE: '1' };
  const roost = await serve(t, { env });
  await sleep(4_000);
  const status = readFileSync(`/proc/${roost.child.pid}/status`, 'utf8');
  const bytes = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  t.diagnostic(`${Math.round(bytes / 1e6)} MB`);
  assert.ok(bytes > 0 && bytes < MOST_BYTES, `${Math.round(bytes / 1e6)} MB`);
});
