import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSafe } from '../../src/app/safe.ts';
import type { Text } from '../../src/domain/text.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { tables } from '../../src/store/store.ts';
import { type StartedRoost, startRoost } from '../support/roost.ts';
import { challenge, check, enrolApp, enrolPhone, enrolRecovery, factorsOf } from './factors.ts';

type Told = { readonly to: string; readonly text: string; readonly state: string };

/** Every notice that was ever written, the oldest first, and what became of it. */
async function noticesOf(roost: StartedRoost): Promise<readonly Told[]> {
  const { store, masterKey } = roost.roost;
  const safe = createSafe(masterKey, systemRandom);
  const scope = { projectId: 'default', mode: 'test' } as const;
  const { items } = await store.read.page<Text>(tables.texts, { scope, where: {}, offset: 0, limit: 100 });
  const told = items
    .filter(({ kind }) => kind === 'notice')
    .toSorted((a, b) => a.createdAtMs - b.createdAtMs || a.place - b.place)
    .map(async (text) => {
      assert.ok(text.sealedBody !== null && text.sealedRecipient !== null);
      const message = await store.read.get(tables.messages, { ...scope, id: text.messageId });
      return {
        to: safe.open('text recipient', text.sealedRecipient, text),
        text: safe.open('text', text.sealedBody, text),
        state: message?.state ?? 'none',
      };
    });
  return Promise.all(told);
}

async function untilSent(roost: StartedRoost, count: number): Promise<readonly Told[]> {
  for (let tries = 0; tries < 600; tries += 1) {
    const told = await noticesOf(roost);
    if (told.length === count && told.every(({ state }) => state === 'delivered' || state === 'sent'))
      return told;
    await sleep(50);
  }
  assert.fail(`there are not ${count} notices that were sent: ${JSON.stringify(await noticesOf(roost))}`);
}

async function enrolMailbox(roost: StartedRoost, user: string, recipient: string): Promise<string> {
  const json = { kind: 'email', recipient, returnToken: true };
  const made = await roost.call('POST', factorsOf(user), { json });
  const confirm = `${factorsOf(user)}/${made.body.factor.id}/confirm`;
  assert.equal((await roost.call('POST', confirm, { json: { code: made.body.token } })).status, 200);
  return made.body.factor.id;
}

const PHONE = '+31612345678';
const MAILBOX = 'ann@example.com';

// OWASP ASVS 5.0, 6.3.7; NIST SP 800-63B-4, 4.1.2.1.
test('whatever is added or removed is told to every phone and mailbox that the user has confirmed', async (t) => {
  const roost = await startRoost(t);
  const phone = await enrolPhone(roost, 'ann', PHONE);
  assert.deepEqual(await noticesOf(roost), [], 'there was nobody to tell');
  await enrolMailbox(roost, 'ann', MAILBOX);
  const app = await enrolApp(roost, 'ann');
  await roost.call('DELETE', `${factorsOf('ann')}/${app.id}`);
  await roost.call('DELETE', `${factorsOf('ann')}/${phone}`);
  const told = await untilSent(roost, 7);
  const [app_, phone_] = ['An authenticator app', 'A phone number'];
  const can = 'can now sign in to your account. If you did not add it, tell us at once.';
  const cannot = 'can no longer sign in to your account. If you did not remove it, tell us at once.';
  assert.deepEqual(
    told.map(({ to, text }) => [to, text]),
    [
      [PHONE, `An e-mail address ${can}`],
      [PHONE, `${app_} ${can}`],
      [MAILBOX, `${app_} ${can}`],
      [PHONE, `${app_} ${cannot}`],
      [MAILBOX, `${app_} ${cannot}`],
      [PHONE, `${phone_} ${cannot}`],
      [MAILBOX, `${phone_} ${cannot}`],
    ],
  );
});

// OWASP ASVS 5.0, 6.3.7; NIST SP 800-63B-4, 4.2.1.1.
test('the use of a recovery code is told to the user, and in the answer to the caller', async (t) => {
  const roost = await startRoost(t);
  await enrolPhone(roost, 'ann', PHONE);
  const { id: factor, codes } = await enrolRecovery(roost, 'ann');
  const asked = await challenge(roost, 'ann');
  const wrong = await check(roost, asked, factor, '0000-0000-0000-0000');
  assert.equal(wrong.status, 422);
  const right = await check(roost, asked, factor, codes[0] ?? '');
  assert.deepEqual(right.body.notice, { event: 'recovery_code_used', sentTo: ['+31*******78'] });
  const [added, used, ...more] = await untilSent(roost, 2);
  assert.match(added?.text ?? '', /^A set of recovery codes can now sign in/);
  assert.match(used?.text ?? '', /^A recovery code of your account was used; 9 are left\./);
  assert.deepEqual(more, []);
});

