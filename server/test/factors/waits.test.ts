import assert from 'node:assert/strict';
import test from 'node:test';
import { startRoost } from '../support/roost.ts';
import { type App, challenge, check, enrolApp, enrolRecovery, refusalOf, STEP_MS, wrong } from './factors.ts';

type Roost = Awaited<ReturnType<typeof startRoost>>;

/** Answers a fresh challenge of this user with a wrong code. */
async function guess(roost: Roost, user: string, app: App, more: object = {}): Promise<string> {
  const answer = await check(roost, await challenge(roost, user), app.id, wrong(app.code()), more);
  return refusalOf(answer);
}

async function fail(roost: Roost, user: string, app: App, times: number): Promise<void> {
  for (let i = 0; i < times; i += 1) assert.equal(await guess(roost, user, app), 'wrong_code');
}

// Stops an oracle: a locked factor that tells whether the code was right.
test('while a factor waits, right and wrong codes get the same answer to the byte, and none is counted', async (t) => {
  const roost = await startRoost(t);
  const app = await enrolApp(roost, 'ann');
  await fail(roost, 'ann', app, 5);
  const [first, second] = [await challenge(roost, 'ann'), await challenge(roost, 'ann')];
  const right = await check(roost, first, app.id, app.code());
  const other = await check(roost, second, app.id, wrong(app.code()));
  assert.equal(right.status, 429);
  assert.equal(right.text, other.text);
  assert.equal((await roost.call('GET', `/v1/challenges/${first}`)).body.attemptsLeft, 5);
  roost.clock.advance(30_001);
  assert.equal((await check(roost, first, app.id, app.code())).status, 200);
});

test('each further wrong code doubles the wait, and a right one ends it', async (t) => {
  const roost = await startRoost(t);
  const app = await enrolApp(roost, 'ann');
  await fail(roost, 'ann', app, 5);
  roost.clock.advance(30_001);
  await fail(roost, 'ann', app, 1);
  roost.clock.advance(30_001);
  assert.equal(await guess(roost, 'ann', app), 'budget_spent');
  roost.clock.advance(30_001);
  assert.equal((await check(roost, await challenge(roost, 'ann'), app.id, app.code())).status, 200);
  roost.clock.advance(STEP_MS);
  await fail(roost, 'ann', app, 4);
});

test('waiting is kept over a restart', async (t) => {
  const roost = await startRoost(t);
  const app = await enrolApp(roost, 'ann');
  await fail(roost, 'ann', app, 5);
  await roost.stop();
  const again = await startRoost(t, { folder: roost.folder, clock: roost.clock });
  assert.equal(await guess(again, 'ann', app), 'budget_spent');
});

test('a success with another factor ends the wait', async (t) => {
  const roost = await startRoost(t);
  const app = await enrolApp(roost, 'ann');
  const { id, codes } = await enrolRecovery(roost, 'ann');
  await fail(roost, 'ann', app, 5);
  assert.equal(await guess(roost, 'ann', app), 'budget_spent');
  assert.equal((await check(roost, await challenge(roost, 'ann'), id, codes[0] ?? '')).status, 200);
  await fail(roost, 'ann', app, 1);
});

// Stops lock-out as a weapon: who holds the password elsewhere cannot keep the user out.
test('strangers who fail all the time do not keep out a user who comes from where they succeeded before', async (t) => {
  const roost = await startRoost(t);
  const app = await enrolApp(roost, 'ann');
  const home = { clientIp: '203.0.113.9', device: 'laptop-cookie' };
  assert.equal((await check(roost, await challenge(roost, 'ann'), app.id, app.code(), home)).status, 200);
  for (let hour = 0; hour < 3; hour += 1) {
    roost.clock.advance(3_600_000);
    for (let i = 0; i < 100; i += 1) await guess(roost, 'ann', app, { clientIp: `198.51.100.${i}` });
    assert.equal(await guess(roost, 'ann', app, { clientIp: '198.51.100.200' }), 'budget_spent');
  }
  for (const place of [{ clientIp: '203.0.113.9' }, { device: 'laptop-cookie' }]) {
    const answer = await check(roost, await challenge(roost, 'ann'), app.id, app.code(), place);
    assert.equal(answer.status, 200, answer.text);
    roost.clock.advance(STEP_MS);
  }
});

test('a place is known for 30 days after a success, to its own user alone', async (t) => {
  const roost = await startRoost(t);
  const [ann, bob] = [await enrolApp(roost, 'ann'), await enrolApp(roost, 'bob')];
  const home = { clientIp: '2001:db8:1:2::7' };
  assert.equal((await check(roost, await challenge(roost, 'ann'), ann.id, ann.code(), home)).status, 200);
  roost.clock.advance(30 * 86_400_000);
  await fail(roost, 'ann', ann, 5);
  await fail(roost, 'bob', bob, 5);
  assert.equal(await guess(roost, 'ann', ann, home), 'budget_spent');
  assert.equal(await guess(roost, 'bob', bob, { clientIp: '2001:db8:1:2::8' }), 'budget_spent');
});

// Odds: nine in 100,000 within 30 days for somebody of unlimited patience (three in a million for each guess).
test('in any 30 days at most 30 guesses at an authenticator are judged, and 10 in any day', async (t) => {
  const roost = await startRoost(t);
  const app = await enrolApp(roost, 'ann');
  const judgedOnDay: number[] = [];
  for (let day = 0; day < 31; day += 1) {
    let judged = 0;
    for (let hour = 0; hour < 24; hour += 1) {
      while ((await guess(roost, 'ann', app)) === 'wrong_code') judged += 1;
      roost.clock.advance(3_600_000);
    }
    judgedOnDay.push(judged);
  }
  assert.ok(Math.max(...judgedOnDay) <= 10, String(judgedOnDay));
  const first30 = judgedOnDay.slice(0, 30).reduce((sum, judged) => sum + judged, 0);
  assert.equal(first30, 30);
});
