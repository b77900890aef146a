import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { SECRET } from './databases.ts';
import {
  type Answer,
  freshFolder,
  freshNumber,
  roost,
  type Served,
  type ServeOptions,
  serve,
  until,
} from './support.ts';

const MOST_CREATES = 20_000;
const has = (program: string): boolean => spawnSync(program, ['--version']).status === 0;

/** Creates until the disk gives out: the ids that were acknowledged, and the first answer that was not 201. */
async function fill(node: Served): Promise<{ acknowledged: string[]; refused: Answer }> {
  const acknowledged: string[] = [];
  const refused: Answer[] = [];
  const one = async () => {
    while (refused.length === 0 && acknowledged.length < MOST_CREATES) {
      const answer = await node.create(freshNumber());
      if (answer.status === 201) acknowledged.push(answer.body.id);
      else refused.push(answer);
    }
  };
  await Promise.all(Array.from({ length: 16 }, one));
  const [first] = refused;
  assert.ok(first, `the disk gave out within ${acknowledged.length} creates`);
  return { acknowledged, refused: first };
}

function assertUnavailable({ status, headers, body }: Answer): void {
  assert.equal(status, 503);
  assert.match(headers.get('retry-after') ?? '', /^\d+$/);
  assert.deepEqual(body, {
    errors: [{ code: 100, description: 'Service unavailable; try again in a moment', parameter: null }],
  });
}

/** Loads a node until its disk gives out, gives the space back, and compares what it said with what it kept. */
async function outlives(
  t: TestContext,
  folder: string,
  options: ServeOptions,
  giveBack: (node: Served) => void,
  giveOut: (node: Served) => void = () => {},
): Promise<void> {
  const env = { ROOST_DATA: folder, ROOST_SECRET_KEY: SECRET, ROOST_LOG: 'silent' };
  const node = await serve(t, { ...options, env });
  const early = await Promise.all(Array.from({ length: 50 }, () => node.create(freshNumber())));
  giveOut(node);
  const { acknowledged, refused } = await fill(node).catch((error: Error) => {
    throw new Error(`${error.message} ${node.stderr()}`);
  });
  assertUnavailable(refused);
  for (let i = 0; i < 20; i += 1) {
    const answer = await node.create(freshNumber());
    if (answer.status === 201) acknowledged.push(answer.body.id);
    else assertUnavailable(answer);
  }
  assert.equal(node.child.exitCode, null, 'the process lives');
  const kept = early.find(({ status }) => status === 201);
  assert.ok(kept !== undefined);
  const read = await node.call('GET', `/verify/${kept.body.id}`);
  assert.equal(read.status, 200, 'what is kept can be read');
  giveBack(node);
  const sinceMs = performance.now();
  const works = async () => ((await node.create(freshNumber())).status === 201 ? true : null);
  await until(works, 30_000, 'working again');
  t.diagnostic(
    `${acknowledged.length} acknowledged, works again after ${(performance.now() - sinceMs).toFixed(0)} ms`,
  );
  for (const { status, body } of early) {
    assert.equal(status, 201);
    acknowledged.push(body.id);
  }
  for (const id of acknowledged) assert.equal((await node.call('GET', `/verify/${id}`)).status, 200);
  // A copy of what it has on disk now, as it may be a disk that only the server sees.
  const copy = freshFolder(t);
  const disk = options.within === undefined ? folder : join(`/proc/${node.child.pid}/root`, folder);
  for (const name of ['roost.db', 'roost.db-wal'])
    writeFileSync(join(copy, name), readFileSync(join(disk, name)));
  const sound = await roost(['verify-store', '--json'], { env: { ...env, ROOST_DATA: copy } });
  assert.deepEqual(JSON.parse(sound.stdout).problems, []);
  assert.equal((await node.stop()).code, 0);
}

// Stops answers that are not kept: a 201 from a disk that took nothing.
test('a disk that answers with errors costs no acknowledged verification, and it recovers by itself', async (t) => {
  if (process.platform !== 'linux' || !has('prlimit')) return t.skip('needs Linux and prlimit');
  const pid = (node: Served) => String(node.child.pid);
  await outlives(t, freshFolder(t), { shell: 'ulimit -S -f 6000' }, (node) => {
    assert.equal(spawnSync('prlimit', ['--pid', pid(node), '--fsize=unlimited']).status, 0);
  });
});

test('a full disk costs no acknowledged verification, and it works again once there is space', async (t) => {
  const isRoot = process.getuid?.() === 0;
  const mounts = isRoot && spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
  if (!mounts) return t.skip('needs Linux, root and the right to mount');
  const folder = freshFolder(t);
  const stuffing = (node: Served) => join(`/proc/${node.child.pid}/root`, folder, 'stuffing');
  await outlives(
    t,
    folder,
    { within: ['unshare', '-m'], shell: `mount -t tmpfs -o size=64m none '${folder}'` },
    (node) => rmSync(stuffing(node)),
    (node) => {
      // All but a few hundred KB, whatever is taken already.
      const block = Buffer.alloc(65_536);
      const freeBytes = () => {
        const { bavail, bsize } = statfsSync(join(stuffing(node), '..'));
        return bavail * bsize;
      };
      writeFileSync(stuffing(node), '');
      while (freeBytes() > 400_000) writeFileSync(stuffing(node), block, { flag: 'a' });
    },
  );
});
