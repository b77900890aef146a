import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sweep } from '../../src/app/delivery/sweep.ts';
import { type StartedRoost, startRoost } from '../support/roost.ts';
import { numberNo, withDatabase } from '../wire/wire.ts';

const EXPIRED = 'The token has expired.';

const told = async (roost: StartedRoost, id: string, code: string): Promise<string> => {
  const answer = await roost.check(id, code);
  return answer.status === 200 ? answer.body.status : answer.body.errors[0].description;
};

test('a code is good until its last millisecond and not after it', async (t) => {
  const roost = await startRoost(t);
  const one = await roost.createVerification(numberNo(1), { timeout: 60 });
  const other = await roost.createVerification(numberNo(2), { timeout: 60 });
  roost.clock.advance(58_000);
  assert.equal(await told(roost, one.id, one.code), 'verified');
  roost.clock.advance(2_000);
  assert.equal(await told(roost, other.id, other.code), EXPIRED);
});

/** Three ways in which an expiry is seen, each on a verification of its own. */
const SEEN: { readonly [how: string]: (roost: StartedRoost, id: string, code: string) => Promise<unknown> } =
  {
    'by a check': (roost, id, code) => roost.check(id, code),
    'by a read': (roost, id) => roost.call('GET', `/verify/${id}`),
    'by the sweep': (roost) => sweep(roost.roost.store, 100),
  };

for (const [how, see] of Object.entries(SEEN)) {
  test(`an expiry seen ${how} is final: the code stays dead when the clock goes back, and after a restart as well`, async (t) => {
    const first = await startRoost(t);
    const { id, code } = await first.createVerification(numberNo(1), { timeout: 60 });
    first.clock.advance(61_000);
    await see(first, id, code);
    first.clock.advance(-3_600_000);
    assert.equal(await told(first, id, code), EXPIRED);
    await first.stop();
    const second = await startRoost(t, { folder: first.folder, clock: first.clock });
    assert.ok(second.clock() < Date.now(), 'the clock did go back');
    assert.equal(await told(second, id, code), EXPIRED);
    assert.equal((await second.call('GET', `/verify/${id}`)).body.status, 'expired');
  });
}

test('a deleted verification is gone for the right code too, and cannot be deleted twice', async (t) => {
  const roost = await startRoost(t);
  const { id, code } = await roost.createVerification(numberNo(1));
  assert.equal((await roost.call('DELETE', `/verify/${id}`)).status, 204);
  for (const [method, path] of [
    ['GET', `/verify/${id}?token=${code}`],
    ['GET', `/verify/${id}`],
    ['DELETE', `/verify/${id}`],
  ] as const) {
    const answer = await roost.call(method, path);
    assert.deepEqual([answer.status, answer.body.errors[0].code], [404, 20]);
  }
  const fresh = await roost.createVerification(numberNo(1));
  assert.equal(await told(roost, fresh.id, fresh.code), 'verified');
});

type Row = { state: string; code_digest: Uint8Array | null; sealed_code: Uint8Array | null };
const rows = (roost: StartedRoost): Row[] =>
  withDatabase(
    roost.folder,
    (db) =>
      db.prepare('SELECT state, code_digest, sealed_code FROM verifications ORDER BY state').all() as Row[],
  );

test('the digest of a code is wiped when its verification ends, and every copy of the code when it expires', async (t) => {
  const roost = await startRoost(t);
  const [open, verified, failed, deleted] = await Promise.all(
    [1, 2, 3, 4].map((i) => roost.createVerification(numberNo(i), { timeout: 60, maxAttempts: 1 })),
  );
  assert.ok(open && verified && failed && deleted);
  assert.equal(rows(roost).filter((row) => row.code_digest !== null && row.sealed_code !== null).length, 4);
  await roost.check(verified.id, verified.code);
  await roost.check(failed.id, verified.code);
  await roost.call('DELETE', `/verify/${deleted.id}`);
  for (const row of rows(roost)) assert.equal(row.code_digest === null, row.state !== 'open', row.state);
  roost.clock.advance(61_000);
  await sweep(roost.roost.store, 100);
  const after = rows(roost);
  assert.deepEqual(
    after.map(({ state }) => state),
    ['deleted', 'expired', 'failed', 'verified'],
  );
  for (const row of after) assert.deepEqual([row.code_digest, row.sealed_code], [null, null], row.state);
});

test('a sweep ends any number of overdue verifications, in small steps, and touches no other', async (t) => {
  const roost = await startRoost(t);
  for (let i = 0; i < 120; i += 1) await roost.createVerification(numberNo(i), { timeout: 60 });
  await roost.createVerification(numberNo(500), { timeout: 3_600 });
  roost.clock.advance(61_000);
  await sweep(roost.roost.store, 20_000);
  const counts = Map.groupBy(rows(roost), ({ state }) => state);
  assert.deepEqual([counts.get('expired')?.length, counts.get('open')?.length], [120, 1]);
});
