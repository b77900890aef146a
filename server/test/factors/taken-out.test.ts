import assert from 'node:assert/strict';
import { argon2Sync } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { URI } from 'otpauth';
import { createVault } from '../../src/app/vault.ts';
import { readMigration } from '../../src/domain/factor/migration.ts';
import { readOtpauth, writeOtpauth } from '../../src/domain/factor/otpauth.ts';
import { NEW_TOTP_MEMORY, USUAL_TOTP } from '../../src/domain/factor/totp.ts';
import { type Factor, NEW_TRIES } from '../../src/domain/factor.ts';
import { isProblem } from '../../src/kernel/failure.ts';
import { findMasterKey } from '../../src/kernel/master-key.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { tables } from '../../src/store/store.ts';
import { shell } from '../cli/shell.ts';
import { freshFolder } from '../operations/support.ts';
import { type StartedRoost, startRoost } from '../support/roost.ts';
import { challenge, check, enrolApp, enrolPending, enrolPhone, enrolRecovery, factorsOf } from './factors.ts';

const SEED = '3132333435363738393031323334353637383930';

/** An authenticator app with a key of another form than the usual one; answers its id. */
async function enrolOdd(roost: StartedRoost, user: string, more: object): Promise<string> {
  const made = await roost.call('POST', factorsOf(user), { json: { kind: 'totp', ...more } });
  const code = URI.parse(made.body.secret.uri).generate({ timestamp: roost.clock() } as never);
  const { id } = made.body.factor;
  const confirmed = await roost.call('POST', `${factorsOf(user)}/${id}/confirm`, { json: { code } });
  assert.equal(confirmed.status, 200, confirmed.text);
  return id;
}

async function enrolToken(roost: StartedRoost, user: string, serial: string, line: string, codes: string[]) {
  const data = `${serial},${line}`;
  const stocked = await roost.call('POST', '/v1/tokens/import', { json: { format: 'csv', data } });
  assert.equal(stocked.status, 201, stocked.text);
  const kind = line.split(',')[1];
  const made = await roost.call('POST', factorsOf(user), { json: { kind, serial, name: 'Blue one' } });
  for (const code of codes) {
    const path = `${factorsOf(user)}/${made.body.factor.id}/confirm`;
    assert.equal((await roost.call('POST', path, { json: { code } })).status, 200);
  }
}

/** Takes the factors of the test mode out into a file, and tells its lines. */
async function takenOut(t: TestContext, roost: StartedRoost, more: readonly string[] = []) {
  const file = join(freshFolder(t), 'factors.txt');
  const words = ['factors', 'export', file, '--mode', 'test', '--with-secrets', '--json', ...more];
  const ran = await shell(words, { ROOST_DATA: roost.folder });
  assert.equal(ran.code, 0, ran.stderr);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return { file, told: JSON.parse(ran.stdout), lines };
}

test('every factor of a project is taken out, with all that another system needs to go on with it', async (t) => {
  const roost = await startRoost(t);
  const app = await enrolOdd(roost, 'ann', { digits: 8, algorithm: 'SHA256', name: 'My “phone”' });
  await enrolPhone(roost, 'ann', '+31612345678');
  await enrolRecovery(roost, 'ann');
  await enrolPending(roost, 'ann');
  await enrolToken(roost, 'bob@example.com', 'T-1', `${SEED},hotp,6,0,SHA1`, ['755224']);
  const { file, told, lines } = await takenOut(t, roost, ['--issuer', 'Bird & Bank']);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(join(file, '..')), ['factors.txt'], 'nothing is left beside it');
  const rows = lines.map((line) => JSON.parse(line));
  assert.deepEqual(
    rows.map(({ user, kind }) => `${user} ${kind}`).sort(),
    ['ann recovery', 'ann sms', 'ann totp', 'bob@example.com hotp'],
    'what was never confirmed is not among them',
  );
  const [totp, sms, recovery, hotp] = ['totp', 'sms', 'recovery', 'hotp'].map((wanted) =>
    rows.find(({ kind }) => kind === wanted),
  );
  assert.equal(totp.factor, app);
  assert.equal(totp.name, 'My “phone”');
  const read = URI.parse(totp.uri);
  assert.deepEqual(
    [read.issuer, read.label, read.digits, read.algorithm],
    ['Bird & Bank', 'ann', 8, 'SHA256'],
  );
  assert.equal(sms.recipient, '+31612345678');
  assert.deepEqual([recovery.codesLeft, Object.hasOwn(recovery, 'uri')], [10, false]);
  assert.equal(hotp.serial, 'T-1');
  assert.match(hotp.uri, /counter=1$/, 'the next one');
  assert.equal(URI.parse(hotp.uri).generate({ counter: 1 } as never), '287082');
  assert.deepEqual(
    [told.factors, told.leftOut, told.inAuditLog],
    [{ totp: 1, sms: 1, recovery: 1, hotp: 1 }, {}, true],
  );
  const listed = await shell(['audit', 'list', '--json'], { ROOST_DATA: roost.folder });
  const entries: { action: string; object: string; result: string }[] = JSON.parse(listed.stdout).entries;
  const noted = entries.filter(({ action }) => action === 'factors.exported');
  assert.deepEqual(
    noted.map(({ object, result }) => [object, result]),
    [
      ['test factors of project default', 'begun: jsonl'],
      ['test factors of project default', '4 factors'],
    ],
  );
  assert.ok(!JSON.stringify(entries).includes('bob@'));
});

