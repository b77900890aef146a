import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { provisionKey, revokeKey } from '../../src/app/access/keyring.ts';
import { answer, register } from '../factors/authenticator.ts';
import { challenge, check, enrolApp, enrolRecovery } from '../factors/factors.ts';
import {
  ask,
  beginPasskey,
  confirmPasskey,
  type Enrolled,
  enrolPasskey,
  present,
} from '../factors/passkeys.ts';
import { sqliteHome, startAt } from '../operations/databases.ts';
import { freshFolder, roost, type Scope } from '../operations/support.ts';
import type { StartedRoost } from '../support/roost.ts';

const NOBODY = `/verify/${'f'.repeat(32)}`;

/** Runs `before`, takes a backup, runs `since`, and starts what the backup restores to, on the same clock. */
async function restoredAfter(
  t: Scope,
  before: (server: StartedRoost) => Promise<void>,
  since: (server: StartedRoost) => Promise<void>,
): Promise<StartedRoost> {
  const home = sqliteHome(freshFolder(t));
  const first = await startAt(t, home);
  await before(first);
  const file = join(home.env.ROOST_DATA, 'before.roost');
  const backup = await roost(['backup', file], { env: home.env });
  assert.equal(backup.code, 0, backup.stderr);
  await since(first);
  await first.stop();
  const other = sqliteHome(freshFolder(t));
  const restored = await roost(['restore', file], { env: other.env });
  assert.equal(restored.code, 0, restored.stderr);
  return startAt(t, other, { clock: first.clock });
}

test('a recovery code that was used after the backup does not work again once it is restored', async (t) => {
  let set = { id: '', codes: [''] };
  const use = async (server: StartedRoost) =>
    (await check(server, await challenge(server, 'ann'), set.id, set.codes[0] ?? '')).status;
  const second = await restoredAfter(
    t,
    async (server) => {
      set = await enrolRecovery(server, 'ann');
      await enrolApp(server, 'ann'); // so that a challenge can be made whatever becomes of the set
    },
    async (server) => {
      assert.equal(await use(server), 200);
      assert.equal(await use(server), 422);
    },
  );
  assert.notEqual(await use(second), 200);
});

test('a proof that was redeemed after the backup is not redeemed again once it is restored', async (t) => {
  let proof = '';
  const redeem = async (server: StartedRoost) =>
    (await server.call('POST', '/v1/proofs/redeem', { json: { proof, purpose: 'sign-in' } })).status;
  const second = await restoredAfter(
    t,
    async (server) => {
      const app = await enrolApp(server, 'bob');
      const answer = await check(server, await challenge(server, 'bob'), app.id, app.code());
      proof = answer.body.proof;
    },
    async (server) => assert.equal(await redeem(server), 200),
  );
  assert.notEqual(await redeem(second), 200);
});

test('the proof of a verification that was redeemed after the backup is not redeemed again once it is restored', async (t) => {
  const recipient = '+31612345678';
  let proof = '';
  const redeem = (server: StartedRoost) =>
    server.call('POST', '/v1/proofs/redeem', { json: { proof, purpose: 'sign-up', recipient } });
  const second = await restoredAfter(
    t,
    async (server) => {
      const { id, code } = await server.createVerification(recipient);
      await server.check(id, code);
      const json = { purpose: 'sign-up' };
      proof = (await server.call('POST', `/v1/verifications/${id}/proof`, { json })).body.proof;
    },
    async (server) => assert.equal((await redeem(server)).status, 200),
  );
  assert.equal((await redeem(second)).status, 409);
});

test('a restore tells which access keys are in force again, since one may have been revoked after the backup', async (t) => {
  const key = 'live_LeakedLeakedLeakedLeakedLeaked';
  const home = sqliteHome(freshFolder(t));
  const first = await startAt(t, home);
  const { store } = first.roost;
  await provisionKey(store, key, 'default', 'leaked');
  const file = join(home.env.ROOST_DATA, 'before.roost');
  assert.equal((await roost(['backup', file], { env: home.env })).code, 0);
  const id = (await store.read.accessKeys()).find(({ name }) => name === 'leaked')?.id ?? '';
  await revokeKey(store, id);
  await first.roost.keyring.refresh();
  assert.equal((await first.call('GET', NOBODY, { key })).status, 401);
  await first.stop();
  const other = sqliteHome(freshFolder(t));
  const restored = await roost(['restore', file], { env: other.env });
  assert.equal(restored.code, 0, restored.stderr);
  const second = await startAt(t, other);
  const isBack = (await second.call('GET', NOBODY, { key })).status !== 401;
  assert.ok(
    !isBack || `${restored.stdout}${restored.stderr}`.includes(id),
    'it works again, and nobody was told',
  );
});

test('what a passkey was asked before the backup is worth nothing once it is restored, and the passkey works', async (t) => {
  let enrolled: Enrolled | null = null;
  let asked = { id: '', publicKey: { challenge: '' } };
  let begun = { id: '', publicKey: { challenge: '', user: { id: '' } } };
  const second = await restoredAfter(
    t,
    async (server) => {
      enrolled = await enrolPasskey(server, 'ann');
      asked = await ask(server, { user: 'ann' });
      begun = await beginPasskey(server, 'ann');
    },
    async (server) => {
      assert.ok(enrolled !== null);
      const said = answer(asked.publicKey, enrolled.credential);
      assert.equal((await present(server, asked.id, said)).status, 200);
    },
  );
  assert.ok(enrolled !== null);
  const { credential } = enrolled as Enrolled;
  assert.equal((await present(second, asked.id, answer(asked.publicKey, credential))).status, 409);
  const made = register(begun.publicKey);
  assert.equal((await confirmPasskey(second, 'ann', begun.id, made.answer)).status, 404);
  const next = await ask(second, { user: 'ann' });
  assert.equal((await present(second, next.id, answer(next.publicKey, credential))).status, 200);
});
