import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test, { type TestContext } from 'node:test';
import { type Env, freshFolder, roost, serve } from './support.ts';

const NOBODY = 65_534;

/** What `roost serve` says when it does not start: one line, no stack, exit code 1. */
async function refusal(env: Env, uid?: number): Promise<string> {
  const { code, stdout, stderr } = await roost(['serve'], { env, ...(uid === undefined ? {} : { uid }) });
  assert.equal(code, 1, stderr);
  assert.equal(stdout, '');
  assert.match(stderr, /^roost: [^\n]+\n$/, 'one line');
  assert.doesNotMatch(stderr, /\bat .*:\d+:\d+|Error:/);
  return stderr;
}

/** A data folder that a Roost has used. */
async function usedFolder(t: TestContext): Promise<string> {
  const folder = freshFolder(t);
  const node = await serve(t, { env: { ROOST_DATA: folder } });
  await node.create('+31612345678');
  await node.stop();
  return folder;
}

test('a data folder that the system makes nobody a folder in stops the start', async (t) => {
  if (!existsSync('/proc/self')) return t.skip('this system has no /proc');
  assert.match(
    await refusal({ ROOST_DATA: '/proc/nope' }),
    /\/proc\/nope cannot be made there; set ROOST_DATA/,
  );
  assert.match(await refusal({ ROOST_DATA: '/proc/nope/deep' }), /\/proc\/nope cannot be made there/);
});

test('a data folder that cannot be written stops the start', async (t) => {
  const folder = freshFolder(t);
  writeFileSync(join(folder, 'file'), '');
  assert.match(await refusal({ ROOST_DATA: join(folder, 'file') }), /file is not a folder; set ROOST_DATA/);
  assert.match(
    await refusal({ ROOST_DATA: join(folder, 'file', 'in') }),
    /is not in a folder; set ROOST_DATA/,
  );
  const closed = join(folder, 'closed');
  mkdirSync(closed, { mode: 0o500 });
  chmodSync(folder, 0o755);
  const isRoot = process.getuid?.() === 0;
  const said = await refusal({ ROOST_DATA: closed }, isRoot ? NOBODY : undefined);
  assert.match(said, /cannot be written; make it writable for this user, or set ROOST_DATA/);
});

test('a database that can only be read stops the start', async (t) => {
  const folder = await usedFolder(t);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) for (const name of readdirSync(folder)) chownSync(join(folder, name), NOBODY, NOBODY);
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  chmodSync(join(folder, 'roost.db'), 0o400);
  const said = await refusal({ ROOST_DATA: folder }, isRoot ? NOBODY : undefined);
  assert.match(said, /roost\.db cannot be (opened and )?written; make /);
});

test('a database of a newer Roost stops the start, and says that a newer Roost is needed', async (t) => {
  const folder = await usedFolder(t);
  const db = new DatabaseSync(join(folder, 'roost.db'));
  db.exec("INSERT INTO migrations VALUES (99, 'from the future', 'x', 0)");
  db.close();
  assert.match(await refusal({ ROOST_DATA: folder }), /schema step 99.*start a newer Roost/);
});

test('a file that is no database stops the start, and is left as it is', async (t) => {
  const folder = freshFolder(t);
  writeFileSync(join(folder, 'roost.db'), 'These are not the rows you are looking for. '.repeat(100));
  assert.match(await refusal({ ROOST_DATA: folder }), /roost\.db is damaged, or no database: put a backup/);
});

test('a database whose pages are damaged stops the start', async (t) => {
  const folder = await usedFolder(t);
  const file = join(folder, 'roost.db');
  const db = new DatabaseSync(file);
  const { page_size: pageBytes } = db.prepare('PRAGMA page_size').get() as { page_size: number };
  const { rootpage } = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'migrations'").get() as {
    rootpage: number;
  };
  db.close();
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(pageBytes, 0x5a), 0, pageBytes, (rootpage - 1) * pageBytes);
  closeSync(handle);
  assert.match(await refusal({ ROOST_DATA: folder }), /roost\.db is damaged: put a backup in its place/);
});

test('a master key that others can read stops the start', async (t) => {
  if (process.platform === 'win32') return t.skip('Windows has no file modes');
  const folder = await usedFolder(t);
  chmodSync(join(folder, 'secret.key'), 0o644);
  assert.match(await refusal({ ROOST_DATA: folder }), /secret\.key can be read by others; run: chmod 600/);
});

test('another master key than the database was made under stops the start', async (t) => {
  const folder = await usedFolder(t);
  const env = {
    ROOST_DATA: folder,
    ROOST_SECRET_KEY: Buffer.from('0123456789abcdef0123456789abcdef').toString('hex'),
  };
  assert.match(await refusal(env), /made under another master key; set the ROOST_SECRET_KEY/);
});

test('a second Roost on the same folder does not start, and the first goes on', async (t) => {
  const folder = freshFolder(t);
  const first = await serve(t, { env: { ROOST_DATA: folder } });
  assert.match(
    await refusal({ ROOST_DATA: folder }),
    /another Roost uses .*roost\.db; stop it, or set ROOST_DATA/,
  );
  assert.equal((await first.create('+31612345678')).status, 201);
});

test('a port that is taken stops the start', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => void other.close());
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const said = await refusal({ ROOST_DATA: freshFolder(t), ROOST_PORT: String(port) });
  assert.match(said, new RegExp(`port ${port} is taken; stop what listens there, or set ROOST_PORT`));
});

test('an unknown setting stops the start, with the name that was probably meant', async (t) => {
  const said = await refusal({ ROOST_DATA: freshFolder(t), ROOST_DRIAN: '1' });
  assert.match(said, /ROOST_DRIAN: there is no such setting; did you mean ROOST_DRAIN\?/);
});

test('a PostgreSQL that does not answer stops the start, and its password is not told', async (t) => {
  const env = {
    ROOST_DATA: freshFolder(t),
    DATABASE_URL: 'postgres://roost:hunter2hunter2@127.0.0.1:1/roost',
    ROOST_SECRET_KEY: Buffer.from('0123456789abcdef0123456789abcdef').toString('hex'),
  };
  const said = await refusal(env);
  assert.match(said, /no PostgreSQL that can be written to answers at 127\.0\.0\.1:1/);
  assert.doesNotMatch(said, /hunter2/);
});
