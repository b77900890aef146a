import assert from 'node:assert/strict';
import test from 'node:test';
import { readNote, writeNote } from '../../src/domain/guard/note.ts';
import { replayOf } from '../../src/domain/guard/replay.ts';
import type { Rule } from '../../src/domain/guard/rules.ts';
import { tables } from '../../src/store/store.ts';
import { challenge, enrolPhone, send } from '../factors/factors.ts';
import { LIVE_KEY } from '../support/roost.ts';
import { type Guarded, startGuarded } from './guarded.ts';

const OFF = { mode: 'off' };
const QUIET = Object.fromEntries(
  ['sequence', 'key-rate', 'block-unverified', 'country-unverified', 'cool-down'].map((id) => [id, OFF]),
);
const VOIP = { on: 'line', of: 'sends', most: 2, windowMinutes: 60, lines: ['voip'] };
const voip = (i: number): string => `+3185${String(1_000_000 + i * 37_199).slice(-7)}`;
const mobile = (i: number): string => `+3161${String(1_000_000 + i * 37_199).slice(-7)}`;

async function statusesOf(roost: Guarded, numbers: readonly string[]): Promise<readonly number[]> {
  const statuses = [];
  for (const number of numbers) statuses.push((await roost.send(number)).status);
  return statuses;
}

const decisionOf = async (roost: Guarded, id: string) =>
  (await roost.call('GET', `/v1/verifications/${id}/decision`, { key: LIVE_KEY })).body;

test('a limit on kinds of numbers holds those that it names, all blocks together, and no others', async (t) => {
  const roost = await startGuarded(t, { rules: { ...QUIET, 'few-voip': VOIP } });
  assert.deepEqual(await statusesOf(roost, [voip(1), mobile(1), voip(2), mobile(2)]), [201, 201, 201, 201]);
  const refused = await roost.send(voip(3));
  assert.equal(refused.status, 422);
  const decision = await decisionOf(roost, refused.headers.get('roost-decision') ?? '');
  assert.equal(decision.rule, 'few-voip');
  assert.deepEqual(await statusesOf(roost, [mobile(3), mobile(4)]), [201, 201]);
  roost.clock.advance(3_900_000);
  assert.deepEqual(await statusesOf(roost, [voip(3)]), [201]);
});

test('a budget of money on a kind of number is spent by that kind alone', async (t) => {
  const prices = [{ provider: 'bird', cost: '0.05', currency: 'EUR' }];
  const rules = { ...QUIET, 'voip-money': { on: 'line', of: 'micros', most: 100_000, windowMinutes: 1440 } };
  const roost = await startGuarded(t, { rules }, { prices });
  assert.deepEqual(await statusesOf(roost, [voip(1), mobile(1), voip(2), mobile(2)]), [201, 201, 201, 201]);
  const refused = await roost.send(voip(3));
  assert.equal(refused.body.errors[0].code, 25);
});

test('a limit on kinds of numbers that only monitors says what it would refuse, and a code that is verified eases it', async (t) => {
  const rule = { on: 'line', of: 'unverified', most: 1, mode: 'monitor' };
  const roost = await startGuarded(t, { rules: { ...QUIET, 'unread-lines': rule } });
  const made = [await roost.send(voip(1)), await roost.send(voip(2))];
  const readingOf = async (id: string) => {
    const { readings } = await decisionOf(roost, id);
    return readings.find(({ rule }: { rule: string }) => rule === 'unread-lines');
  };
  assert.deepEqual(await readingOf(made[1]?.body.id), {
    ...{ rule: 'unread-lines', value: 2, most: 1, verdict: 'would-refuse' },
  });
  const code = await roost.codeFor(voip(2));
  await roost.call('GET', `/verify/${made[1]?.body.id}?token=${code}`, { key: LIVE_KEY });
  await roost.roost.settle();
  const third = await roost.send(voip(3));
  assert.equal((await readingOf(third.body.id)).value, 2, 'two of three are unverified');
});

