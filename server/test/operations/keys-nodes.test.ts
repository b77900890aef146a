import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inTime } from '../../../testing/in-time.ts';
import { startPostgres } from '../../../testing/postgres.ts';
import { type Home, postgresHome } from './databases.ts';
import { freshFolder, roost, type Served, serve, until } from './support.ts';

const WITHIN_MS = 1_000;
const postgres = await startPostgres({ after });

// Stops a stolen key: the node that was not told must not go on taking it.
test('a key that is revoked under load is refused by every node within a second, and by none later than that', async (t) => {
  const home = postgresHome(freshFolder(t), await postgres.createDatabase('keys'));
  const nodes = [await serve(t, { env: home.env }), await serve(t, { env: home.env })];
  await inTime(WITHIN_MS, async () => {
    const late = await lastTakenMs(home, nodes);
    t.diagnostic(`last accepted ${late.join(' and ')} ms after the command had ended`);
    return Math.max(...late);
  });
});

/** Revokes a key under load; answers until when each node took it, in milliseconds after the command had ended. */
async function lastTakenMs(home: Home, nodes: readonly Served[]): Promise<number[]> {
  const made = await roost(['keys', 'create', '--mode', 'test', '--name', 'stolen', '--json'], {
    env: home.env,
  });
  assert.equal(made.code, 0, made.stderr);
  const { id, key } = JSON.parse(made.stdout);
  const status = async (url: string) => {
    const headers = { authorization: `AccessKey ${key}` };
    return (await fetch(`${url}/verify/${'0'.repeat(32)}`, { headers })).status;
  };
  for (const { url } of nodes) {
    await until(async () => ((await status(url)) === 404 ? true : null), 30_000, 'taking the new key');
  }
  const lastAcceptedMs = nodes.map(() => 0);
  let isOver = false;
  const asking = nodes.map(async ({ url }, i) => {
    while (!isOver) {
      const sentMs = performance.now();
      if ((await status(url)) !== 401) lastAcceptedMs[i] = sentMs;
      await sleep(5);
    }
  });
  const { code } = await roost(['keys', 'revoke', id], { env: home.env });
  const revokedMs = performance.now();
  assert.equal(code, 0);
  await sleep(2 * WITHIN_MS);
  isOver = true;
  await Promise.all(asking);
  return lastAcceptedMs.map((ms) => Math.round(ms - revokedMs));
}
