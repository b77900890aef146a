import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startGuarded } from '../guard/guarded.ts';
import { LIVE_KEY, type StartedRoost, startRoost } from '../support/roost.ts';
import { challenge, factorsOf } from './factors.ts';

const PHONE = '+31612345678';

async function started(t: TestContext): Promise<StartedRoost> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-sending-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'roost.config.json');
  writeFileSync(file, JSON.stringify({ policy: { appHosts: ['bank.example'], appHashes: ['FA+9qCX9VSu'] } }));
  return startRoost(t, { env: { ROOST_CONFIG: file } });
}

/** The newest message to the phone. */
async function newest(roost: StartedRoost): Promise<{ text: string; token: string }> {
  const { body } = await roost.call('GET', `/sandbox/messages?recipient=${encodeURIComponent(PHONE)}`);
  return body.messages.at(-1);
}

test('codes of a factor are filled in by the browser too: the last line names the host of the policy', async (t) => {
  const roost = await started(t);
  const made = await roost.call('POST', factorsOf('ann'), {
    json: { kind: 'sms', recipient: PHONE, template: 'Enrol %token', appHost: 'bank.example' },
  });
  assert.equal(made.status, 201, made.text);
  const first = await newest(roost);
  assert.equal(first.text, `Enrol ${first.token}\n@bank.example #${first.token}`);
  const id = made.body.factor.id;
  await roost.call('POST', `${factorsOf('ann')}/${id}/confirm`, { json: { code: first.token } });
  const send = async (json: object) =>
    roost.call('POST', `/v1/challenges/${await challenge(roost, 'ann')}/send`, {
      json: { factor: id, ...json },
    });
  assert.equal((await send({ template: 'In %token', appHost: 'Bank.example' })).status, 202);
  const second = await newest(roost);
  assert.equal(second.text, `In ${second.token}\n@bank.example #${second.token}`);
  assert.equal((await send({ template: 'In %token', appHash: 'FA+9qCX9VSu' })).status, 202);
  assert.match((await newest(roost)).text, /^In \d{6}\nFA\+9qCX9VSu$/);
  for (const [wrong, parameter] of [
    [{ appHost: 'evil.example' }, 'appHost'],
    [{ appHash: 'FA+9qCX9VSu', appHost: 'bank.example' }, 'appHash'],
    [{ clientIp: 'here' }, 'clientIp'],
  ] as const) {
    const refused = await send(wrong);
    assert.equal(refused.status, 422, refused.text);
    assert.equal(refused.body.errors[0].parameter, parameter, refused.text);
  }
});

test('codes of factors count for the address that asks for them: the sixth in an hour that nobody used is refused', async (t) => {
  const rules = Object.fromEntries(
    ['sequence', 'key-rate', 'block-unverified', 'country-unverified', 'cool-down'].map((id) => [
      id,
      { mode: 'off' },
    ]),
  );
  const roost = await startGuarded(t, { rules });
  const enrol = (i: number, clientIp: string) =>
    roost.call('POST', factorsOf(`user-${i}`), {
      ...{ key: LIVE_KEY, json: { kind: 'sms', recipient: `+3161${i}34567`, clientIp } },
    });
  const statuses = [];
  for (let i = 20; i < 27; i += 1) statuses.push((await enrol(i, '198.51.100.7')).status);
  assert.deepEqual(statuses, [...Array(5).fill(201), ...Array(2).fill(429)]);
  assert.equal((await enrol(30, '198.51.100.8')).status, 201);
});

test('a factor whose codes are not sent has no host and no address', async (t) => {
  const roost = await started(t);
  const given = { appHost: 'bank.example', clientIp: '203.0.113.9', device: 'laptop-cookie' };
  for (const [field, value] of Object.entries(given)) {
    const refused = await roost.call('POST', factorsOf('ann'), { json: { kind: 'totp', [field]: value } });
    assert.equal(refused.status, 422);
    assert.match(refused.text, new RegExp(`a factor of kind totp has no ${field}`));
  }
});
