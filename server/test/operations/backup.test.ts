import assert from 'node:assert/strict';
import { createReadStream, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres } from '../../../testing/postgres.ts';
import { RETENTION } from '../../src/domain/retention.ts';
import { openDatabase } from '../../src/store/open.ts';
import { challenge, check, enrolApp, refusalOf, STEP_MS } from '../factors/factors.ts';
import type { StartedRoost } from '../support/roost.ts';
import { type Home, postgresHome, SECRET, sqliteHome, startAt } from './databases.ts';
import { freshFolder, freshNumber, roost, type Scope } from './support.ts';

const postgres = await startPostgres({ after });
/** `BACKUP_ROUNDS=1000` tries longer. */
const ROUNDS = Number(process.env.BACKUP_ROUNDS ?? 20);
let databases = 0;

type MakeHome = (t: Scope) => Promise<Home>;
const makeSqlite: MakeHome = async (t) => sqliteHome(freshFolder(t));
const makePostgres: MakeHome = async (t) =>
  postgresHome(freshFolder(t), await postgres.createDatabase(`operations_${databases++}`));
const HOMES = { SQLite: makeSqlite, PostgreSQL: makePostgres } as const;

const where = ({ env }: Home) => ({ dataFolder: env.ROOST_DATA, databaseUrl: env.DATABASE_URL ?? null });

/** Keeps creating and checking until it is told to stop; answers ids that were acknowledged, with their times. */
function load(server: StartedRoost) {
  const acknowledged: { id: string; atMs: number }[] = [];
  let isOver = false;
  const one = async () => {
    while (!isOver) {
      const { id, code } = await server.createVerification(freshNumber());
      acknowledged.push({ id, atMs: performance.now() });
      if (acknowledged.length % 2 === 0) await server.check(id, code);
    }
  };
  const loops = Promise.all(Array.from({ length: 8 }, one));
  return {
    acknowledged,
    stop: async () => {
      isOver = true;
      await loops;
    },
  };
}

for (const [name, make] of Object.entries(HOMES)) {
  // Stops the fraud of an old backup: who kept the codes of yesterday must not get in with them today.
  test(`${name}: of 20 codes used after a backup none works once it is restored, nor does any that was open`, async (t) => {
    const home = await make(t);
    const first = await startAt(t, home);
    const used = await Promise.all(Array.from({ length: 20 }, () => first.createVerification(freshNumber())));
    const open = await Promise.all(Array.from({ length: 5 }, () => first.createVerification(freshNumber())));
    const guessed = { number: freshNumber(), wrong: 0 };
    for (const _ of [1, 2, 3]) {
      const { id, code } = await first.createVerification(guessed.number);
      const wrong = code === '000000' ? '111111' : '000000';
      for (const _ of [1, 2, 3]) guessed.wrong += (await first.check(id, wrong)).status === 422 ? 1 : 0;
    }
    const file = join(home.env.ROOST_DATA, 'before.roost');
    const done = await roost(['backup', file, '--json'], { env: home.env });
    assert.equal(done.code, 0, done.stderr);
    assert.equal(JSON.parse(done.stdout).rows.verifications, 28);
    for (const { id, code } of used) assert.equal((await first.check(id, code)).status, 200);
    await first.stop();

    const other = await make(t);
    const restored = await roost(['restore', file, '--json'], { env: other.env });
    assert.equal(restored.code, 0, restored.stderr);
    assert.equal(JSON.parse(restored.stdout).ended, 25);
    const second = await startAt(t, other);
    for (const { id, code } of [...used, ...open]) {
      const answer = await second.check(id, code);
      assert.equal(answer.status, 422);
      assert.equal(answer.body.errors[0].description, 'The token has already been processed.');
      assert.equal((await second.call('GET', `/verify/${id}`)).body.status, 'failed');
    }
    const phone = await second.call('GET', '/sandbox/messages');
    assert.deepEqual(phone.body, { messages: [] }, 'no code can be read any more');
    assert.equal(guessed.wrong, 9);
    const again = await second.call('POST', '/verify', {
      json: { recipient: guessed.number, maxAttempts: 3 },
    });
    assert.equal(again.status, 201, 'one attempt of ten is left');
    await second.check(again.body.id, '0'.repeat(6));
    const spent = await second.call('POST', '/verify', { json: { recipient: guessed.number } });
    assert.equal(spent.status, 422, 'wrong guesses of before still count');
    const sound = await roost(['verify-store'], { env: other.env });
    assert.equal(sound.code, 0, sound.stdout);
  });

  test(`${name}: ${ROUNDS} backups under load each open clean, and hold all that was acknowledged before they began`, async (t) => {
    const home = await make(t);
    const server = await startAt(t, home);
    const { acknowledged, stop } = load(server);
    const tookMs: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await sleep(10);
      const before = acknowledged.length;
      const database = await openDatabase(where(home), 'read');
      const pieces: Buffer[] = [];
      const sinceMs = performance.now();
      await database.backUp(Date.now(), async (piece) => void pieces.push(piece));
      tookMs.push(performance.now() - sinceMs);
      await database.close();
      const copy = await openDatabase({ dataFolder: freshFolder(t), databaseUrl: null }, 'change');
      const { rows } = await copy.restore(asStream(pieces), { nowMs: Date.now(), fits: () => true });
      assert.ok((rows.verifications ?? 0) >= before, `round ${round}: ${rows.verifications} of ${before}`);
      const check = { nowMs: Date.now(), retention: RETENTION, fits: () => true, opens: () => {} };
      if (round % 10 === 0) assert.deepEqual((await copy.check(check)).problems, []);
      await copy.close();
    }
    await stop();
    const most = Math.max(...tookMs);
    t.diagnostic(
      `${acknowledged.length} verifications made meanwhile; the longest backup took ${most.toFixed(0)} ms`,
    );
  });
}

