import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { createVault, type SecretOwner } from '../../src/app/vault.ts';
import { fromBase32 } from '../../src/domain/factor/base32.ts';
import { readRecoveryCode } from '../../src/domain/factor/recovery.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { type StartedRoost, startRoost } from '../support/roost.ts';
import { challenge, check, enrolPhone, enrolRecovery, factorsOf, send, wrong } from './factors.ts';

/** A secret in every form in which somebody might have written it down. */
function formsOf(secret: Uint8Array): Buffer[] {
  const bytes = Buffer.from(secret);
  const texts = [
    bytes.toString('hex'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
  ];
  return [bytes, ...texts.flatMap((text) => [Buffer.from(text), Buffer.from(text.toUpperCase())])];
}

const filesOf = (roost: StartedRoost): Buffer =>
  Buffer.concat(
    readdirSync(roost.folder)
      .filter((name) => name.startsWith('roost.db'))
      .map((name) => readFileSync(join(roost.folder, name))),
  );

// Stops what a copied database or a collected log would give away.
test('no secret, recovery code, user, address, payee or amount stands in the database or the log, in any form', async (t) => {
  const roost = await startRoost(t);
  const user = 'user-7f3e9a51@bank.example';
  const made = await roost.call('POST', factorsOf(user), { json: { kind: 'totp' } });
  const secret = fromBase32(made.body.secret.base32);
  assert.ok(secret !== null);
  const { id, codes } = await enrolRecovery(roost, user);
  const phone = await enrolPhone(roost, user, '+31612345678');
  const seed = Buffer.from('0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c', 'hex');
  const data = `T-1,${seed.toString('hex')}`;
  await roost.call('POST', '/v1/tokens/import', { json: { format: 'csv', data } });
  await roost.call('POST', factorsOf(user), { json: { kind: 'hotp', serial: 'T-1' } });
  const asked = await challenge(roost, user);
  const sent = await send(roost, asked, phone);
  await check(roost, asked, phone, wrong(sent), {
    clientIp: '203.0.113.9',
    device: 'cookie-5d41402abc4b2a76',
  });
  await check(roost, asked, id, codes[0] ?? '', {
    clientIp: '203.0.113.9',
    device: 'cookie-5d41402abc4b2a76',
  });
  const payment = {
    amount: '7391.46',
    currency: 'EUR',
    payee: 'Zonnebloem Bakkerij',
    reference: 'brood 4711',
  };
  const paid = await challenge(roost, user, { purpose: 'payment', payment });
  const code = await send(roost, paid, phone);
  await send(roost, paid, phone);
  assert.equal((await check(roost, paid, phone, code, { payment })).status, 200);

  const needles = [
    ...[secret, seed].flatMap(formsOf),
    ...codes.flatMap((code) => [Buffer.from(code), Buffer.from(readRecoveryCode(code) ?? '')]),
    ...[user, '31612345678', '203.0.113.9', 'cookie-5d41402abc4b2a76'].map((text) => Buffer.from(text)),
    ...[payment.amount, payment.payee, payment.reference, 'can now sign in'].map((text) => Buffer.from(text)),
    Buffer.from(made.body.secret.base32.replaceAll(' ', '')),
  ];
  const places = { database: filesOf(roost), log: Buffer.from(roost.logged.join('\n')) };
  assert.ok(places.database.includes('T-1'), 'the database was read');
  for (const [place, bytes] of Object.entries(places)) {
    for (const needle of needles) assert.ok(!bytes.includes(needle), `${place} holds ${needle.toString()}`);
  }
});

test('a sealed secret that is moved to another row opens nothing', async (t) => {
  const roost = await startRoost(t);
  const vault = createVault(roost.roost.masterKey, systemRandom);
  const owner: SecretOwner = {
    ...{ projectId: 'default', mode: 'test', id: 'a'.repeat(32) },
    ...{ userKey: 'b'.repeat(32), kind: 'totp' },
  };
  const sealedSecret = vault.sealSecret(Buffer.alloc(20, 1), owner);
  assert.deepEqual(vault.openSecret({ ...owner, sealedSecret }), Buffer.alloc(20, 1));
  const moves = [
    { id: 'c'.repeat(32) },
    { userKey: 'c'.repeat(32) },
    { kind: 'hotp' },
    { mode: 'live' },
    { projectId: 'other' },
  ] as const;
  for (const move of moves) assert.throws(() => vault.openSecret({ ...owner, ...move, sealedSecret }));
});
