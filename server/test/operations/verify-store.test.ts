import assert from 'node:assert/strict';
import { closeSync, cpSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test, { after, type TestContext } from 'node:test';
import pg from 'pg';
import { startPostgres } from '../../../testing/postgres.ts';
import { fitsMasterKey } from '../../src/app/access/key-check.ts';
import { createVault } from '../../src/app/vault.ts';
import { RETENTION } from '../../src/domain/retention.ts';
import type { Verification } from '../../src/domain/verification.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { openDatabase } from '../../src/store/open.ts';
import { fileIn, type Home, postgresHome, SECRET, sqliteHome, startAt } from './databases.ts';
import { freshFolder, freshNumber, roost } from './support.ts';

const postgres = await startPostgres({ after });

type Verdict = {
  readonly sound: boolean;
  readonly rows: { readonly [table: string]: number };
  readonly checks: readonly string[];
  readonly problems: readonly {
    readonly check: string;
    readonly count: number;
    readonly examples: string[];
  }[];
};

async function verify(home: Home): Promise<Verdict & { readonly code: number | null }> {
  const { code, stdout, stderr } = await roost(['verify-store', '--json'], { env: home.env });
  assert.equal(stderr, '');
  return { code, ...JSON.parse(stdout) };
}

/** Lets a Roost live: verifications that were verified, guessed wrongly, deleted, expired, or are open. */
async function live(t: TestContext, home: Home): Promise<{ open: string; verified: string }> {
  const server = await startAt(t, home);
  const [verified, open, failed, deleted, expired] = await Promise.all(
    Array.from({ length: 5 }, () => server.createVerification(freshNumber())),
  );
  assert.ok(verified && open && failed && deleted && expired);
  await server.check(verified.id, verified.code);
  const wrong = (code: string) => (code === '000000' ? '111111' : '000000');
  for (const _ of [1, 2, 3]) await server.check(failed.id, wrong(failed.code));
  await server.check(open.id, wrong(open.code));
  await server.call('DELETE', `/verify/${deleted.id}`);
  await server.call('GET', '/sandbox/messages?wait=2');
  await server.stop();
  return { open: open.id, verified: verified.id };
}

for (const name of ['SQLite', 'PostgreSQL'] as const) {
  test(`${name}: a store that was lived in is sound, and it is told what was looked at`, async (t) => {
    const folder = freshFolder(t);
    const home =
      name === 'SQLite' ? sqliteHome(folder) : postgresHome(folder, await postgres.createDatabase('sound'));
    await live(t, home);
    const { code, sound, rows, checks, problems } = await verify(home);
    assert.deepEqual(problems, []);
    assert.equal(sound, true);
    assert.equal(code, 0);
    assert.equal(rows.verifications, 5);
    assert.equal(rows.messages, 5);
    assert.ok(checks.length > 25);
    assert.equal(new Set(checks).size, checks.length);
  });
}

const FORGE = 'PRAGMA ignore_check_constraints = ON;';
const DAY_MS = 86_400_000;
/** What each damage is, and the check that must find it. */
const DAMAGES: readonly (readonly [what: string, sql: string, check: RegExp])[] = [
  [
    'rules in force of which no version tells',
    `INSERT INTO layers VALUES ('guard', '*', 1, '{}', NULL, 1, '', 1, NULL)`,
    /stands among its versions/,
  ],
  [
    'a message without its verification',
    'DELETE FROM verifications WHERE rowid = 1',
    /every message has its verification/,
  ],
  [
    'a verification without its message',
    'DELETE FROM messages WHERE rowid = 1',
    /every verification has its message/,
  ],
  [
    'a digest on a closed row, which could be judged again',
    `${FORGE} UPDATE verifications SET code_digest = x'00' WHERE state = 'verified'`,
    /has a digest exactly while it is open/,
  ],
  [
    'attempts on a closed row',
    `${FORGE} UPDATE verifications SET attempts_left = 3 WHERE state = 'failed'`,
    /has attempts left exactly while it is open/,
  ],
  [
    'an open row that says when it was closed',
    `${FORGE} UPDATE verifications SET closed_at_ms = created_at_ms + 1 WHERE state = 'open'`,
    /that is closed says when/,
  ],
  [
    'a state that does not exist',
    `${FORGE} UPDATE verifications SET state = 'approved' WHERE state = 'verified'`,
    /state of every verification is known/,
  ],
  [
    'a sealed code that outlived its code',
    `UPDATE verifications SET sealed_code = x'01', created_at_ms = created_at_ms - ${DAY_MS}, expires_at_ms = created_at_ms - ${DAY_MS} + 30000 WHERE state = 'verified'`,
    /no code is kept past its expiry/,
  ],
  [
    'guesses given back',
    'UPDATE verifications SET wrong_guesses = 0 WHERE wrong_guesses > 0',
    /wrong guesses have a time/,
  ],
  [
    'more attempts than there are',
    "UPDATE verifications SET attempts_left = 500 WHERE state = 'open'",
    /wrong guesses have a time, and stay within/,
  ],
  [
    'four open verifications of one recipient',
    "UPDATE verifications SET recipient_key = (SELECT recipient_key FROM verifications WHERE rowid = 1), state = 'open', code_digest = x'00', attempts_left = 3, closed_at_ms = NULL",
    /at most 3 open verifications/,
  ],
  [
    'the recipients of two rows swapped',
    'UPDATE verifications SET sealed_recipient = (SELECT o.sealed_recipient FROM verifications o WHERE o.rowid = 3 - verifications.rowid) WHERE rowid < 3',
    /sealed recipients open, each in its own row/,
  ],
  [
    'a recipient erased too early',
    "UPDATE verifications SET sealed_recipient = NULL WHERE state = 'verified'",
    /recipients are erased in time, and not before/,
  ],
  [
    'a life of years',
    "UPDATE verifications SET expires_at_ms = expires_at_ms * 2 WHERE state = 'open'",
    /expires within two days/,
  ],
  [
    'a message that is pending for ever',
    "UPDATE messages SET state = 'pending', due_at_ms = NULL, ended_at_ms = NULL WHERE rowid = 1",
    /pending is due/,
  ],
  [
    'a message that ended at no time',
    "UPDATE messages SET ended_at_ms = NULL WHERE state = 'delivered'",
    /that has ended says when/,
  ],
  [
    'an access key without its digest',
    "UPDATE access_keys SET digest = x'00' WHERE mode = 'live'",
    /every access key has a digest/,
  ],
  ['the key of the ids lost', "DELETE FROM settings WHERE name = 'id key'", /the key of the ids is there/],
  [
    'the word about the master key changed',
    "UPDATE settings SET value = 'x' WHERE name = 'key check'",
    /master key is the one/,
  ],
  ['a table dropped', 'DROP TABLE messages', /the tables are there/],
  [
    'a schema step altered',
    "UPDATE migrations SET checksum = 'x' WHERE number = 1",
    /the schema is that of this Roost/,
  ],
];

test('every kind of damage to a copy is found, named and counted, and ends with 3', async (t) => {
  const original = sqliteHome(freshFolder(t));
  await live(t, original);
  const copy = () => {
    const home = sqliteHome(freshFolder(t));
    cpSync(fileIn(original), fileIn(home));
    return home;
  };
  const damaged = DAMAGES.map(([what, sql, check]) => {
    const home = copy();
    const db = new DatabaseSync(fileIn(home), { enableForeignKeyConstraints: false });
    db.exec(sql);
    db.close();
    return { what, home, check };
  });
  const page = copy();
  damagePage(page);
  damaged.push({ what: 'a page overwritten', home: page, check: /the files are as the database left them/ });
  const stranger = copy();
  const other = { ...stranger, env: { ...stranger.env, ROOST_SECRET_KEY: SECRET.replace(/^../, 'ff') } };
  damaged.push({ what: 'another master key', home: other, check: /master key is the one/ });
  for (const { what, home, check } of damaged) {
    const { problems } = await inspect(home);
    const problem = problems.find((each) => check.test(each.check));
    assert.ok(problem, `${what}: found only ${JSON.stringify(problems)}`);
    assert.ok(problem.count > 0 && problem.examples.length > 0, what);
  }
  for (const { what, home } of [damaged[0], damaged.at(-1)].filter((each) => each !== undefined)) {
    const { code, sound } = await verify(home);
    assert.equal(code, 3, what);
    assert.equal(sound, false, what);
  }
});

/** The same in this process, which takes less time than a command of its own. */
async function inspect({ env }: Home) {
  const masterKey = Buffer.from(env.ROOST_SECRET_KEY ?? '', 'hex');
  const vault = createVault(masterKey, systemRandom);
  const database = await openDatabase({ dataFolder: env.ROOST_DATA, databaseUrl: null }, 'read');
  try {
    return await database.check({
      ...{ nowMs: Date.now(), retention: RETENTION, fits: fitsMasterKey(masterKey) },
      opens: (sealedRecipient, owner) => vault.openRecipient({ ...owner, sealedRecipient } as Verification),
    });
  } finally {
    await database.close();
  }
}

function damagePage(home: Home): void {
  const db = new DatabaseSync(fileIn(home));
  const root = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'messages'").get() as {
    rootpage: number;
  };
  const { page_size: pageBytes } = db.prepare('PRAGMA page_size').get() as { page_size: number };
  db.close();
  const file = openSync(fileIn(home), 'r+');
  writeSync(file, Buffer.alloc(pageBytes, 0x5a), 0, pageBytes, (root.rootpage - 1) * pageBytes);
  closeSync(file);
}

