import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import pg from 'pg';
import { startPostgres } from '../../../testing/postgres.ts';
import { auditKey } from '../../src/app/audit.ts';
import { chainEntries, checkpoint } from '../../src/app/audit-chain.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { postgresHome, startAt } from '../operations/databases.ts';
import { freshFolder } from '../operations/support.ts';
import { wrong } from '../wire/wire.ts';

const postgres = await startPostgres({ after });
const NUMBER = '+31611112222';

test('PostgreSQL: erasing leaves nothing that the number is found by, and gives no guess back; two nodes chain one log', async (t) => {
  const url = await postgres.createDatabase('erasure');
  const [one, two] = await Promise.all([
    startAt(t, postgresHome(freshFolder(t), url)),
    startAt(t, postgresHome(freshFolder(t), url)),
  ]);
  for (let made = 0; made < 4; made += 1) {
    const { id, code } = await one.createVerification(NUMBER, { maxAttempts: made < 3 ? 3 : 1 });
    for (let i = 0; i < (made < 3 ? 3 : 1); i += 1) await two.check(id, wrong(code));
  }
  const erased = await two.call('POST', '/v1/erasures', { json: { recipient: NUMBER } });
  assert.equal(erased.body.erased.verifications, 4, erased.text);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  t.after(() => client.end());
  const count = async (sql: string) => Number((await client.query(sql)).rows[0].count);
  for (const table of ['verifications', 'messages', 'haunts', 'event_streams'])
    assert.equal(await count(`SELECT count(*) FROM ${table}`), 0, table);
  const refused = await one.call('POST', '/verify', { json: { recipient: NUMBER } });
  assert.equal(refused.status, 422, 'on the other node too');
  assert.match(refused.body.errors[0].description, /too many wrong codes/);
  const key = auditKey(one.roost.masterKey);
  await Promise.all([chainEntries(one.roost.store, key), chainEntries(two.roost.store, key)]);
  const loose = 'SELECT count(*) FROM audit_entries WHERE sequence = 0';
  assert.equal(await count(loose), 0);
  const sign = (node: typeof one) =>
    checkpoint({ store: node.roost.store, log: silentLog, sign: node.roost.signingKeys.sign });
  await Promise.all([sign(one), sign(two)]); // whose chores may have been first
  assert.equal(await count('SELECT count(*) FROM audit_checkpoints'), 1, 'signed once');
  const twice = 'SELECT count(*) - count(DISTINCT sequence) AS count FROM audit_entries';
  assert.equal(await count(twice), 0, 'every entry has a place of its own');
});
