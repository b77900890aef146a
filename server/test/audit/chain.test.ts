import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { auditKey, createAudit } from '../../src/app/audit.ts';
import { chainEntries, checkpoint } from '../../src/app/audit-chain.ts';
import { checkpointsIn, verifyAudit } from '../../src/app/audit-verify.ts';
import { retainAudit } from '../../src/app/retention/audit.ts';
import { createVault } from '../../src/app/vault.ts';
import { AUDIT_MS } from '../../src/domain/retention.ts';
import { createLog } from '../../src/kernel/log.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { tables } from '../../src/store/store.ts';
import { type StartedRoost, startRoost } from '../support/roost.ts';

const DAY_MS = 86_400_000;
const MINUTES_MS = 301_000;

/** The audit log of a Roost that runs: written to, chained and signed when the test says so. */
function auditOf({ roost, clock }: StartedRoost) {
  const { store, masterKey, signingKeys } = roost;
  const key = auditKey(masterKey);
  const audit = createAudit({ store, masterKey, node: 'test' });
  const lines: string[] = [];
  const log = createLog('info', { write: (line) => lines.push(line) });
  const vault = createVault(masterKey, systemRandom);
  return {
    lines,
    note: (action: string, object: string) =>
      store.transaction(async (tx) => audit.note(tx, { actor: null, action, object, result: 'done' })),
    async write(count: number) {
      await store.transaction(async (tx) => {
        for (let i = 0; i < count; i += 1) {
          audit.note(tx, { actor: 'somebody', action: 'key.created', object: `key ${i}`, result: 'done' });
        }
      });
      await chainEntries(store, key);
    },
    async sign() {
      clock.advance(MINUTES_MS);
      await checkpoint({ store, log, sign: signingKeys.sign });
    },
    verify: (elsewhere: readonly string[] = []) =>
      verifyAudit({ store, vault, key, auditMs: AUDIT_MS }, elsewhere),
    retain: () => retainAudit({ store, goOn: async () => true, auditMs: AUDIT_MS }, 100_000),
  };
}

/** What a round of tampering may change. */
const KEPT = ['audit_entries', 'audit_checkpoints', 'settings'] as const;

const database = ({ folder }: StartedRoost) => new DatabaseSync(join(folder, 'roost.db'));

// Who holds the database must not be able to rewrite what was done in it.
test('each of 100 random tamperings with the audit log is found', async (t) => {
  const server = await startRoost(t);
  const log = auditOf(server);
  for (const _ of [1, 2, 3]) {
    await log.write(25);
    await log.sign();
  }
  await log.write(10);
  const elsewhere = checkpointsIn(log.lines.join(''));
  assert.equal(elsewhere.length, 3);
  const whole = await log.verify(elsewhere);
  assert.deepEqual(whole.damages, []);
  assert.ok(whole.entries >= 85);
  const db = database(server);
  t.after(() => db.close());
  const signed = Number(db.prepare('SELECT max(sequence) AS most FROM audit_checkpoints').get()?.most);
  const below = (most: number) => systemRandom.below(most);
  const columns = [
    'at_ms',
    'node',
    'actor',
    'action',
    'object',
    'result',
    'mac',
    'hash',
    'sequence',
  ] as const;
  const tamper = {
    edit(at: number) {
      const column = columns[below(columns.length)] ?? 'object';
      const isNumber = column === 'at_ms' || column === 'sequence';
      const value = isNumber ? '7777' : column === 'mac' || column === 'hash' ? "x'00112233'" : "'another'";
      db.exec(`UPDATE audit_entries SET ${column} = ${value} WHERE sequence = ${at}`);
      return `edit of ${column}`;
    },
    delete(at: number) {
      db.exec(`DELETE FROM audit_entries WHERE sequence = ${at}`);
      return 'delete';
    },
    reorder(at: number) {
      const other = at === 1 ? 2 : at - 1;
      db.exec(
        `UPDATE audit_entries SET sequence = ${at} + ${other} - sequence WHERE sequence IN (${at}, ${other})`,
      );
      return 'reorder';
    },
    insert(at: number) {
      db.exec(`INSERT INTO audit_entries SELECT x'${systemRandom.bytes(16).toString('hex')}', sequence, at_ms, node,
        actor, action, 'planted', result, mac, hash FROM audit_entries WHERE sequence = ${at}`);
      return 'insert';
    },
    /** As somebody would who knows the tables: the row that tells how far the chain is goes back too. */
    truncate(at: number) {
      const last = Math.min(at, signed - 1);
      const row = db.prepare('SELECT hash FROM audit_entries WHERE sequence = ?').get(last) as {
        hash: Uint8Array;
      };
      const head = `${last} ${Buffer.from(row.hash).toString('hex')}`;
      db.exec(`DELETE FROM audit_entries WHERE sequence > ${last}`);
      db.exec(`DELETE FROM audit_checkpoints WHERE sequence > ${last}`);
      db.prepare("UPDATE settings SET value = ? WHERE name = 'audit head'").run(head);
      db.exec(`UPDATE settings SET value = (SELECT sequence || ' ' || at_ms FROM audit_checkpoints ORDER BY sequence DESC)
        WHERE name = 'audit checkpoint' AND EXISTS (SELECT 1 FROM audit_checkpoints)`);
      db.exec(
        "DELETE FROM settings WHERE name = 'audit checkpoint' AND NOT EXISTS (SELECT 1 FROM audit_checkpoints)",
      );
      return 'truncation';
    },
  } as const;
  const kinds = Object.keys(tamper) as (keyof typeof tamper)[];
  const missed: string[] = [];
  db.exec('PRAGMA synchronous = OFF');
  for (const table of KEPT) db.exec(`CREATE TEMP TABLE old_${table} AS SELECT * FROM ${table}`);
  for (let round = 0; round < 100; round += 1) {
    const kind = kinds[round % kinds.length] ?? 'edit';
    const what = tamper[kind](1 + below(whole.entries));
    if ((await log.verify(elsewhere)).damages.length === 0) missed.push(`round ${round}: ${what}`);
    db.exec('BEGIN');
    for (const table of KEPT)
      db.exec(`DELETE FROM ${table}; INSERT INTO ${table} SELECT * FROM old_${table}`);
    db.exec('COMMIT');
  }
  assert.deepEqual(missed, []);
  assert.deepEqual((await log.verify(elsewhere)).damages, [], 'what was put back is whole again');
});