test('what authenticator apps read: lines of otpauth, and codes of ten for their own hand-over; the rest is counted', async (t) => {
  const roost = await startRoost(t);
  const app = await enrolApp(roost, 'ann');
  await enrolOdd(roost, 'slow', { period: 60 });
  await enrolPhone(roost, 'ann', '+31612345678');
  const uris = await takenOut(t, roost, ['--format', 'otpauth']);
  assert.equal(uris.lines.length, 2);
  assert.deepEqual(uris.told.leftOut, { sms: 1 });
  const uri = uris.lines.find((line) => line.includes(':ann?')) ?? '';
  const code = URI.parse(uri).generate({ timestamp: roost.clock() } as never);
  assert.equal((await check(roost, await challenge(roost, 'ann'), app.id, code)).status, 200);
  const codes = await takenOut(t, roost, ['--format', 'migration']);
  assert.equal(codes.lines.length, 1);
  assert.deepEqual(codes.told.leftOut, { totp: 1, sms: 1 }, 'apps cannot be told of 60 seconds');
  const read = readMigration(codes.lines[0] ?? '');
  assert.ok(!isProblem(read));
  assert.deepEqual(read.keys.map(writeOtpauth), [uri]);
});

test('of 1,000 users every key is there once, in whatever form, and another Roost takes them over', async (t) => {
  const roost = await startRoost(t);
  const vault = createVault(findMasterKey(roost.folder) ?? Buffer.alloc(32), systemRandom);
  const secrets = new Map<string, string>();
  const { store } = roost.roost;
  await Promise.all(
    Array.from({ length: 1_000 }, (_, i) => {
      const user = `user-${i}`;
      const key = { projectId: 'default', mode: 'test', userKey: '' } as const;
      const by = { ...key, userKey: vault.userKey(key, user) };
      const about = { ...by, id: store.newId(), kind: 'totp' } as const;
      const secret = systemRandom.bytes(20);
      secrets.set(user, secret.toString('hex'));
      const factor: Factor = {
        ...{
          ...about,
          name: null,
          tries: NEW_TRIES,
          settings: { ...USUAL_TOTP, mostDriftSteps: 0 },
          serial: null,
        },
        ...{ createdAtMs: store.nowMs(), confirmedAtMs: store.nowMs(), lastUsedAtMs: null },
        ...{ memory: NEW_TOTP_MEMORY, sealedSecret: vault.sealSecret(secret, about) },
      };
      return store.transaction(async (tx) => {
        tx.insert(tables.users, { ...by, sealedName: vault.sealUser(user, by), createdAtMs: tx.nowMs });
        tx.insert(tables.factors, factor);
      });
    }),
  );
  const found = (keys: Iterable<{ account: string; secret: Uint8Array }>) =>
    new Map([...keys].map(({ account, secret }) => [account, Buffer.from(secret).toString('hex')]));
  const keyOf = (uri: string) => {
    const key = readOtpauth(uri);
    assert.ok(!isProblem(key));
    return key;
  };
  const jsonl = await takenOut(t, roost);
  assert.equal(jsonl.lines.length, 1_000);
  assert.deepEqual(
    new Map([...found(jsonl.lines.map((line) => keyOf(JSON.parse(line).uri)))].sort()),
    new Map([...secrets].sort()),
  );
  const otpauth = await takenOut(t, roost, ['--format', 'otpauth']);
  assert.equal(otpauth.lines.length, 1_000);
  const migration = await takenOut(t, roost, ['--format', 'migration']);
  assert.equal(migration.lines.length, 100);
  const parts = migration.lines.map((line) => {
    const read = readMigration(line);
    assert.ok(!isProblem(read));
    return read;
  });
  assert.equal(new Set(parts.map(({ batch }) => batch)).size, 10, 'ten hand-overs of ten codes each');
  assert.deepEqual(
    new Map([...found(parts.flatMap(({ keys }) => keys))].sort()),
    new Map([...secrets].sort()),
  );
  const other = await startRoost(t);
  const [line = ''] = otpauth.lines;
  const { account } = keyOf(line);
  const made = await other.call('POST', factorsOf(account), { json: { kind: 'totp', uri: line } });
  assert.equal(made.status, 201, made.text);
  const code = URI.parse(line).generate({ timestamp: other.clock() } as never);
  const confirmed = await other.call('POST', `${factorsOf(account)}/${made.body.factor.id}/confirm`, {
    json: { code },
  });
  assert.equal(confirmed.status, 200, confirmed.text);
});