async function* asStream(pieces: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* pieces;
}

test('a backup shows one moment: what is written while it is being taken is not in it', async (t) => {
  for (const make of Object.values(HOMES)) {
    const home = await make(t);
    const server = await startAt(t, home);
    const create = () => server.createVerification(freshNumber(), { reference: 'x'.repeat(255) });
    for (let i = 0; i < 50; i += 1) await Promise.all(Array.from({ length: 20 }, create));
    const database = await openDatabase(where(home), 'read');
    let pieces = 0;
    const rows = await database.backUp(Date.now(), async () => {
      await create(); // acknowledged while the backup waits
      pieces += 1;
    });
    await database.close();
    assert.ok(pieces > 2, `${home.name}: ${pieces} pieces`);
    assert.equal(rows.verifications, 1_000, home.name);
    assert.equal(rows.messages, 1_000, home.name);
  }
});

/** A backup of a store in which something happened. */
async function backedUp(t: Scope): Promise<{ home: Home; file: string; number: string; code: string }> {
  const home = await makeSqlite(t);
  const server = await startAt(t, home);
  const number = freshNumber();
  const { code } = await server.createVerification(number, { tokenLength: 10 });
  await server.stop();
  const file = join(home.env.ROOST_DATA, 'a.roost');
  const { code: exit, stderr } = await roost(['backup', file], { env: home.env });
  assert.equal(exit, 0, stderr);
  return { home, file, number, code };
}

// Stops the replay of a code or a proof of which the backup knows nothing.
test('no code of an app, no open challenge and no proof of before a restore is good after it', async (t) => {
  const first = await makeSqlite(t);
  const server = await startAt(t, first);
  const app = await enrolApp(server, 'lea');
  const open = await challenge(server, 'lea');
  const approved = await challenge(server, 'lea');
  const proof = (await check(server, approved, app.id, app.code())).body.proof;
  assert.equal(typeof proof, 'string');
  server.clock.advance(STEP_MS);
  const database = await openDatabase(where(first), 'read');
  const pieces: Buffer[] = [];
  await database.backUp(server.clock(), async (piece) => void pieces.push(piece));
  await database.close();
  const used = app.code();
  assert.equal((await check(server, open, app.id, used)).status, 200);
  await server.stop();
  const other = await makeSqlite(t);
  const restoring = await openDatabase(where(other), 'change');
  await restoring.restore(asStream(pieces), { nowMs: server.clock(), fits: () => true });
  await restoring.close();
  const second = await startAt(t, other, { clock: server.clock });
  const ended = await second.call('GET', `/v1/challenges/${open}`);
  assert.equal(ended.body.state, 'failed');
  const again = await challenge(second, 'lea');
  const replayed = await check(second, again, app.id, used);
  assert.equal(replayed.status, 422, replayed.text);
  const redeemed = await second.call('POST', '/v1/proofs/redeem', { json: { proof, purpose: 'sign-in' } });
  assert.equal(refusalOf(redeemed), 'code_spent');
  second.clock.advance(3 * STEP_MS);
  assert.equal((await check(second, await challenge(second, 'lea'), app.id, app.code())).status, 200);
});