test('the answer to an enrolment says whom it was told to, and other users hear nothing', async (t) => {
  const roost = await startRoost(t);
  await enrolPhone(roost, 'ann', PHONE);
  await enrolPhone(roost, 'bob', '+31612345699');
  const recovery = await roost.call('POST', factorsOf('ann'), { json: { kind: 'recovery' } });
  const notice = { event: 'factor_added', sentTo: ['+31*******78'] };
  assert.deepEqual(recovery.body.notice, notice);
  const json = { kind: 'sms', recipient: '+31612345677', returnToken: true };
  const made = await roost.call('POST', factorsOf('ann'), { json });
  assert.equal(made.body.notice, undefined, 'nothing is added yet');
  const confirm = `${factorsOf('ann')}/${made.body.factor.id}/confirm`;
  const confirmed = await roost.call('POST', confirm, { json: { code: made.body.token } });
  assert.deepEqual(confirmed.body.notice, notice, 'the new phone is no witness');
  assert.ok((await untilSent(roost, 2)).every(({ to }) => to === PHONE));
});

test('a token that is reported lost is told to whoever had it', async (t) => {
  const roost = await startRoost(t);
  await enrolPhone(roost, 'ann', PHONE);
  const secret = Buffer.from('12345678901234567890');
  const data = `T-1,${secret.toString('hex')}`;
  await roost.call('POST', '/v1/tokens/import', { json: { format: 'csv', data } });
  const made = await roost.call('POST', factorsOf('ann'), { json: { kind: 'hotp', serial: 'T-1' } });
  const path = `${factorsOf('ann')}/${made.body.factor.id}/confirm`;
  assert.equal((await roost.call('POST', path, { json: { code: '755224' } })).status, 200);
  assert.equal((await roost.call('POST', '/v1/tokens/T-1/lost')).status, 200);
  const told = await untilSent(roost, 2);
  assert.match(told[1]?.text ?? '', /^A hardware token can no longer sign in/);
});

test('what changed nothing tells nobody: wrong codes, renaming, and factors that were never confirmed', async (t) => {
  const roost = await startRoost(t);
  const phone = await enrolPhone(roost, 'ann', PHONE);
  const made = await roost.call('POST', factorsOf('ann'), { json: { kind: 'totp' } });
  const path = `${factorsOf('ann')}/${made.body.factor.id}`;
  await roost.call('POST', `${path}/confirm`, { json: { code: '000000' } });
  await roost.call('DELETE', path);
  await roost.call('PATCH', `${factorsOf('ann')}/${phone}`, { json: { name: 'Mine' } });
  assert.deepEqual(await noticesOf(roost), []);
});

test('a notice holds no code and its row neither its words nor its recipient in the clear', async (t) => {
  const roost = await startRoost(t);
  await enrolPhone(roost, 'ann', PHONE);
  await enrolRecovery(roost, 'ann');
  await untilSent(roost, 1);
  const scope = { projectId: 'default', mode: 'test' } as const;
  const { items } = await roost.roost.store.read.page<Text>(tables.texts, {
    scope,
    where: {},
    offset: 0,
    limit: 9,
  });
  const row = JSON.stringify(items, (_, value) =>
    value?.type === 'Buffer' ? Buffer.from(value).toString('latin1') : value,
  );
  assert.doesNotMatch(row, /612345678|recovery codes|tell us/);
});

/** A configuration file with this policy. */
function configOf(t: TestContext, policy: object): { readonly ROOST_CONFIG: string } {
  const folder = mkdtempSync(join(tmpdir(), 'roost-notices-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'roost.config.json');
  writeFileSync(file, JSON.stringify({ policy }));
  return { ROOST_CONFIG: file };
}

test('an operator words the notices, or sends none', async (t) => {
  const notices = { factorAdded: '%factor is nieuw bij uw rekening. Was u dat niet? Bel ons.' };
  const dutch = await startRoost(t, { env: configOf(t, { notices }) });
  await enrolPhone(dutch, 'ann', PHONE);
  await enrolRecovery(dutch, 'ann');
  const [first] = await untilSent(dutch, 1);
  assert.equal(first?.text, 'A set of recovery codes is nieuw bij uw rekening. Was u dat niet? Bel ons.');
  const silent = await startRoost(t, { env: configOf(t, { notices: 'off' }) });
  await enrolPhone(silent, 'ann', PHONE);
  await enrolRecovery(silent, 'ann');
  assert.deepEqual(await noticesOf(silent), []);
  for (const wrong of ['on', { factorAdded: '' }, { factorAdded: 'x'.repeat(141) }, { factorGone: 'x' }]) {
    await assert.rejects(startRoost(t, { env: configOf(t, { notices: wrong }) }), /policy\.notices/);
  }
});