test('a log that was cut off at its end, checkpoints and all, is found by a checkpoint kept elsewhere alone', async (t) => {
  const server = await startRoost(t);
  const log = auditOf(server);
  await log.write(20);
  await log.sign();
  const db = database(server);
  t.after(() => db.close());
  const { hash } = db.prepare('SELECT hash FROM audit_entries WHERE sequence = 5').get() as {
    hash: Uint8Array;
  };
  db.exec('DELETE FROM audit_entries WHERE sequence > 5; DELETE FROM audit_checkpoints');
  db.exec("DELETE FROM settings WHERE name = 'audit checkpoint'");
  db.prepare("UPDATE settings SET value = ? WHERE name = 'audit head'").run(
    `5 ${Buffer.from(hash).toString('hex')}`,
  );
  assert.deepEqual((await log.verify()).damages, [], 'which is why checkpoints are told to the log');
  const { damages } = await log.verify(checkpointsIn(log.lines.join('')));
  assert.match(damages[0]?.what ?? '', /a signed checkpoint knows entry/);
});

test('an entry that a node wrote before it was killed gets its place by whoever comes next', async (t) => {
  const server = await startRoost(t);
  const log = auditOf(server);
  await log.note('key.created', 'left behind');
  const loose = async () =>
    (await server.roost.store.read.list(tables.auditEntriesAt, { sequence: 0 }, server.clock())).length;
  for (let waits = 0; (await loose()) > 0 && waits < 3_000; waits += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal(await loose(), 0);
  assert.deepEqual((await log.verify()).damages, []);
});

test('names that are mailboxes or numbers stand in the log as keyed hashes', async (t) => {
  const server = await startRoost(t);
  const log = auditOf(server);
  await log.note('console.sign-in', 'ann.lee@example.com');
  await log.note('console.sign-in', '+31 6 1234 5678');
  const all = await server.roost.store.read.audit.since({ sinceMs: 0, limit: 50 });
  const found = all.filter(({ action }) => action === 'console.sign-in');
  assert.equal(found.length, 2);
  for (const { object } of found) assert.match(object, /^subject:[0-9a-f]{16}$/);
  assert.notEqual(found[0]?.object, found[1]?.object);
});

test('entries go after 400 days, and what is left hangs on a signed checkpoint', async (t) => {
  const server = await startRoost(t);
  const log = auditOf(server);
  await log.write(120);
  await log.sign();
  server.clock.advance(200 * DAY_MS);
  await log.write(10);
  await log.sign();
  assert.equal(await log.retain(), 0, 'nothing is old enough');
  server.clock.advance(201 * DAY_MS);
  const deleted = await log.retain();
  assert.ok(deleted >= 120);
  const { damages, entries } = await log.verify(checkpointsIn(log.lines.join('')));
  assert.deepEqual(damages, []);
  assert.ok(entries >= 10);
  const db = database(server);
  t.after(() => db.close());
  db.exec('DELETE FROM audit_entries WHERE sequence = (SELECT min(sequence) FROM audit_entries)');
  const young = await log.verify();
  assert.match(young.damages[0]?.what ?? '', /not old enough/);
});
