import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { tables } from '../../src/store/store.ts';
import { sqliteHome, startAt } from '../operations/databases.ts';
import { freshFolder, roost } from '../operations/support.ts';
import { until } from '../wire/wire.ts';

type Entry = { readonly action: string; readonly object: string; readonly actor: string | null };

test('what was done by command, at the start and to the keys is listed, verified and exported', async (t) => {
  const home = sqliteHome(freshFolder(t));
  const { env } = home;
  const server = await startAt(t, home);
  const made = await roost(['keys', 'create', '--mode', 'test', '--name', 'shop', '--json'], { env });
  assert.equal(made.code, 0, made.stderr);
  const { id } = JSON.parse(made.stdout);
  assert.equal((await roost(['keys', 'revoke', id], { env })).code, 0);
  const { read } = server.roost.store;
  await until('all that is written has been chained', async () => {
    return (await read.list(tables.auditEntriesAt, { sequence: 0 }, server.clock())).length === 0;
  });
  const listed = await roost(['audit', 'list', '--json'], { env });
  const entries: Entry[] = JSON.parse(listed.stdout).entries;
  const done = entries.map(({ action }) => action);
  for (const action of [
    'key.provisioned',
    'server.started',
    'signing-key.made',
    'key.created',
    'key.revoked',
  ])
    assert.ok(done.includes(action), `${action} in ${done.join(' ')}`);
  assert.equal(entries.find(({ action }) => action === 'key.created')?.object, id);

  const exported = await roost(['audit', 'export'], { env });
  const lines = exported.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.ok(lines.filter(({ entry }) => entry !== undefined).length >= entries.length);
  const saved = join(freshFolder(t), 'saved.jsonl');
  writeFileSync(saved, exported.stdout);
  const good = await roost(['audit', 'verify', '--checkpoints', saved, '--json'], { env });
  assert.equal(good.code, 0, good.stdout + good.stderr);
  assert.deepEqual(JSON.parse(good.stdout).damages, []);
  assert.ok(JSON.parse(good.stdout).elsewhere >= 1);
  await server.stop();

  const db = new DatabaseSync(join(env.ROOST_DATA, 'roost.db'));
  db.exec("UPDATE audit_entries SET result = 'nothing' WHERE action = 'key.revoked'");
  db.close();
  const bad = await roost(['audit', 'verify'], { env });
  assert.equal(bad.code, 1);
  assert.match(bad.stdout, /WRONG {3}entry \d+: it was changed, or Roost did not write it/);
});

test('a file without a checkpoint, and a time that is none, are told what would be right', async (t) => {
  const home = sqliteHome(freshFolder(t));
  const server = await startAt(t, home);
  await server.stop();
  const empty = join(freshFolder(t), 'empty');
  writeFileSync(empty, 'nothing');
  const unsigned = await roost(['audit', 'verify', '--checkpoints', empty], { env: home.env });
  assert.equal(unsigned.code, 1);
  assert.match(unsigned.stderr, /holds no signed checkpoint/);
  const odd = await roost(['audit', 'list', '--since', 'yesterday'], { env: home.env });
  assert.equal(odd.code, 2);
  assert.match(odd.stderr, /--since: set 90m, 24h, 7d/);
  const nobody = await roost(['erase', 'nobody'], { env: home.env });
  assert.equal(nobody.code, 2);
  assert.match(nobody.stderr, /RECIPIENT: give a number/);
});
