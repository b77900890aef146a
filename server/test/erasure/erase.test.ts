import assert from 'node:assert/strict';
import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { erasuresDue } from '../../src/app/erasure/restore.ts';
import { createVault } from '../../src/app/vault.ts';
import { readErasures } from '../../src/domain/erasure.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { openDatabase } from '../../src/store/open.ts';
import { findNeedles, type Hit } from '../confidential/needle-scan.ts';
import { SECRET, sqliteHome, startAt } from '../operations/databases.ts';
import { freshFolder, roost } from '../operations/support.ts';
import { LIVE_KEY, type StartedRoost, startRoost } from '../support/roost.ts';
import { LOOPBACK, startReceiver } from '../webhooks/receiver.ts';
import { until, wrong } from '../wire/wire.ts';

const NUMBER = '+31611112222';
const MAILBOX = 'erase.me@example.com';
const OTHER = '+31633334444';

/** Everything of which Roost keeps something about a recipient, told of two of them by both keys. */
async function live(server: StartedRoost): Promise<void> {
  for (const key of [undefined, LIVE_KEY]) {
    const more = key === undefined ? {} : { key };
    for (const [recipient, type] of [
      [NUMBER, 'sms'],
      [OTHER, 'sms'],
      [MAILBOX, 'email'],
    ]) {
      const headers = { 'idempotency-key': `${recipient}-${key}` };
      const json = {
        recipient,
        type,
        timeout: 300,
        clientIp: '203.0.113.7',
        deviceToken: 'device of theirs',
      };
      const made = await server.call('POST', '/verify', { ...more, json, headers });
      assert.equal(made.status, 201, made.text);
    }
    const text = { originator: 'Roost', recipients: [NUMBER, OTHER], body: 'come back tomorrow' };
    assert.equal((await server.call('POST', '/messages', { ...more, json: text })).status, 201);
    assert.equal((await server.call('POST', '/hlr', { ...more, json: { msisdn: NUMBER } })).status, 201);
    for (const [kind, name] of [
      ['sms', 'phone'],
      ['email', 'mailbox'],
    ] as const) {
      const json = { kind, recipient: kind === 'sms' ? NUMBER : MAILBOX };
      const made = await server.call('POST', `/v1/users/${name}-owner/factors`, { ...more, json });
      assert.equal(made.status, 201, made.text);
    }
  }
  const { id, code } = await server
    .createVerification(NUMBER, { clientIp: '203.0.113.7' })
    .catch(() => ({ id: '', code: '' }));
  if (id !== '') await server.check(id, code);
  await server.roost.settle();
}

const hashes = (recipient: string) => {
  const vault = createVault(Buffer.from(SECRET, 'hex'), systemRandom);
  const kind = recipient.includes('@') ? 'email' : 'phone';
  return vault.recipientKey({ kind, address: recipient, country: null } as never);
};

/** Every place where the number, the address or a hash that finds them still lies. */
function traces(folder: string, what: readonly string[], logged: readonly string[] = []): readonly Hit[] {
  const needles = what.flatMap((secret) => [
    { what: secret, secret: secret.replace(/^\+/, '') },
    { what: `hash of ${secret}`, secret: hashes(secret) },
  ]);
  const files = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))] as const);
  const raw = what.map((secret) => [secret, Buffer.from(hashes(secret), 'hex')] as const);
  return [
    ...files.flatMap(([name, bytes]) => [
      ...findNeedles(needles, bytes, name),
      ...raw.flatMap(([secret, hash]) =>
        bytes.includes(hash) ? [{ what: secret, form: 'its hash', where: name }] : [],
      ),
    ]),
    ...findNeedles(needles, Buffer.from(logged.join('')), 'the log'),
  ];
}

/** How many rows there are of each table that can be about a recipient, and of which sealed copies are. */
function rowsAbout(folder: string, recipient: string): Record<string, number> {
  const db = new DatabaseSync(join(folder, 'roost.db'), { readOnly: true });
  const key = Buffer.from(hashes(recipient), 'hex');
  const counts: Record<string, number> = {};
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all() as {
    name: string;
  }[];
  for (const { name } of tables) {
    const columns = db.prepare('SELECT name FROM pragma_table_info(?)').all(name) as { name: string }[];
    for (const column of columns) {
      const sql = `SELECT count(*) AS count FROM ${name} WHERE ${column.name} = ?`;
      const { count } = db.prepare(sql).get(key) as { count: number };
      if (count > 0) counts[`${name}.${column.name}`] = count;
    }
  }
  db.close();
  return counts;
}

