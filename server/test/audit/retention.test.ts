import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createAudit } from '../../src/app/audit.ts';
import { noteRefusals } from '../../src/app/audit-refusals.ts';
import { retainHaunts } from '../../src/app/retention/haunts.ts';
import { retainOutgoing } from '../../src/app/retention/outgoing.ts';
import { RETENTION } from '../../src/domain/retention.ts';
import { tables } from '../../src/store/store.ts';
import { type StartedRoost, startRoost } from '../support/roost.ts';
import { wrong } from '../wire/wire.ts';

const DAY_MS = 86_400_000;
const scope = { projectId: 'default', mode: 'test' } as const;
const goOn = async () => true;

const retain = ({ roost }: StartedRoost) =>
  retainOutgoing({ store: roost.store, retention: RETENTION, goOn }, 100_000);

/** A refusal, as the guard writes it. */
async function refuse({ roost: { store } }: StartedRoost, rule: string): Promise<string> {
  const id = store.newId();
  await store.transaction(async (tx) => {
    tx.insert(tables.refusals, {
      ...{ ...scope, id, atMs: tx.nowMs, recipientKey: 'ab'.repeat(16), recipient: '+31*******78' },
      ...{ country: 'NL', channel: 'sms', keyId: 'key', rule, retryAtMs: null, guard: '0||||0|0' },
    });
  });
  return id;
}

async function started(t: TestContext): Promise<StartedRoost> {
  return startRoost(t);
}

test('what the guard refused is kept for 90 days', async (t) => {
  const server = await started(t);
  const { store } = server.roost;
  const id = await refuse(server, 'sends');
  server.clock.advance(90 * DAY_MS - 60_000);
  await retain(server);
  assert.ok(await store.read.get(tables.refusals, { ...scope, id }));
  server.clock.advance(61_000);
  await retain(server);
  assert.equal(await store.read.get(tables.refusals, { ...scope, id }), null);
});

test('a place is forgotten 30 days after the last success there', async (t) => {
  const server = await started(t);
  const places = async () =>
    (await server.roost.store.read.subjects.haunts({ after: null, rows: 100 })).found.length;
  const where = { clientIp: '203.0.113.9', deviceToken: 'a device' };
  const succeed = async () => {
    const { id, code } = await server.createVerification('+31612345678', where);
    await server.check(id, code);
    await server.roost.settle();
  };
  await succeed();
  const known = await places();
  assert.ok(known >= 2, 'a network and a device');
  server.clock.advance(20 * DAY_MS);
  await succeed();
  server.clock.advance(29 * DAY_MS);
  assert.equal(await retainHaunts({ store: server.roost.store, goOn }), 0, 'the second success counts');
  server.clock.advance(DAY_MS + 1_000);
  assert.equal(await retainHaunts({ store: server.roost.store, goOn }), known);
  assert.equal(await places(), 0);
});

test('wrong guesses at whom was erased are kept for as long as they count, and no longer', async (t) => {
  const server = await started(t);
  const { id, code } = await server.createVerification('+31612345678');
  await server.check(id, wrong(code));
  await server.call('POST', '/v1/erasures', { json: { recipient: '+31612345678' } });
  const kept = async () =>
    (await server.call('POST', '/v1/exports', { json: { recipient: '+31612345678' } })).body.erasedCodes
      .length;
  const rows = async () =>
    (
      await server.roost.store.read.madeBefore(tables.erasedCodes, {
        ...{ after: null, beforeMs: server.clock() + DAY_MS, limit: 10 },
      })
    ).length;
  assert.equal(await kept(), 1);
  server.clock.advance(31 * DAY_MS);
  await retain(server);
  assert.equal(await rows(), 1);
  server.clock.advance(DAY_MS + 60_000);
  await retain(server);
  assert.equal(await rows(), 0);
});

test('refusals are counted into the audit log by rule, each once', async (t) => {
  const server = await started(t);
  const { store, masterKey } = server.roost;
  const audit = createAudit({ store, masterKey, node: 'test' });
  for (const rule of ['sends', 'sends', 'country']) await refuse(server, rule);
  assert.equal(await noteRefusals({ store, audit }), 0, 'a minute must have passed');
  server.clock.advance(61_000);
  assert.equal(await noteRefusals({ store, audit }), 3);
  await refuse(server, 'sends');
  server.clock.advance(61_000);
  assert.equal(await noteRefusals({ store, audit }), 1);
  const found = (await store.read.audit.since({ sinceMs: 0, limit: 100 })).filter(
    ({ action }) => action === 'guard.refused',
  );
  assert.deepEqual(found.map(({ object, result }) => `${object}: ${result}`).sort(), [
    'default test country: 1 sendings',
    'default test sends: 1 sendings',
    'default test sends: 2 sendings',
  ]);
});
