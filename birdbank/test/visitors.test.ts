import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openDatabase } from '../src/database.ts';
import { openKeys } from '../src/keys.ts';
import { NEW_SESSION, type Pending } from '../src/session-data.ts';
import { createSessions } from '../src/sessions.ts';
import { newHolder } from './support/account-holder.ts';
import { startBank } from './support/bank.ts';
import { Visitor } from './support/visitor.ts';

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'birdbank-visitors-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('visitors who only look fill no table, and put nobody out', async (t) => {
  const bank = await startBank(t);
  const ann = await newHolder(bank);
  const bob = new Visitor(bank.url);
  const page = await bob.askForCode('+31612345678');
  const rows = () => Number(bank.database.prepare('SELECT COUNT(*) AS n FROM sessions').get()?.n);
  const before = rows();
  for (let i = 0; i < 200; i += 1) await fetch(`${bank.url}/${i % 2 === 0 ? '' : 'sign-in'}`);
  assert.equal(rows(), before);
  assert.equal((await bob.open(page.path)).status, 200);
  assert.equal((await ann.open('/accounts')).path, '/accounts');
});

test('of too many sessions those that remember least go first: a flood ends no sign-in that is under way', (t) => {
  const database = openDatabase(folderOf(t));
  const sessions = createSessions({ database, nowMs: Date.now, randomBytes }, Buffer.alloc(32), 20);
  const pending = { id: 'x', recipient: '+31612345678' } as Pending;
  const real = Array.from({ length: 5 }, () => {
    const id = sessions.newId();
    sessions.save(id, { ...NEW_SESSION, pending });
    return id;
  });
  const flash = { page: 'number', notice: 'x', problems: [], typed: null };
  for (let i = 0; i < 200; i += 1) sessions.save(sessions.newId(), { ...NEW_SESSION, flash });
  for (const id of real) assert.deepEqual(sessions.find(id)?.pending, pending);
  assert.ok(Number(database.prepare('SELECT COUNT(*) AS n FROM sessions').get()?.n) <= 40);
  database.close();
});

test('an id that BirdBank did not sign is none', (t) => {
  const database = openDatabase(folderOf(t));
  const sessions = createSessions({ database, nowMs: Date.now, randomBytes }, Buffer.alloc(32));
  const id = sessions.newId();
  assert.equal(sessions.find(id), NEW_SESSION);
  for (const other of [
    '',
    'A'.repeat(64),
    id.slice(0, -1),
    `${id}A`,
    `B${id.slice(1)}`,
    id.replace(/.$/, '!'),
  ])
    assert.equal(other === id ? null : sessions.find(other), null, other);
  database.close();
});

test('the key beside the database is its owner’s alone; without it, or with another, BirdBank does not start', (t) => {
  const folder = folderOf(t);
  const database = openDatabase(folder);
  const file = join(folder, 'birdbank.key');
  const keys = openKeys(folder, database, randomBytes);
  assert.deepEqual(openKeys(folder, database, randomBytes), keys, 'it is made once');
  if (process.platform !== 'win32') {
    assert.equal(statSync(file).mode & 0o777, 0o600);
    chmodSync(file, 0o644);
    assert.throws(() => openKeys(folder, database, randomBytes), /can be read by others: chmod 600 it/);
    chmodSync(file, 0o600);
  }
  writeFileSync(file, `${randomBytes(32).toString('base64url')}\n`);
  assert.throws(() => openKeys(folder, database, randomBytes), /is not the key of this database/);
  writeFileSync(file, 'short\n');
  assert.throws(() => openKeys(folder, database, randomBytes), /is damaged/);
  rmSync(file);
  assert.throws(() => openKeys(folder, database, randomBytes), /is missing: without it nobody can sign in/);
  database.close();
});