async function started(t: TestContext): Promise<StartedRoost> {
  const home = sqliteHome(freshFolder(t));
  return startAt(t, home, { env: LOOPBACK.env ?? {} });
}

// Who asks to be forgotten must be: whoever takes the machine afterwards must not find that they were ever here.
test('after erasing, neither the number, the address, nor a hash that finds them is in the database, its WAL or the log', async (t) => {
  const server = await started(t);
  const receiver = await startReceiver(t);
  for (const key of [undefined, LIVE_KEY]) {
    const made = await server.call('POST', '/v1/webhooks', {
      ...(key === undefined ? {} : { key }),
      json: { url: receiver.url, recipients: 'full' },
    });
    assert.equal(made.status, 201, made.text);
  }
  await live(server);
  await until('webhooks were told', async () => receiver.got.length > 5);
  for (const one of [NUMBER, MAILBOX])
    assert.ok(Object.keys(rowsAbout(server.folder, one)).length > 1, 'much is kept before');
  assert.ok(rowsAbout(server.folder, NUMBER)['haunts.user_key'], 'a place of theirs is known');
  for (const recipient of [NUMBER, MAILBOX]) {
    const erased = await server.call('POST', '/v1/erasures', { key: LIVE_KEY, json: { recipient } });
    assert.equal(erased.status, 200, erased.text);
    const { lostFactors, erased: counts } = erased.body;
    assert.equal(lostFactors.length, 2, 'one of each mode');
    assert.match(lostFactors[0].consequence, /see that the user has another factor/);
    assert.ok(counts.verifications >= 3 && counts.answers >= 2, erased.text);
    assert.deepEqual(rowsAbout(server.folder, recipient), {});
  }
  assert.ok(rowsAbout(server.folder, OTHER)['verifications.recipient_key'], 'others stay');
  assert.ok(readdirSync(server.folder).includes('roost.db-wal'), 'while it runs');
  assert.deepEqual(traces(server.folder, [NUMBER, MAILBOX], server.logged), []);
});

test('a test key erases what test keys made and nothing that is live', async (t) => {
  const server = await started(t);
  await live(server);
  const erased = await server.call('POST', '/v1/erasures', { json: { recipient: NUMBER } });
  assert.equal(erased.status, 200, erased.text);
  const left = await server.call('POST', '/v1/exports', { key: LIVE_KEY, json: { recipient: NUMBER } });
  assert.ok(left.body.verifications.length > 0);
  assert.ok(left.body.verifications.every(({ mode }: { mode: string }) => mode === 'live'));
});

// Stops a guesser who has his victim erased to be given ten guesses more.
test('erasing gives no guess back, and the guesses are forgotten once their time is over', async (t) => {
  const server = await started(t);
  let wrongs = 0;
  for (let made = 0; made < 5 && wrongs < 10; made += 1) {
    const answer = await server.call('POST', '/verify', {
      json: { recipient: NUMBER, returnToken: true, timeout: 300 },
    });
    assert.equal(answer.status, 201, answer.text);
    for (let i = 0; i < 3 && wrongs < 10; i += 1) {
      await server.check(answer.body.id, wrong(answer.body.token));
      wrongs += 1;
    }
  }
  const create = () => server.call('POST', '/verify', { json: { recipient: NUMBER } });
  assert.equal((await create()).status, 422);
  await server.call('POST', '/v1/erasures', { json: { recipient: NUMBER } });
  const refused = await create();
  assert.equal(refused.status, 422);
  assert.match(refused.body.errors[0].description, /too many wrong codes/);
  const { erasedCodes, verifications } = (
    await server.call('POST', '/v1/exports', { json: { recipient: NUMBER } })
  ).body;
  assert.deepEqual(verifications, []);
  assert.equal(
    erasedCodes.reduce((sum: number, { wrongGuesses }: { wrongGuesses: number }) => sum + wrongGuesses, 0),
    10,
  );
  server.clock.advance(86_400_000 + 60_000);
  assert.equal((await create()).status, 201, 'a day later there are guesses again');
});