test('a store moves from SQLite to PostgreSQL and back with all that it knows', async (t) => {
  const first = await makeSqlite(t);
  const server = await startAt(t, first);
  const made = await server.createVerification('+31612345678', { reference: 'order 17' });
  await server.check(made.id, made.code);
  const before = (await server.call('GET', `/verify/${made.id}`)).body;
  await server.stop();
  let home = first;
  for (const make of [makePostgres, makeSqlite]) {
    const file = join(first.env.ROOST_DATA, `to ${make === makePostgres ? 'PostgreSQL' : 'SQLite'}`);
    const backup = await roost(['backup', file], { env: home.env });
    assert.equal(backup.code, 0, backup.stderr);
    home = await make(t);
    const restored = await roost(['restore', file], { env: home.env });
    assert.equal(restored.code, 0, restored.stderr);
    const moved = await startAt(t, home);
    const after = (await moved.call('GET', `/verify/${made.id}`)).body;
    const strip = ({ href: _, messages: __, ...rest }: Record<string, unknown>) => rest;
    assert.deepEqual(strip(after), strip(before));
    assert.equal((await moved.createVerification(freshNumber())).code.length, 6);
    await moved.stop();
    assert.equal((await roost(['verify-store'], { env: home.env })).code, 0);
  }
});