test('tokens that nobody holds are taken out too, and another Roost takes the stock over with its counters', async (t) => {
  const roost = await startRoost(t);
  await enrolToken(roost, 'bob', 'HELD', `${SEED},hotp,6,0,SHA1`, ['755224']);
  await enrolToken(roost, 'eve', 'BACK', `${SEED},hotp,6,0,SHA1`, ['755224']);
  const [back] = (await roost.call('GET', factorsOf('eve'))).body.factors;
  assert.equal((await roost.call('DELETE', `${factorsOf('eve')}/${back.id}`)).status, 204);
  await enrolToken(roost, 'dan', 'UNCONFIRMED', `${SEED},totp,8,60,SHA256`, []);
  const data = `NEW,${SEED},ocra,,,OCRA-1:HOTP-SHA1-6:QN08\nGONE,${SEED}`;
  await roost.call('POST', '/v1/tokens/import', { json: { format: 'csv', data } });
  await roost.call('POST', '/v1/tokens/GONE/lost');
  const { lines, told } = await takenOut(t, roost);
  const rows = lines.map((line) => JSON.parse(line)).filter(({ token }) => token !== undefined);
  assert.deepEqual(
    rows.map(({ token, state, kind }) => `${token} ${state} ${kind}`),
    ['BACK stock hotp', 'NEW stock ocra', 'UNCONFIRMED stock totp', 'GONE lost hotp'],
    'one that somebody holds is their factor',
  );
  assert.match(rows[0].uri, /counter=1$/);
  assert.deepEqual(told.factors, { hotp: 1 });
  const inStock = { 'hotp in stock': 1, 'ocra in stock': 1, 'totp in stock': 1 };
  assert.deepEqual(told.tokens, { ...inStock, 'hotp lost': 1 });
  const csv = await takenOut(t, roost, ['--format', 'csv']);
  assert.deepEqual([csv.told.tokens, csv.told.leftOut], [inStock, { hotp: 1, 'hotp lost': 1 }]);
  const otpauth = await takenOut(t, roost, ['--format', 'otpauth']);
  assert.deepEqual(otpauth.told.leftOut, { ...inStock, 'hotp lost': 1 });
  const other = await startRoost(t);
  const json = { format: 'csv', data: csv.lines.join('\n') };
  assert.equal((await other.call('POST', '/v1/tokens/import', { json })).body.tokens.length, 3);
  const made = await other.call('POST', factorsOf('cat'), { json: { kind: 'hotp', serial: 'BACK' } });
  const confirm = (code: string) =>
    other.call('POST', `${factorsOf('cat')}/${made.body.factor.id}/confirm`, { json: { code } });
  assert.equal((await confirm('755224')).status, 422, 'its used codes stay used');
  assert.equal((await confirm('287082')).status, 200);
});