test('an export tells everything in words: numbers, texts, decisions, factors, and no code', async (t) => {
  const server = await started(t);
  await live(server);
  const { id, code } = await server.createVerification('+31655556666', { reference: 'order 12' });
  const exported = await server.call('POST', '/v1/exports', { json: { recipient: '+31 6 5555 6666' } });
  assert.equal(exported.status, 200, exported.text);
  assert.equal(exported.body.verifications[0].id, id);
  assert.equal(exported.body.verifications[0].recipient, '+31655556666');
  assert.equal(exported.body.verifications[0].reference, 'order 12');
  assert.equal(exported.body.verifications[0].messages.length, 1);
  assert.ok(!exported.text.includes(code));
  const all = (await server.call('POST', '/v1/exports', { key: LIVE_KEY, json: { recipient: NUMBER } })).body;
  assert.ok(all.texts.some(({ body }: { body: string }) => body === 'come back tomorrow'));
  assert.deepEqual([...new Set(all.factors.map(({ user }: { user: string }) => user))], ['phone-owner']);
  assert.ok(all.lookups.some(({ number }: { number: string }) => number === NUMBER));
});

test('what cannot be a recipient is refused, and asking needs a key', async (t) => {
  const server = await startRoost(t);
  for (const path of ['/v1/erasures', '/v1/exports']) {
    const odd = await server.call('POST', path, { json: { recipient: 'nobody' } });
    assert.equal(odd.status, 422);
    assert.equal(odd.body.errors[0].parameter, 'recipient');
    assert.equal((await server.call('POST', path, { key: null, json: { recipient: NUMBER } })).status, 401);
  }
});

// Stops an old backup from bringing back who was promised to be gone.
test('a restore erases again whom the list says was erased since, and the backup says nothing in clear', async (t) => {
  const server = await started(t);
  await live(server);
  const env = sqliteHome(server.folder).env;
  const file = join(freshFolder(t), 'before.roost');
  const taken = await roost(['backup', file, '--json'], { env });
  assert.equal(taken.code, 0, taken.stderr);
  assert.equal(JSON.parse(taken.stdout).inAuditLog, true);
  const erased = await roost(['erase', NUMBER, '--json'], { env });
  assert.equal(erased.code, 0, erased.stderr);
  assert.ok(JSON.parse(erased.stdout).erased.verifications > 0);
  assert.ok(!erased.stdout.includes(NUMBER));
  await server.stop();
  assert.deepEqual(
    findNeedles([{ what: 'the number', secret: NUMBER.slice(1) }], readFileSync(file), 'the backup'),
    [],
  );
  const home = sqliteHome(freshFolder(t));
  const list = join(server.folder, 'erasures.list');
  const restored = await roost(['restore', file, '--erasures', list, '--json'], { env: home.env });
  assert.equal(restored.code, 0, restored.stderr);
  assert.ok(JSON.parse(restored.stdout).erasedAgain.verifications > 0, restored.stdout);
  assert.deepEqual(rowsAbout(home.env.ROOST_DATA, NUMBER), {});
  assert.ok(rowsAbout(home.env.ROOST_DATA, OTHER)['verifications.recipient_key'], 'others are back');
  assert.ok(readFileSync(join(home.env.ROOST_DATA, 'erasures.list'), 'utf8').includes('erased:'));

  // As a restore that was killed before it came to erasing leaves it.
  const broken = sqliteHome(freshFolder(t));
  const database = await openDatabase({ dataFolder: broken.env.ROOST_DATA, databaseUrl: null }, 'change');
  const due = erasuresDue(readErasures(readFileSync(list, 'utf8')));
  await database.restore(createReadStream(file), { nowMs: Date.now(), fits: () => true, due });
  await database.close();
  assert.notDeepEqual(rowsAbout(broken.env.ROOST_DATA, NUMBER), {});
  await startAt(t, broken);
  assert.deepEqual(rowsAbout(broken.env.ROOST_DATA, NUMBER), {}, 'the next start finishes it');
});
