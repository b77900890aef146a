import assert from 'node:assert/strict';
import test from 'node:test';
import type { Answer } from '../support/roost.ts';
import { startRoost } from '../support/roost.ts';
import {
  challenge,
  check,
  enrolApp,
  enrolPending,
  enrolPhone,
  enrolRecovery,
  factorsOf,
  refusalOf,
  STEP_MS,
  send,
  wrong,
} from './factors.ts';

const MANY = 200;

const inParallel = (ask: (i: number) => Promise<Answer>): Promise<Answer[]> =>
  Promise.all(Array.from({ length: MANY }, (_, i) => ask(i)));

/** One success; all others refused as used or wrong. */
function assertOnce(answers: readonly Answer[]): void {
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  for (const answer of answers.filter(({ status }) => status !== 200)) {
    assert.ok(answer.status < 500, answer.text);
  }
}

// Each stops a double spend by two readers of one row (RFC 6238, 5.2; OWASP ASVS 5.0, 6.5.1; PSD2 RTS, 4(1)).

test('of 200 parallel right codes of an authenticator for one challenge, one is accepted', async (t) => {
  const roost = await startRoost(t);
  const app = await enrolApp(roost, 'ann');
  const id = await challenge(roost, 'ann');
  const code = app.code();
  assertOnce(await inParallel(() => check(roost, id, app.id, code)));
});

test('of 200 parallel right codes of one moment for 40 challenges, one is accepted', async (t) => {
  const roost = await startRoost(t);
  const app = await enrolApp(roost, 'ann');
  const ids = await Promise.all(Array.from({ length: 40 }, () => challenge(roost, 'ann')));
  const code = app.code();
  assertOnce(await inParallel((i) => check(roost, ids[i % 40] ?? '', app.id, code)));
});

test('of 200 parallel uses of one recovery code for 40 challenges, one is accepted', async (t) => {
  const roost = await startRoost(t);
  const { id, codes } = await enrolRecovery(roost, 'ann');
  const ids = await Promise.all(Array.from({ length: 40 }, () => challenge(roost, 'ann')));
  const [code = ''] = codes;
  assertOnce(await inParallel((i) => check(roost, ids[i % 40] ?? '', id, code)));
  assert.equal((await roost.call('GET', factorsOf('ann'))).body.factors[0].codesLeft, 9);
});

test('of 200 parallel right codes that were sent for one challenge, one is accepted', async (t) => {
  const roost = await startRoost(t);
  const phone = await enrolPhone(roost, 'ann', '+31612345678');
  const id = await challenge(roost, 'ann');
  const code = await send(roost, id, phone);
  assertOnce(await inParallel(() => check(roost, id, phone, code)));
});

test('of 200 parallel right codes for one verification, one is accepted', async (t) => {
  const roost = await startRoost(t);
  const { id, code } = await roost.createVerification('+31612345678');
  assertOnce(await inParallel(() => roost.check(id, code)));
});

test('of 200 parallel confirmations of an authenticator or a phone, one is accepted', async (t) => {
  const roost = await startRoost(t);
  const app = await enrolPending(roost, 'ann');
  const json = { code: app.code() };
  assertOnce(await inParallel(() => roost.call('POST', `${factorsOf('ann')}/${app.id}/confirm`, { json })));
  const made = await roost.call('POST', factorsOf('ann'), {
    json: { kind: 'sms', recipient: '+31612345678', returnToken: true },
  });
  const path = `${factorsOf('ann')}/${made.body.factor.id}/confirm`;
  assertOnce(await inParallel(() => roost.call('POST', path, { json: { code: made.body.token } })));
});

// Stops a counter that is read, raised and written by many at once (CVE-2024-4629).
test('of 200 parallel wrong codes over 40 challenges, five are judged', async (t) => {
  const roost = await startRoost(t);
  const app = await enrolApp(roost, 'ann');
  const ids = await Promise.all(Array.from({ length: 40 }, () => challenge(roost, 'ann')));
  const code = wrong(app.code());
  const answers = await inParallel((i) => check(roost, ids[i % 40] ?? '', app.id, code));
  assert.equal(answers.filter((answer) => refusalOf(answer) === 'wrong_code').length, 5);
  assert.equal(answers.filter((answer) => refusalOf(answer) === 'budget_spent').length, MANY - 5);
});

test('a code that was accepted is refused for every other use, before and after a restart', async (t) => {
  const first = await startRoost(t);
  const app = await enrolApp(first, 'ann');
  const pending = await enrolPending(first, 'ann');
  const { id: set, codes } = await enrolRecovery(first, 'ann');
  const phone = await enrolPhone(first, 'ann', '+31612345678');
  const [recovery = ''] = codes;
  const confirming = pending.code();
  const confirmed = await first.call('POST', `${factorsOf('ann')}/${pending.id}/confirm`, {
    json: { code: confirming },
  });
  assert.equal(confirmed.status, 200);
  const used = app.code();
  assert.equal((await check(first, await challenge(first, 'ann'), app.id, used)).status, 200);
  assert.equal((await check(first, await challenge(first, 'ann'), set, recovery)).status, 200);
  const answered = await challenge(first, 'ann');
  const sent = await send(first, answered, phone);
  assert.equal((await check(first, answered, phone, sent)).status, 200);

  const replays: readonly [factor: string, code: string][] = [
    [app.id, used],
    [app.id, app.code(-1)],
    [pending.id, confirming],
    [set, recovery],
    [phone, sent],
  ];
  const refuseAll = async (roost: typeof first) => {
    for (const [factor, code] of replays) {
      const answer = await check(roost, await challenge(roost, 'ann'), factor, code);
      assert.ok(['wrong_code', 'code_spent'].includes(refusalOf(answer)), answer.text);
    }
    assert.equal(refusalOf(await check(roost, answered, phone, sent)), 'code_spent');
  };
  await refuseAll(first);
  await first.stop();
  const again = await startRoost(t, { folder: first.folder, clock: first.clock });
  await refuseAll(again);
  again.clock.advance(STEP_MS);
  // The wrong codes above count as guesses, so somebody must show who they are before the app is asked again.
  const next = await check(again, await challenge(again, 'ann'), set, codes[1] ?? '');
  assert.equal(next.status, 200, next.text);
  assert.equal((await check(again, await challenge(again, 'ann'), app.id, app.code())).status, 200);
});
