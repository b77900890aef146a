import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { startPostgres } from '../../../testing/postgres.ts';
import { type Answer, type StartedRoost, startRoost } from '../support/roost.ts';
import { answer, FLAGS, register } from './authenticator.ts';
import { factorsOf, refusalOf } from './factors.ts';
import { ask, beginPasskey, confirmPasskey, enrolPasskey, present } from './passkeys.ts';

const MANY = 200;

const inParallel = (send: (i: number) => Promise<Answer>): Promise<Answer[]> =>
  Promise.all(Array.from({ length: MANY }, (_, i) => send(i)));

function assertOnce(answers: readonly Answer[]): void {
  for (const { status, text } of answers) assert.ok(status < 500, text);
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
}

// Each stops one ceremony from being spent twice (OWASP ASVS 5.0, 6.5.1; CVE-2022-42731).

test('of 200 parallel right answers of a passkey to one challenge, one is accepted', async (t) => {
  const roost = await startRoost(t);
  const { credential } = await enrolPasskey(roost, 'ann');
  const asked = await ask(roost, { user: 'ann' });
  const said = answer(asked.publicKey, credential);
  assertOnce(await inParallel(() => present(roost, asked.id, said)));
});

test('of 200 parallel right answers of different counters to a challenge without a user, one is accepted', async (t) => {
  const roost = await startRoost(t);
  const { credential } = await enrolPasskey(roost, 'ann');
  const asked = await ask(roost);
  const said = Array.from({ length: MANY }, () => answer(asked.publicKey, credential));
  assertOnce(await inParallel((i) => present(roost, asked.id, said[i] ?? {})));
});

test('of 200 parallel registrations of one enrolment, one is accepted', async (t) => {
  const roost = await startRoost(t);
  const { id, publicKey } = await beginPasskey(roost, 'ann');
  const made = register(publicKey);
  assertOnce(await inParallel(() => confirmPasskey(roost, 'ann', id, made.answer)));
});

// Stops somebody from enrolling as theirs what the authenticator of another answers.
test('of 20 users who register one credential at once, one gets it', async (t) => {
  const roost = await startRoost(t);
  const credentialId = Buffer.alloc(32, 5);
  const begun = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => ({ user: `u${i}`, ...(await beginPasskey(roost, `u${i}`)) })),
  );
  const answers = await Promise.all(
    begun.map(({ user, id, publicKey }) =>
      confirmPasskey(roost, user, id, register(publicKey, { credentialId }).answer),
    ),
  );
  assertOnce(answers);
  const refused = answers.find(({ status }) => status !== 200);
  assert.match(refused?.text ?? '', /registered already/);
});

test('an answer that was accepted is refused for every other use, and after a restart', async (t) => {
  const first = await startRoost(t);
  const { id, publicKey } = await beginPasskey(first, 'ann');
  const made = register(publicKey);
  assert.equal((await confirmPasskey(first, 'ann', id, made.answer)).status, 200);
  const asked = await ask(first, { user: 'ann' });
  const said = answer(asked.publicKey, made.credential);
  assert.equal((await present(first, asked.id, said)).status, 200);
  const pending = await ask(first, { user: 'ann' });
  const begun = await beginPasskey(first, 'bob');
  await first.stop();
  const again = await startRoost(t, { folder: first.folder, clock: first.clock });
  assert.equal(refusalOf(await present(again, asked.id, said)), 'code_spent');
  assert.equal(refusalOf(await present(again, pending.id, said)), 'wrong_code');
  assert.equal(refusalOf(await present(again, (await ask(again)).id, said)), 'wrong_code');
  assert.equal(refusalOf(await confirmPasskey(again, 'ann', id, made.answer)), 'code_spent');
  assert.equal(refusalOf(await confirmPasskey(again, 'bob', begun.id, made.answer)), 'wrong_code');
  const { body } = await again.call('GET', `/v1/challenges/${pending.id}`);
  const next = await present(again, pending.id, answer(body.publicKey, made.credential));
  assert.equal(next.status, 200, 'what was open before the restart is open after it');
});

