import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type StartedRoost, startRoost } from '../support/roost.ts';
import { inject } from '../wire/inject.ts';
import { assertRefused, numberNo, verificationOf, wireTimeMs, wrong } from '../wire/wire.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const SPELLINGS: readonly object[] = [
  { recipient: '+31612345678' },
  { recipient: 31612345678 },
  { recipient: '0031 6 1234 5678' },
  { recipient: '+31 (0)6-12 34 56 78' },
  { recipient: '０６１２３４５６７８', countryCode: 'nl' },
  { recipient: '٠٦١٢٣٤٥٦٧٨', countryCode: 'NL' },
  { recipient: '+31\u00a06\u00a012345678' },
];
const CHANNELS = ['sms', 'flash', 'tts'];

/** Creates in the `i`th spelling over the `i`th channel and guesses wrongly three times; how many were judged. */
async function attack(roost: StartedRoost, i: number, judgedAtMs: number[]): Promise<void> {
  // Three at most, so that the three guesses use all that was granted.
  const more = { type: CHANNELS[i % CHANNELS.length], maxAttempts: 1 + (i % 3), returnToken: true };
  const made = await inject(roost, { json: { ...SPELLINGS[i % SPELLINGS.length], ...more } });
  if (made.status !== 201) {
    assert.equal(assertRefused(made)[0]?.parameter, 'recipient');
    return;
  }
  const { id, token } = JSON.parse(made.text);
  for (let guess = 0; guess < 3; guess += 1) {
    const answer = await inject(roost, { method: 'GET', path: `/verify/${id}?token=${wrong(token)}` });
    assert.notEqual(answer.status, 200);
    if (answer.headers['roost-attempts-left'] !== undefined) judgedAtMs.push(roost.roost.store.nowMs());
  }
}

test('400 rounds of creating and guessing at one number: ten judged in all, and the code its holder already has still works', async (t) => {
  const roost = await startRoost(t);
  const holder = await roost.createVerification('+31612345678', { timeout: 3_600 });
  const judgedAtMs: number[] = [];
  for (let i = 0; i < 400; i += 20) {
    await Promise.all(Array.from({ length: 20 }, (_, j) => attack(roost, i + j, judgedAtMs)));
  }
  // The holder's three attempts are reserved, so strangers have seven.
  assert.equal(judgedAtMs.length, 7);
  const slip = await roost.check(holder.id, wrong(holder.code));
  assert.equal(slip.headers.get('roost-attempts-left'), '2');
  assert.equal((await roost.check(holder.id, holder.code)).status, 200);
});

test('over forty days of such attacks no rolling day sees more than 10 judged guesses, no 30 days more than 50', async (t) => {
  const roost = await startRoost(t);
  const judgedAtMs: number[] = [];
  for (let step = 0; step * 7 < 40 * 24; step += 1) {
    await Promise.all(Array.from({ length: 8 }, (_, j) => attack(roost, step + j, judgedAtMs)));
    roost.clock.advance(7 * HOUR_MS);
  }
  const most = (windowMs: number) =>
    Math.max(...judgedAtMs.map((end) => judgedAtMs.filter((at) => at <= end && at > end - windowMs).length));
  assert.equal(most(DAY_MS), 10, 'the ten are granted');
  assert.equal(most(30 * DAY_MS), 50, 'the fifty are granted');
});

test('a spent budget is refused with 422 and the time to try again, at which it works', async (t) => {
  const roost = await startRoost(t);
  const spend = await roost.createVerification('+31612345678', { maxAttempts: 10 });
  for (let i = 0; i < 10; i += 1) await roost.check(spend.id, wrong(spend.code));
  const lastGuessMs = (await verificationOf(roost, spend.id, 'test')).lastWrongAtMs ?? 0;
  for (const spelling of SPELLINGS) {
    const refused = await roost.call('POST', '/verify', { json: spelling });
    assert.equal(refused.status, 422);
    const [error] = refused.body.errors;
    assert.deepEqual([error.code, error.parameter], [10, 'recipient']);
    const atMs = wireTimeMs(error.description);
    assert.ok(atMs >= lastGuessMs + DAY_MS && atMs < lastGuessMs + DAY_MS + 1_000);
    const waitMs = Number(refused.headers.get('retry-after')) * 1_000;
    assert.ok(Math.abs(waitMs - (atMs - roost.clock())) < 3_000);
  }
  roost.clock.advance(DAY_MS - 2_000);
  assert.equal((await roost.call('POST', '/verify', { json: SPELLINGS[0] })).status, 422);
  roost.clock.advance(3_000);
  assert.equal((await roost.call('POST', '/verify', { json: SPELLINGS[0] })).status, 201);
});

