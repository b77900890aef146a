import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { startRoost } from '../support/roost.ts';
import { challenge, check, enrolApp, enrolPhone, factorsOf, refusalOf, STEP_MS } from './factors.ts';

/** A configuration file that names this profile. */
function configOf(t: TestContext, profile: string): { readonly ROOST_CONFIG: string } {
  const folder = mkdtempSync(join(tmpdir(), 'roost-profile-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'roost.config.json');
  writeFileSync(file, JSON.stringify({ policy: { profile } }));
  return { ROOST_CONFIG: file };
}

// OWASP ASVS 5.0, 6.3.6 and 6.6.1 at level 3.
test('under asvs-l3 no factor by phone or mail is enrolled, and those of before answer nothing', async (t) => {
  const roost = await startRoost(t);
  await enrolPhone(roost, 'ann', '+31612345678');
  const app = await enrolApp(roost, 'ann');
  await roost.stop();
  const strict = await startRoost(t, {
    ...{ folder: roost.folder, clock: roost.clock, env: configOf(t, 'asvs-l3') },
  });
  for (const kind of ['sms', 'tts', 'email']) {
    const json = { kind, recipient: kind === 'email' ? 'ann@example.com' : '+31612345679' };
    const refused = await strict.call('POST', factorsOf('ann'), { json });
    assert.equal(refusalOf(refused), 'invalid_parameter');
    assert.match(refused.body.errors[0].message, /not allowed here; use totp/);
  }
  const asked = { user: 'ann', purpose: 'sign-in' };
  const { body } = await strict.call('POST', '/v1/challenges', { json: asked });
  assert.deepEqual(
    body.factors.map(({ id }: { id: string }) => id),
    [app.id],
  );
  const [phone] = (await strict.call('GET', factorsOf('ann'))).body.factors;
  const sent = await strict.call('POST', `/v1/challenges/${body.id}/send`, { json: { factor: phone.id } });
  assert.equal(refusalOf(sent), 'not_found');
  const byPhone = await strict.call('POST', '/v1/challenges', { json: { ...asked, factors: ['sms'] } });
  assert.equal(refusalOf(byPhone), 'invalid_parameter');
  const payment = { amount: '1.00', currency: 'EUR', payee: 'Bob' };
  const paying = await strict.call('POST', '/v1/challenges', { json: { ...asked, payment } });
  assert.equal(refusalOf(paying), 'invalid_parameter', 'no factor is left that is made for a payment');
});

// OWASP ASVS 5.0, 6.5.5.
test('the codes that count are those of one step either way, of the last two, or of the present one', async (t) => {
  const taken = async (profile: string): Promise<number[]> => {
    const roost = await startRoost(t, { env: configOf(t, profile) });
    const steps = [-2, -1, 0, 1, 2];
    const accepted: number[] = [];
    for (const step of steps) {
      const user = `user${step}`;
      const app = await enrolApp(roost, user);
      roost.clock.advance(4 * STEP_MS - (roost.roost.store.nowMs() % STEP_MS));
      const id = await challenge(roost, user);
      const { status } = await check(roost, id, app.id, app.code(step));
      if (status === 200) accepted.push(step);
    }
    return accepted;
  };
  assert.deepEqual(await taken('standard'), [-1, 0, 1]);
  assert.deepEqual(await taken('strict'), [-1, 0]);
  assert.deepEqual(await taken('asvs-l3'), [0]);
});

test('under asvs-l3 an authenticator of 60 seconds is refused', async (t) => {
  const roost = await startRoost(t, { env: configOf(t, 'asvs-l3') });
  const refused = await roost.call('POST', factorsOf('ann'), { json: { kind: 'totp', period: 60 } });
  assert.equal(refusalOf(refused), 'invalid_parameter');
  assert.equal(refused.body.errors[0].parameter, 'period');
});