test('on two nodes over one PostgreSQL, of 200 parallel answers and registrations one each is accepted', async (t) => {
  const { url } = await startPostgres(t);
  const env = { DATABASE_URL: url, ROOST_SECRET_KEY: 'ccccccccccccccccccccA1B2c3D4e5F6g7H8i9J0kLm' };
  const nodes = [await startRoost(t, { env }), await startRoost(t, { env })] as const;
  const on = (i: number) => (i % 2 === 0 ? nodes[0] : nodes[1]);
  const { id, publicKey } = await beginPasskey(nodes[0], 'ann');
  const made = register(publicKey, { backup: FLAGS.be });
  assertOnce(await inParallel((i) => confirmPasskey(on(i), 'ann', id, made.answer)));
  for (const more of [{ user: 'ann' }, {}]) {
    const asked = await ask(nodes[0], more);
    const said = answer(asked.publicKey, made.credential);
    assertOnce(await inParallel((i) => present(on(i), asked.id, said)));
  }
  const credentialId = Buffer.alloc(32, 5);
  const begun = await Promise.all(
    Array.from({ length: 10 }, async (_, i) => ({
      user: `u${i}`,
      ...(await beginPasskey(nodes[0], `u${i}`)),
    })),
  );
  const answers = await Promise.all(
    begun.map(({ user, ...one }, i) =>
      confirmPasskey(on(i), user, one.id, register(one.publicKey, { credentialId }).answer),
    ),
  );
  assertOnce(answers);
});

/** Does something to the database that no Roost does, and starts on it. */
async function tamper(
  t: Parameters<typeof startRoost>[0],
  roost: StartedRoost,
  change: (db: DatabaseSync) => void,
) {
  await roost.stop();
  const db = new DatabaseSync(join(roost.folder, 'roost.db'));
  change(db);
  db.close();
  return startRoost(t, { folder: roost.folder, clock: roost.clock });
}

// Stops whoever can write to the database from giving their own passkey to another user (security.md, threat 18).
test('a passkey whose row was moved to another user, or whose key was changed, proves nothing', async (t) => {
  const roost = await startRoost(t);
  const ann = await enrolPasskey(roost, 'ann');
  await enrolPasskey(roost, 'bob');
  const moved = await tamper(t, roost, (db) => {
    const [{ user_key: bob } = {}] = db
      .prepare('SELECT user_key FROM factors ORDER BY created_at_ms DESC LIMIT 1')
      .all();
    db.prepare('UPDATE factors SET user_key = ?').run(bob as Uint8Array);
  });
  assert.equal((await moved.call('GET', factorsOf('bob'))).body.factors.length, 2);
  for (const more of [{ user: 'bob' }, {}]) {
    const asked = await ask(moved, more);
    const handle = asked.body.user === null ? {} : { userHandle: null };
    const refused = await present(moved, asked.id, answer(asked.publicKey, ann.credential, handle));
    assert.equal(refusalOf(refused), 'wrong_code', refused.text);
  }
  const line = moved.logged.find((each) => each.includes('passkey.altered'));
  assert.ok(line?.includes('"level":"error"') && line.includes(ann.id));

  const other = await startRoost(t);
  const { credential } = await enrolPasskey(other, 'ann');
  const forged = await enrolPasskey(other, 'eve');
  const swapped = await tamper(t, other, (db) => {
    const rows = db.prepare('SELECT id, memory FROM factors ORDER BY created_at_ms').all();
    const [first, second] = rows.map(({ memory }) => JSON.parse(String(memory)));
    const changed = JSON.stringify({ ...first, publicKey: second.publicKey });
    db.prepare('UPDATE factors SET memory = ? WHERE id = ?').run(changed, rows[0]?.id as Uint8Array);
  });
  const asked = await ask(swapped, { user: 'ann' });
  const id = credential.id.toString('base64url');
  const twist = { id, userHandle: credential.userHandle };
  const refused = await present(swapped, asked.id, answer(asked.publicKey, forged.credential, twist));
  assert.equal(refusalOf(refused), 'wrong_code', refused.text);
});
