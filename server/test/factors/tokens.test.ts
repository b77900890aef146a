import assert from 'node:assert/strict';
import test from 'node:test';
import { hotp } from '../../src/domain/factor/hotp.ts';
import { writeMigration } from '../../src/domain/factor/migration.ts';
import { totp, USUAL_TOTP } from '../../src/domain/factor/totp.ts';
import { type StartedRoost, startRoost } from '../support/roost.ts';
import { challenge, check, factorsOf, refusalOf } from './factors.ts';

const SECRET = Buffer.from('12345678901234567890');
const LIST = `T-1,${SECRET.toString('hex')},hotp\nT-2,${Buffer.alloc(20, 7).toString('hex')},totp,6,60`;
const codeOf = (counter: number) => hotp({ algorithm: 'SHA1', digits: 6 }, SECRET, counter);

const importList = (roost: StartedRoost, data = LIST) =>
  roost.call('POST', '/v1/tokens/import', { json: { format: 'csv', data } });

/** Gives T-1 to a user, who presses it for the first time. */
async function give(roost: StartedRoost, user: string, first: number): Promise<string> {
  const made = await roost.call('POST', factorsOf(user), { json: { kind: 'hotp', serial: 'T-1' } });
  assert.equal(made.status, 201, made.text);
  const { id } = made.body.factor;
  const json = { code: codeOf(first) };
  const confirmed = await roost.call('POST', `${factorsOf(user)}/${id}/confirm`, { json });
  assert.equal(confirmed.status, 200, confirmed.text);
  return id;
}

const serials = async (roost: StartedRoost, state: string): Promise<string[]> =>
  (await roost.call('GET', `/v1/tokens?state=${state}`)).body.tokens.map(
    ({ serial }: { serial: string }) => serial,
  );

test('a token goes from the stock to a user and back, and none of its used codes comes back with it', async (t) => {
  const roost = await startRoost(t);
  const imported = await importList(roost);
  assert.equal(imported.status, 201, imported.text);
  assert.ok(!imported.text.includes(SECRET.toString('hex')));
  assert.deepEqual(await serials(roost, 'stock'), ['T-1', 'T-2']);
  const factor = await give(roost, 'ann', 0);
  assert.deepEqual(await serials(roost, 'assigned'), ['T-1']);
  const again = await roost.call('POST', factorsOf('bob'), { json: { kind: 'hotp', serial: 'T-1' } });
  assert.equal(refusalOf(again), 'not_found');
  assert.equal((await check(roost, await challenge(roost, 'ann'), factor, codeOf(3))).status, 200);
  assert.equal((await roost.call('DELETE', `${factorsOf('ann')}/${factor}`)).status, 204);
  assert.deepEqual(await serials(roost, 'stock'), ['T-1', 'T-2']);

  const made = await roost.call('POST', factorsOf('bob'), { json: { kind: 'hotp', serial: 'T-1' } });
  const path = `${factorsOf('bob')}/${made.body.factor.id}/confirm`;
  assert.equal(refusalOf(await roost.call('POST', path, { json: { code: codeOf(3) } })), 'wrong_code');
  assert.equal((await roost.call('POST', path, { json: { code: codeOf(4) } })).status, 200);
});

test('a thousand wrong codes leave the counter where it was', async (t) => {
  const roost = await startRoost(t);
  await importList(roost);
  const factor = await give(roost, 'ann', 0);
  const far = codeOf(50);
  for (let i = 0; i < 250; i += 1) {
    const id = await challenge(roost, 'ann');
    const attempt = () => check(roost, id, factor, far);
    await Promise.all([attempt(), attempt(), attempt(), attempt()]);
    if (i % 25 === 0) roost.clock.advance(3_600_000);
  }
  roost.clock.advance(31 * 86_400_000);
  const answer = await check(roost, await challenge(roost, 'ann'), factor, codeOf(1));
  assert.equal(answer.status, 200, answer.text);
});