test('of recovery codes there are digests, by which whoever has the master key can judge one; the codes are counted as left out', async (t) => {
  const roost = await startRoost(t);
  const { id, codes } = await enrolRecovery(roost, 'ann');
  const used = await check(roost, await challenge(roost, 'ann'), id, codes[0] ?? '');
  assert.equal(used.status, 200, used.text);
  const { lines, told } = await takenOut(t, roost);
  const row = lines.map((line) => JSON.parse(line)).find(({ kind }) => kind === 'recovery');
  assert.deepEqual([row.codesLeft, row.codes, told.recoveryCodesLeftOut], [9, null, 9]);
  assert.match(row.note, /the codes are not kept/);
  const { memoryKiB, passes, parallelism, bytes, algorithm } = row.hash;
  const vault = createVault(findMasterKey(roost.folder) ?? Buffer.alloc(32), systemRandom);
  const digestOf = (code: string) => {
    const hash = argon2Sync(algorithm, {
      ...{ message: code.replaceAll('-', ''), nonce: Buffer.from(row.salt, 'hex') },
      ...{ memory: memoryKiB, passes, parallelism, tagLength: bytes },
    });
    return vault.digestRecovery(hash, { projectId: 'default', mode: 'test', id: row.factor }).toString('hex');
  };
  assert.deepEqual(codes.slice(1).map(digestOf).sort(), row.digests.toSorted());
  assert.ok(!row.digests.includes(digestOf(codes[0] ?? '')), 'what was used is not among them');
  for (const code of codes) assert.ok(!lines.join().includes(code));
  const otpauth = await takenOut(t, roost, ['--format', 'otpauth']);
  assert.deepEqual([otpauth.told.leftOut, otpauth.told.recoveryCodesLeftOut], [{ recovery: 1 }, 9]);
  const words = ['factors', 'export', '-', '--with-secrets', '--mode', 'test'];
  const said = (await shell(words, { ROOST_DATA: roost.folder })).stderr;
  assert.match(said, /Not in it: 9 recovery codes\. Only digests of them are kept/);
});

test('nothing is taken out unasked: without --with-secrets, over a file, of another project or mode', async (t) => {
  const roost = await startRoost(t);
  await enrolApp(roost, 'ann');
  const env = { ROOST_DATA: roost.folder };
  const file = join(freshFolder(t), 'out');
  const run = (...words: string[]) => shell(['factors', 'export', file, ...words], env);
  const unasked = await run('--mode', 'test');
  assert.equal(unasked.code, 2);
  assert.match(unasked.stderr, /--with-secrets: it writes the secret of every factor in the clear/);
  assert.equal(existsSync(file), false);
  for (const [wrong, why] of [
    [['--format', 'xml'], /--format: set jsonl, otpauth, migration or csv/],
    [['--mode', 'both'], /--mode: set live or test/],
    [['--issuer', 'a:b'], /--issuer: /],
  ] as const) {
    const refused = await run('--with-secrets', ...wrong);
    assert.equal(refused.code, 2, refused.stdout);
    assert.match(refused.stderr, why);
  }
  const live = JSON.parse((await run('--with-secrets', '--json')).stdout);
  assert.deepEqual([live.mode, live.factors, readFileSync(file, 'utf8')], ['live', {}, '']);
  const over = await run('--with-secrets', '--mode', 'test');
  assert.equal(over.code, 1);
  assert.match(over.stderr, /exists already; give another name/);
  assert.equal(readFileSync(file, 'utf8'), '');
  const elsewhere = await shell(
    ['factors', 'export', '-', '--with-secrets', '--mode', 'test', '--project', 'shop'],
    env,
  );
  assert.equal(elsewhere.stdout, '');
  const piped = await shell(['factors', 'export', '-', '--with-secrets', '--mode', 'test'], env);
  assert.equal(JSON.parse(piped.stdout).user, 'ann', 'only the lines');
  assert.match(piped.stderr, /Wrote 1 factor, with their secrets/);
});