test('a limit on users holds one of them at whatever number, and nobody else', async (t) => {
  const rule = { on: 'user', of: 'sends', most: 2, windowMinutes: 60 };
  const roost = await startGuarded(t, { rules: { ...QUIET, 'user-hour': rule } });
  const ask = async (i: number, user?: string) =>
    (await roost.send(mobile(i), user === undefined ? {} : { user })).status;
  assert.deepEqual([await ask(1, 'anna'), await ask(2, 'anna'), await ask(3, 'anna')], [201, 201, 422]);
  assert.deepEqual([await ask(4, 'bert'), await ask(5), await ask(6), await ask(7)], [201, 201, 201, 201]);
});

// Else whoever asks in two ways has twice as much of a user's.
test('codes of the Verify wire and of the user’s own factors count on the same user', async (t) => {
  const rule = { on: 'user', of: 'sends', most: 2, windowMinutes: 60 };
  const roost = await startGuarded(t, { rules: { ...QUIET, 'user-hour': rule } });
  const enrol = (number: string) =>
    roost.call('POST', '/v1/users/anna/factors', { key: LIVE_KEY, json: { kind: 'sms', recipient: number } });
  assert.equal((await enrol(mobile(1))).status, 201);
  assert.equal((await roost.send(mobile(2), { user: 'anna' })).status, 201);
  assert.equal((await enrol(mobile(3))).status, 429);
  assert.equal((await roost.send(mobile(4), { user: 'anna' })).status, 422);
  assert.equal((await roost.send(mobile(4), { user: 'Anna' })).status, 201, 'another user');
});

test('nothing is kept of a user whom no rule counts, and what names none is refused with what would', async (t) => {
  const roost = await startGuarded(t, { rules: QUIET });
  const made = await roost.send(mobile(1), { user: 'anna' });
  const about = { projectId: 'default', mode: 'live' } as const;
  const row = await roost.roost.store.read.get(tables.verifications, { ...about, id: made.body.id });
  assert.ok(row?.guard?.includes('block='));
  assert.ok(!row?.guard?.includes('user='));
  const refused = await roost.send(mobile(2), { user: 'anna van dam' });
  assert.equal(refused.status, 422);
  assert.equal(refused.body.errors[0].parameter, 'user');
  assert.match(refused.body.errors[0].description, /1 to 128 letters/);
});

test('a code for a challenge counts on its user, in the sandbox too, where it is only written down', async (t) => {
  const rule = { on: 'user', of: 'sends', most: 1, windowMinutes: 60 };
  const roost = await startGuarded(t, { rules: { ...QUIET, 'user-hour': rule } });
  const phone = await enrolPhone(roost, 'anna', mobile(1));
  const id = await challenge(roost, 'anna');
  await send(roost, id, phone);
  const key = { projectId: 'default', mode: 'test', id } as const;
  const [sent] = (await roost.roost.store.read.get(tables.challenges, key))?.verificationIds ?? [];
  const { readings } = (await roost.call('GET', `/v1/verifications/${sent}/decision`)).body;
  const found = readings.find(({ rule }: { rule: string }) => rule === 'user-hour');
  assert.deepEqual(found, { rule: 'user-hour', value: 2, most: 1, verdict: 'would-refuse' });
});

test('a replay knows what kind of numbers codes went to of a time when no rule counted on it', () => {
  const rule: Rule = {
    ...{ kind: 'limit', id: 'few-voip', mode: 'enforce', on: 'line', of: 'sends' },
    ...{ windowMs: 3_600_000, most: 2, lines: ['voip'] },
  };
  const replay = replayOf(() => [rule]);
  const verdicts = (['voip', 'voip', 'mobile', 'voip'] as const).map((line, i) => {
    const about = { whence: 'unsaid', isProven: false, micros: 0, place: 1, signals: [] } as const;
    const note = readNote(writeNote({ ...about, line, subjects: [], places: [], readings: [] }));
    const past = {
      projectId: 'p',
      mode: 'live',
      recipientKey: `r${i}`,
      channel: 'sms',
      atMs: i,
      note,
    } as const;
    return replay.ask(past).refusal?.rule ?? null;
  });
  assert.deepEqual(verdicts, [null, null, null, 'few-voip']);
});
