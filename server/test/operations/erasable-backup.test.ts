import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { startPostgres } from '../../../testing/postgres.ts';
import { openBackupKeys } from '../../src/app/erasure/backup-keys.ts';
import { createSafe } from '../../src/app/safe.ts';
import { createVault } from '../../src/app/vault.ts';
import { backupKeyring } from '../../src/domain/backup-keys.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { enrolPhone } from '../factors/factors.ts';
import type { StartedRoost } from '../support/roost.ts';
import { type Home, postgresHome, sqliteHome, startAt } from './databases.ts';
import { freshFolder, roost, type Scope } from './support.ts';

const postgres = await startPostgres({ after });
let databases = 0;
const HOMES = {
  SQLite: async (): Promise<Home> => sqliteHome(freshFolder({ after })),
  PostgreSQL: async (): Promise<Home> =>
    postgresHome(freshFolder({ after }), await postgres.createDatabase(`erasable_${databases++}`)),
} as const;

const ERASED = '+31611112222';
const KEPT = '+31633334444';

/** Everything that there can be about somebody: codes, a text, a factor, a look-up. */
async function live(server: StartedRoost, recipient: string, user: string): Promise<void> {
  for (let i = 0; i < 3; i += 1) {
    const { id, code } = await server.createVerification(recipient);
    if (i > 0) await server.check(id, code);
  }
  const json = { originator: 'Bank', body: 'Your parcel is here', recipients: [recipient] };
  assert.equal((await server.call('POST', '/messages', { json })).status, 201);
  assert.equal((await server.call('POST', '/hlr', { json: { msisdn: recipient } })).status, 201);
  await enrolPhone(server, user, recipient);
}

async function run(home: Home, ...args: string[]) {
  const done = await roost([...args, '--json'], { env: home.env });
  return { ...done, json: done.code === 0 ? JSON.parse(done.stdout) : null };
}

/** What a store knows of somebody, as they would be told. */
async function knownOf(t: Scope, home: Home, recipient: string): Promise<number> {
  const server = await startAt(t, home);
  const told = await server.call('POST', '/v1/exports', { json: { recipient } });
  assert.equal(told.status, 200, told.text);
  await server.stop();
  const { verifications, texts, lookups, factors } = told.body;
  return [verifications, texts, lookups, factors].flat().length;
}

for (const [name, make] of Object.entries(HOMES)) {
  // Stops somebody who holds an old backup, the master key and the newest keys from reading whom we promised to forget.
  test(`${name}: once somebody is erased, an erasable backup of before is dark about them, and about nobody else`, async (t) => {
    const home = await make();
    const server = await startAt(t, home);
    await live(server, ERASED, 'ann');
    await live(server, KEPT, 'bob');
    const folder = home.env.ROOST_DATA;
    const [file, keys, old] = ['old.roost', 'backup.keys', 'old.keys'].map((one) => join(folder, one)) as [
      string,
      string,
      string,
    ];
    const backedUp = await run(home, 'backup', file, '--keys', keys);
    assert.equal(backedUp.code, 0, backedUp.stderr);
    assert.equal(statSync(keys).mode & 0o777, 0o600);
    copyFileSync(keys, old);
    assert.equal((await server.call('POST', '/v1/erasures', { json: { recipient: ERASED } })).status, 200);
    assert.equal((await run(home, 'backup-keys', keys)).code, 0);

    const lines = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const safe = createSafe(server.roost.masterKey, systemRandom);
    const ringIn = (path: string) => backupKeyring(openBackupKeys(safe, readFileSync(path, 'utf8').trim()));
    const ways = lines.flatMap(({ about }) => (about === undefined ? [] : [about as string]));
    const openedBy = (path: string) => ways.filter((way) => ringIn(path).keyAt(way) !== null).length;
    assert.equal(openedBy(old), ways.length, 'with the keys of then all of it opened');
    const isShut = ways.length - openedBy(keys);
    assert.ok(isShut >= 6 && isShut < ways.length, `${isShut} of ${ways.length}`);
    assert.deepEqual(inTheOpen(file, server, ERASED), [], 'nothing that finds the number stands in the open');

    await server.stop();

    const other = await make();
    const restored = await run(other, 'restore', file, '--keys', keys);
    assert.equal(restored.code, 0, restored.stderr);
    assert.equal(restored.json.dark, isShut);
    const sound = await run(other, 'verify-store');
    assert.equal(sound.code, 0, sound.stdout + sound.stderr);
    assert.equal(await knownOf(t, other, ERASED), 0);
    assert.ok((await knownOf(t, other, KEPT)) >= 5);
  });
}

test('only the newest keys may be kept; without any nothing is restored; and whoever comes again is in the next backup', async (t) => {
  const home = await HOMES.SQLite();
  const server = await startAt(t, home);
  const folder = home.env.ROOST_DATA;
  const [keys, old, file, next, plain] = [
    'new.keys',
    'old.keys',
    'old.roost',
    'next.roost',
    'plain.roost',
  ].map((one) => join(folder, one)) as [string, string, string, string, string];
  const none = await run(home, 'backup-keys', keys);
  assert.deepEqual([none.code, /make a backup with --keys first/.test(none.stderr)], [1, true]);
  await server.createVerification(ERASED);
  await run(home, 'backup', file, '--keys', old);
  await server.call('POST', '/v1/erasures', { json: { recipient: ERASED } });
  await server.createVerification(ERASED);
  await run(home, 'backup', next, '--keys', keys);
  await run(home, 'backup', plain);
  await server.stop();
  assert.ok(!readFileSync(plain, 'utf8').includes('backup keys'), 'they are in no backup');

  const empty = await HOMES.SQLite();
  const refused = await run(empty, 'restore', file);
  assert.equal(refused.code, 3);
  assert.match(refused.stderr, /erasable one; name the file of its keys, --keys FILE/);
  const wrong = await run(empty, 'restore', file, '--keys', plain);
  assert.match(wrong.stderr, /holds no keys of backups, or those of another master key/);
  assert.equal((await run(empty, 'restore', next, '--keys', keys)).json.dark, 0);
  assert.equal(await knownOf(t, empty, ERASED), 1);
  const before = await HOMES.SQLite();
  assert.equal((await run(before, 'restore', file, '--keys', old)).json.dark, 0);
  assert.equal(await knownOf(t, before, ERASED), 1);
});

/** Lines of a backup that hold the keyed hash of a number in the open. */
function inTheOpen(file: string, { roost: { masterKey } }: StartedRoost, address: string): readonly string[] {
  const hash = createVault(masterKey, systemRandom).recipientKey({ kind: 'phone', address, country: 'NL' });
  const written = Buffer.from(hash, 'hex').toString('base64');
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.includes(hash) || line.includes(written) || line.includes(address.slice(1)));
}