test('the budget of one recipient is nobody else`s: another number, mode or mailbox has its own', async (t) => {
  const roost = await startRoost(t);
  const spend = await roost.createVerification('+31612345678', { maxAttempts: 10 });
  for (let i = 0; i < 10; i += 1) await roost.check(spend.id, wrong(spend.code));
  const others = [
    { json: { recipient: '+31612345679' } },
    { json: { recipient: '+31612345678' }, key: roost.liveKey },
    { json: { recipient: '31612345678@example.com', type: 'email' } },
  ];
  for (const other of others) assert.equal((await roost.call('POST', '/verify', other)).status, 201);
  assert.equal((await roost.call('POST', '/verify', { json: { recipient: 31612345678 } })).status, 422);
});

test('one mailbox in any letter case has one budget', async (t) => {
  const roost = await startRoost(t);
  const create = (recipient: string) => roost.call('POST', '/verify', { json: { recipient, type: 'email' } });
  for (const spelling of ['ann@example.com', 'Ann@Example.com', 'Ann Lee <ANN@EXAMPLE.COM>'])
    assert.equal((await create(spelling)).status, 201);
  assert.equal((await create('aNN@example.com')).status, 422);
});

test('a fourth open verification is refused with the time at which the oldest ends, and made then', async (t) => {
  const roost = await startRoost(t);
  const create = (timeout: number) =>
    roost.call('POST', '/verify', { json: { recipient: '+31612345678', timeout } });
  const first = await create(300);
  const oldest = await create(120);
  await create(600);
  const refused = await create(30);
  assert.equal(refused.status, 422);
  const [error] = refused.body.errors;
  assert.deepEqual([error.code, error.parameter], [10, 'recipient']);
  const validUntilMs = Date.parse(oldest.body.validUntilDatetime);
  const told = wireTimeMs(error.description);
  assert.ok(told >= validUntilMs && told <= validUntilMs + 1_000, error.description);
  roost.clock.advance(121_000);
  assert.equal((await create(30)).status, 201);
  // The others are as good as ever: a new one voids none.
  assert.equal((await roost.call('GET', `/verify/${first.body.id}`)).body.status, 'sent');
});

test('100 parallel creates for one number: three are made', async (t) => {
  const roost = await startRoost(t);
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) =>
      inject(roost, { json: { ...SPELLINGS[i % SPELLINGS.length], timeout: 60 } }),
    ),
  );
  assert.equal(answers.filter(({ status }) => status === 201).length, 3);
  for (const answer of answers.filter(({ status }) => status !== 201)) assertRefused(answer);
});

test('attempts that were not used are given back, however a verification ends', async (t) => {
  const roost = await startRoost(t);
  const attemptsOf = async (id: string) => {
    const v = await verificationOf(roost, id, 'test');
    return v.state === 'open' ? v.attemptsLeft : null;
  };
  const create = () => roost.createVerification('+31612345678', { maxAttempts: 10, timeout: 60 });
  const verified = await create();
  assert.equal(await attemptsOf(verified.id), 10);
  await roost.check(verified.id, wrong(verified.code));
  await roost.check(verified.id, verified.code);
  const deleted = await create();
  assert.equal(await attemptsOf(deleted.id), 9, 'the wrong guess stays counted');
  await roost.check(deleted.id, wrong(deleted.code));
  await roost.call('DELETE', `/verify/${deleted.id}`);
  const expired = await create();
  assert.equal(await attemptsOf(expired.id), 8);
  roost.clock.advance(61_000);
  assert.equal(await attemptsOf((await create()).id), 8);
});

test('a busy customer who verifies at first try is never kept waiting', async (t) => {
  const roost = await startRoost(t);
  for (let i = 0; i < 60; i += 1) {
    const { id, code } = await roost.createVerification(numberNo(7));
    assert.equal((await roost.check(id, code)).status, 200);
  }
});