test('on PostgreSQL too, what is damaged is found, while a node serves', async (t) => {
  const url = await postgres.createDatabase('damaged');
  const home = postgresHome(freshFolder(t), url);
  await live(t, home);
  const server = await startAt(t, home);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  t.after(() => client.end());
  await client.query("UPDATE verifications SET wrong_guesses = 0 WHERE state = 'failed'");
  // One that shows no other damage: ids of one moment are in no order.
  const sound = "SELECT min(id) FROM verifications WHERE state = 'verified'";
  await client.query(`DELETE FROM verifications WHERE id = (${sound})`);
  const { code, problems } = await verify(home);
  assert.equal(code, 3);
  assert.match(problems.map(({ check }) => check).join(), /every message has its verification/);
  assert.match(problems.map(({ check }) => check).join(), /wrong guesses have a time/);
  assert.equal((await server.call('GET', '/ready')).status, 200);
});

test('a store is checked beside the server that writes to it', async (t) => {
  const home = sqliteHome(freshFolder(t));
  const server = await startAt(t, home);
  let isOver = false;
  const writing = (async () => {
    while (!isOver) await server.createVerification(freshNumber());
  })();
  for (let round = 0; round < 3; round += 1) {
    const { code, problems } = await verify(home);
    assert.deepEqual(problems, []);
    assert.equal(code, 0);
  }
  isOver = true;
  await writing;
});

test('the words of the verdict name each check, and the file is opened from another folder', async (t) => {
  const home = sqliteHome(freshFolder(t));
  await live(t, home);
  const { stdout } = await roost(['verify-store'], { env: home.env });
  assert.match(stdout, /^ok {6}sealed recipients open, each in its own row$/m);
  assert.match(stdout, /^rows {4}.*verifications 5/m);
  assert.match(stdout, /^The store is sound: \d+ checks\.$/m);
  const nowhere = await roost(['verify-store'], {
    env: { ...home.env, ROOST_DATA: join(home.env.ROOST_DATA, 'x') },
  });
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.stderr, /there is no database/);
});