test('a token that was pressed too often is found again by two codes, which are used up', async (t) => {
  const roost = await startRoost(t);
  await importList(roost);
  const factor = await give(roost, 'ann', 0);
  assert.equal(
    refusalOf(await check(roost, await challenge(roost, 'ann'), factor, codeOf(40))),
    'wrong_code',
  );
  const path = `${factorsOf('ann')}/${factor}/resync`;
  const apart = await roost.call('POST', path, { json: { codes: [codeOf(40), codeOf(42)] } });
  assert.equal(refusalOf(apart), 'wrong_code');
  const found = await Promise.all(
    Array.from({ length: 50 }, () => roost.call('POST', path, { json: { codes: [codeOf(40), codeOf(41)] } })),
  );
  assert.equal(found.filter(({ status }) => status === 200).length, 1);
  assert.equal(
    refusalOf(await check(roost, await challenge(roost, 'ann'), factor, codeOf(41))),
    'budget_spent',
  );
  roost.clock.advance(86_400_000);
  assert.equal((await check(roost, await challenge(roost, 'ann'), factor, codeOf(42))).status, 200);
});

test('of 200 parallel right codes of a counting token, one is accepted', async (t) => {
  const roost = await startRoost(t);
  await importList(roost);
  const factor = await give(roost, 'ann', 0);
  const ids = await Promise.all(Array.from({ length: 40 }, () => challenge(roost, 'ann')));
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, i) => check(roost, ids[i % 40] ?? '', factor, codeOf(1))),
  );
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
});

test('a lost token proves nothing, is not given out, and can be deleted', async (t) => {
  const roost = await startRoost(t);
  await importList(roost);
  const factor = await give(roost, 'ann', 0);
  assert.equal(refusalOf(await roost.call('DELETE', '/v1/tokens/T-1')), 'invalid_parameter');
  const id = await challenge(roost, 'ann');
  assert.equal((await roost.call('POST', '/v1/tokens/T-1/lost')).body.state, 'lost');
  assert.equal(refusalOf(await check(roost, id, factor, codeOf(1))), 'not_found');
  const again = await roost.call('POST', factorsOf('ann'), { json: { kind: 'hotp', serial: 'T-1' } });
  assert.equal(refusalOf(again), 'not_found');
  assert.equal((await roost.call('DELETE', '/v1/tokens/T-1')).status, 204);
  assert.equal(refusalOf(await roost.call('DELETE', '/v1/tokens/T-1')), 'not_found');
});

test('a list is imported whole or not at all', async (t) => {
  const roost = await startRoost(t);
  await importList(roost);
  const twice = await importList(roost, `T-9,${SECRET.toString('hex')}\nT-1,${SECRET.toString('hex')}`);
  assert.equal(refusalOf(twice), 'invalid_parameter');
  assert.match(twice.body.errors[0].message, /T-1/);
  assert.deepEqual(await serials(roost, 'stock'), ['T-1', 'T-2']);
  const odd = await importList(roost, 'T-9,abc\nT-8,00');
  assert.equal(odd.body.errors.length, 2);
  const live = await roost.call('GET', '/v1/tokens', { key: roost.liveKey });
  assert.deepEqual(live.body.tokens, []);
});

test('the export of an authenticator app is put into the stock, and one key of it is taken over by its user', async (t) => {
  const roost = await startRoost(t);
  const secret = SECRET;
  const form = { algorithm: 'SHA1', digits: 6 } as const;
  const key = (account: string) =>
    ({ kind: 'totp', issuer: 'Old Bank', account, secret, form, periodSeconds: 30 }) as const;
  const data = writeMigration([key('ann'), key('bob')], 7).join('\n');
  const imported = await roost.call('POST', '/v1/tokens/import', { json: { format: 'otpauth', data } });
  assert.equal(imported.status, 201, imported.text);
  assert.deepEqual(
    imported.body.tokens.map(({ serial, kind }: { serial: string; kind: string }) => [serial, kind]),
    [
      ['ann', 'totp'],
      ['bob', 'totp'],
    ],
  );
  const enrol = (uri: string) => roost.call('POST', factorsOf('ann'), { json: { kind: 'totp', uri } });
  assert.equal(refusalOf(await enrol(data)), 'invalid_parameter', 'two keys are no one factor');
  const [uri = ''] = writeMigration([key('ann')], 7);
  const made = await enrol(uri);
  assert.equal(made.status, 201, made.text);
  assert.equal(made.body.secret.migrationUri, writeMigration([key('ann')], 0)[0]);
  const code = totp(USUAL_TOTP, secret, roost.clock());
  const confirmed = await roost.call('POST', `${factorsOf('ann')}/${made.body.factor.id}/confirm`, {
    json: { code },
  });
  assert.equal(confirmed.status, 200, confirmed.text);
});