/** The rows of a backup but for those of the audit log, in which each backup is itself written down. */
function rowsOfBackup(text: string): readonly string[] {
  const own = text.split(/^(?=\{"table":)/m).filter((part) => !part.startsWith('{"table":"audit_'));
  const rows = own.flatMap((part) => part.split('\n').filter((row) => row.startsWith('[')));
  return rows.filter((row) => !row.startsWith('["audit head"'));
}

test('counts of a moment ago, which no row holds yet, are in the backup, and count after a restore on either database', async (t) => {
  const home = sqliteHome(freshFolder(t));
  const first = await startAt(t, home);
  const number = freshNumber();
  const block = number.slice(0, -4);
  for (let last = 1000; last < 1005; last += 1) await first.createVerification(`${block}${last}`);
  const file = join(home.env.ROOST_DATA, 'counts.roost');
  assert.equal((await roost(['backup', file, '--json'], { env: home.env })).code, 0);
  await first.stop();
  for (const make of [makeSqlite, makePostgres]) {
    const other = await make(t);
    const restored = await roost(['restore', file, '--json'], { env: other.env });
    assert.equal(restored.code, 0, restored.stderr);
    const again = join(other.env.ROOST_DATA, 'again.roost');
    assert.equal((await roost(['backup', again], { env: other.env })).code, 0);
    const rows = rowsOfBackup(readFileSync(again, 'utf8')).map((row) => JSON.parse(row));
    const blocks = rows.filter(([subject]) => String(subject).startsWith('test default block '));
    assert.deepEqual(
      blocks.map(([, , counts]) => JSON.parse(counts).hours.at(-1)[1]),
      [5],
    );
  }
});

test('a store that is not empty, or in use, is left as it is, and the answer says what to do', async (t) => {
  const { home, file } = await backedUp(t);
  const rows = async () => rowsOfBackup((await roost(['backup', '-'], { env: home.env })).stdout);
  const before = await rows();
  assert.ok(before.some((row) => row.includes('Your code is')));
  const full = await roost(['restore', file], { env: home.env });
  assert.equal(full.code, 3);
  assert.match(
    full.stderr,
    /^roost: the database is not empty \(.* has rows\): restore into a new one, or set ROOST_DATA/,
  );
  assert.deepEqual(await rows(), before);
  const served = await makeSqlite(t);
  await startAt(t, served);
  const busy = await roost(['restore', file], { env: served.env });
  assert.equal(busy.code, 1);
  assert.match(busy.stderr, /^roost: another Roost uses .*roost\.db; stop it/);
});

test('a backup that is damaged, broken off, foreign, or of another master key restores nothing', async (t) => {
  const { file } = await backedUp(t);
  const text = readFileSync(file, 'utf8');
  const lines = text.trimEnd().split('\n');
  const row = lines.findIndex((line) => line.includes('Your code is'));
  const newer = text.replace(/"schema":\d+/, '"schema":99');
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['another letter', text.replace('Your code is', 'Your code as'), /checksum is not that of its content/],
    ['a row less', lines.toSpliced(row, 1).join('\n').concat('\n'), /is damaged/],
    ['no end', lines.slice(0, -1).join('\n').concat('\n'), /its end is missing/],
    ['broken off', text.slice(0, text.length / 2), /its end is missing/],
    ['more after the end', `${text}[]\n`, /goes on after its end/],
    ['something else', '{"hello":1}\n', /no backup of Roost/],
    ['nothing', '', /its end is missing/],
    ['a table of its own', text.replace('"table":"users"', '"table":"sqlite_schema"'), /is damaged/],
    ['SQL for a name', text.replace('"table":"users"', '"table":"users; DROP TABLE users"'), /is damaged/],
    ['a newer Roost', newer, /schema step 99.*use a newer Roost/],
  ];
  for (const [what, content, expected] of cases) {
    const home = await makeSqlite(t);
    const altered = join(home.env.ROOST_DATA, 'altered.roost');
    writeFileSync(altered, content);
    const database = await openDatabase(where(home), 'change');
    const restoring = database.restore(createReadStream(altered), { nowMs: Date.now(), fits: () => true });
    await assert.rejects(restoring, (error: Error) => {
      assert.equal(error.name, 'DatabaseRefused', what);
      assert.match(error.message, expected, what);
      return true;
    });
    const steps = await database.steps();
    assert.ok(
      steps.every(({ state }) => state === 'outstanding'),
      `${what}: not even a table was made`,
    );
    await database.close();
  }
  const stranger = sqliteHome(freshFolder(t));
  const env = { ...stranger.env, ROOST_SECRET_KEY: SECRET.replace(/^../, 'ff') };
  const other = await roost(['restore', file], { env });
  assert.equal(other.code, 3);
  assert.match(other.stderr, /made under another master key/);
  const keyless = await roost(['restore', file], { env: { ROOST_DATA: freshFolder(t) } });
  assert.equal(keyless.code, 1);
  assert.match(keyless.stderr, /the master key is missing: set ROOST_SECRET_KEY, or put the secret\.key/);
});

test('a backup can be read by its owner alone, holds no code, number or key, and replaces no file', async (t) => {
  const { home, file, number, code } = await backedUp(t);
  const text = readFileSync(file, 'utf8');
  for (const needle of [
    code,
    number,
    number.slice(1),
    SECRET,
    Buffer.from(SECRET, 'hex').toString('base64'),
  ]) {
    assert.equal(text.includes(needle), false);
    assert.equal(text.includes(Buffer.from(needle).toString('base64').replace(/=+$/, '')), false);
  }
  if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o600);
  const again = await roost(['backup', file], { env: home.env });
  assert.equal(again.code, 1);
  assert.match(again.stderr, /a\.roost exists already; give another name/);
  assert.equal(readFileSync(file, 'utf8'), text);
  assert.equal(existsSync(`${file}.partial`), false);
  const piped = await roost(['backup', '-'], { env: home.env });
  assert.deepEqual(rowsOfBackup(piped.stdout), rowsOfBackup(text));
  assert.match(
    piped.stderr,
    /The master key is not in it\. Keep a copy of ROOST_SECRET_KEY in another place/,
  );
});
