import assert from 'node:assert/strict';
import test from 'node:test';
import { startPostgres } from '../../../testing/postgres.ts';
import { type Answer, type StartedRoost, startRoost } from '../support/roost.ts';
import { enrolApp, enrolPending, enrolPhone, enrolRecovery, factorsOf, refusalOf } from './factors.ts';

const remove = (roost: StartedRoost, user: string, id: string, query = '?keepOne=true'): Promise<Answer> =>
  roost.call('DELETE', `${factorsOf(user)}/${id}${query}`);

async function left(roost: StartedRoost, user: string): Promise<string[]> {
  const { body } = await roost.call('GET', factorsOf(user));
  return body.factors.map(({ id }: { id: string }) => id);
}

test('asked to keep one, the last confirmed factor stays: it is said why, and nobody is told that it went', async (t) => {
  const roost = await startRoost(t);
  const recipient = '+31612345678';
  const phone = await enrolPhone(roost, 'ann', recipient);
  const messages = async () =>
    (await roost.call('GET', `/sandbox/messages?recipient=${encodeURIComponent(recipient)}`)).body.messages
      .length;
  const before = await messages();
  const refused = await remove(roost, 'ann', phone);
  assert.equal(refused.status, 409, refused.text);
  assert.equal(refusalOf(refused), 'last_factor');
  assert.equal(refused.body.errors[0].parameter, 'keepOne');
  assert.deepEqual(await left(roost, 'ann'), [phone]);
  assert.equal(await messages(), before);
});

test('recovery codes and what was never confirmed are no factor that is left', async (t) => {
  const roost = await startRoost(t);
  const app = await enrolApp(roost, 'ann');
  const pending = await enrolPending(roost, 'ann');
  const codes = await enrolRecovery(roost, 'ann');
  assert.equal(refusalOf(await remove(roost, 'ann', app.id)), 'last_factor');
  assert.equal((await remove(roost, 'ann', pending.id)).status, 204, 'it proves nothing, so it may go');
  assert.equal((await remove(roost, 'ann', codes.id)).status, 204, 'the app is left');
  assert.equal(refusalOf(await remove(roost, 'ann', app.id)), 'last_factor');
  const phone = await enrolPhone(roost, 'ann', '+31612345678');
  assert.equal((await remove(roost, 'ann', app.id)).status, 204);
  assert.deepEqual(await left(roost, 'ann'), [phone]);
});

test('recovery codes that are all that somebody has stay too', async (t) => {
  const roost = await startRoost(t);
  const { id } = await enrolRecovery(roost, 'ann');
  assert.equal(refusalOf(await remove(roost, 'ann', id)), 'last_factor');
});

test('whoever does not ask for it removes the last one, and what cannot be read is refused', async (t) => {
  const roost = await startRoost(t);
  const app = await enrolApp(roost, 'ann');
  for (const query of ['?keepOne=1', '?keepOne=', '?keepone=true', '?keepOne=true&keepOne=false'])
    assert.equal((await remove(roost, 'ann', app.id, query)).status, 422, query);
  assert.equal(refusalOf(await remove(roost, 'bob', app.id)), 'not_found');
  assert.equal((await remove(roost, 'ann', app.id, '?keepOne=false')).status, 204);
  const another = await enrolApp(roost, 'ann');
  assert.equal((await remove(roost, 'ann', another.id, '')).status, 204);
  assert.deepEqual(await left(roost, 'ann'), []);
});

const MANY = 40;

/** Of each of many users the only two factors are removed at the same moment. */
async function removeBothAtOnce(nodes: readonly [StartedRoost, StartedRoost]): Promise<void> {
  const [first] = nodes;
  const users = Array.from({ length: MANY }, (_, i) => `user-${i}`);
  const made = await Promise.all(
    users.map(async (user, i) => {
      const phone = await enrolPhone(first, user, `+3162345${String(i).padStart(4, '0')}`);
      const other = await enrolPhone(first, user, `+3163345${String(i).padStart(4, '0')}`);
      return { user, ids: [phone, other] };
    }),
  );
  await Promise.all(
    made.map(async ({ user, ids }) => {
      const answers = await Promise.all(ids.map((id, i) => remove(nodes[i % 2] ?? first, user, id)));
      assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 409], user);
      assert.equal((await left(first, user)).length, 1, user);
    }),
  );
}

// Stops each of two removals from taking the other's factor for the one that is left.
test('of two removals at once of the last two factors one is refused, for each of 40 users', async (t) => {
  const roost = await startRoost(t);
  await removeBothAtOnce([roost, roost]);
});

test('also on two nodes over one PostgreSQL', async (t) => {
  const { url } = await startPostgres(t);
  const env = { DATABASE_URL: url, ROOST_SECRET_KEY: 'ccccccccccccccccccccA1B2c3D4e5F6g7H8i9J0kLm' };
  await removeBothAtOnce([await startRoost(t, { env }), await startRoost(t, { env })]);
});
