import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Roost } from '@roost/client';
import { axe, newPage } from '../../../testing/chromium.ts';
import { inTime } from '../../../testing/in-time.ts';
import { FAULT_KINDS } from '../../src/domain/sandbox-faults.ts';
import { signedIn } from '../console/visitor.ts';
import { create, settled } from '../delivery/chain.ts';
import { httpProvider, startGateway, startWith } from '../delivery/gateway.ts';
import { startNodes } from '../nodes/nodes.ts';
import { LIVE_KEY, type StartedRoost, startRoost, TEST_KEY } from '../support/roost.ts';
import { messageOf, numberNo, until, verificationOf } from '../wire/wire.ts';

const HOUR_MS = 3_600_000;

/** As the form of the phone sends it. */
const set = (roost: StartedRoost, form: Record<string, string>) =>
  roost.call('POST', '/sandbox/faults', { form, key: null });
const stateOf = async (roost: StartedRoost, id: string) => (await messageOf(roost, id, 'test')).state;
const becomes = (roost: StartedRoost, id: string, wanted: string) =>
  until(`the message is ${wanted}`, async () => (await stateOf(roost, id)) === wanted);
const page = async (roost: StartedRoost) =>
  (await roost.call('GET', '/sandbox', { headers: { accept: 'text/html' } })).text;

test('each fault does what it says, and the magic numbers stay as they are', async (t) => {
  const roost = await startRoost(t);
  let i = 0;
  const createOne = async (recipient?: string) => {
    i += 1;
    return (await roost.createVerification(recipient ?? numberNo(i))).id;
  };
  const attempts = async (id: string) => (await messageOf(roost, id, 'test')).attempts;
  for (const [kind, ends] of [
    ['refused', (id: string) => becomes(roost, id, 'failed')],
    ['undelivered', (id: string) => becomes(roost, id, 'undelivered')],
    ['no-receipt', (id: string) => becomes(roost, id, 'sent')],
    ['slow', (id: string) => becomes(roost, id, 'delivered')],
    ['busy', (id: string) => until('it is tried again', async () => (await attempts(id)) > 1)],
    ['time-out', (id: string) => until('it is tried again', async () => (await attempts(id)) > 1)],
  ] as const) {
    assert.equal((await set(roost, { channel: 'sms', kind, seconds: '1' })).status, 303);
    const startMs = performance.now();
    const id = await createOne();
    await ends(id);
    if (kind === 'slow') assert.ok(performance.now() - startMs >= 990, 'it took its second');
    const magic = await createOne('+447700900001');
    await becomes(roost, magic, 'delivered');
    await roost.call('DELETE', `/verify/${magic}`);
    await set(roost, { channel: 'sms', kind: 'none' });
    if (kind === 'busy' || kind === 'time-out') await becomes(roost, id, 'delivered');
    if (kind === 'no-receipt') assert.equal(await stateOf(roost, id), 'sent');
  }
  assert.equal(FAULT_KINDS.length, 6, 'all of them were tried');
});

test('whoever switches a fault or lets time pass, by a key or on the phone, is in the audit log', async (t) => {
  const roost = await startRoost(t);
  const fault = { json: { kind: 'busy' } };
  assert.equal((await roost.call('PUT', '/sandbox/faults/sms', fault)).status, 200);
  await set(roost, { channel: 'email', kind: 'refused' });
  await set(roost, { channel: 'email', kind: 'none' });
  const { id } = await roost.createVerification('+31612345678', { timeout: 300 });
  const { messageId } = await verificationOf(roost, id, 'test');
  assert.equal(
    (await roost.call('POST', `/sandbox/verifications/${id}/age`, { json: { seconds: 20 } })).status,
    200,
  );
  const phone = await roost.call('POST', `/sandbox/messages/${messageId}/age`, {
    form: { seconds: '30' },
    key: null,
  });
  assert.equal(phone.status, 303, phone.text);
  assert.equal(
    (await roost.call('POST', `/sandbox/verifications/${id}/age`, { json: { seconds: 0 } })).status,
    422,
  );
  const entries = await roost.roost.store.read.audit.since({ sinceMs: 0, limit: 500 });
  // Entries of one millisecond may stand in any order.
  const told = entries
    .filter(({ action }) => action.startsWith('sandbox.'))
    .map(({ action, object, result, actor }) => `${action} ${object} ${result} (${actor})`)
    .sort();
  assert.deepEqual(told, [
    `sandbox.age ${id} 20 s, by a test key of default (null)`,
    `sandbox.age ${id} 30 s, on the sandbox phone (null)`,
    'sandbox.faults email none, on the sandbox phone (null)',
    'sandbox.faults email refused, on the sandbox phone (null)',
    'sandbox.faults sms busy, by a test key of default (null)',
  ]);
});

test('a fault holds for its channel alone, is shown while it is on, and ends by itself after an hour', async (t) => {
  const roost = await startRoost(t);
  assert.doesNotMatch(await page(roost), /Faults are switched on/);
  await set(roost, { channel: 'sms', kind: 'refused', share: '100' });
  assert.match(await page(roost), /Faults are switched on.*sms refuses messages, until/s);
  const mail = await roost.createVerification('ann@example.com', { type: 'email' });
  await becomes(roost, mail.id, 'delivered');
  roost.clock.advance(HOUR_MS - 60_000);
  await becomes(roost, (await roost.createVerification(numberNo(1))).id, 'failed');
  roost.clock.advance(60_000);
  await becomes(roost, (await roost.createVerification(numberNo(2))).id, 'delivered');
  assert.doesNotMatch(await page(roost), /Faults are switched on/);
  await set(roost, { channel: 'all', kind: 'busy' });
  assert.equal((await page(roost)).match(/every channel is busy, until/g)?.length, 1, 'told once');
});

// Stops the outage by a forgotten switch: whatever is switched on, messages of real providers go out as ever.
test('no fault reaches what a real provider carries', async (t) => {
  const gateway = await startGateway(t);
  const env = { ROOST_SANDBOX: 'on' }; // it has a public address
  const roost = await startWith(t, { providers: { one: httpProvider(gateway) } }, { env });
  for (const [i, kind] of FAULT_KINDS.entries()) {
    assert.equal((await set(roost, { channel: 'all', kind, seconds: '30' })).status, 303);
    const { body } = await create(roost, numberNo(i));
    const [message] = await settled(roost, body.id, ['sent']);
    assert.deepEqual([message?.provider, message?.attempts], ['one', 1], kind);
  }
  assert.equal(gateway.taken.length, FAULT_KINDS.length);
  await set(roost, { channel: 'all', kind: 'refused' });
  await becomes(roost, (await roost.createVerification(numberNo(0))).id, 'failed');
});

test('every node obeys within a second, when a fault is switched on and when it is switched off', async (t) => {
  const { one, other } = await startNodes(t);
  let i = 0;
  const meets = async (roost: StartedRoost, wanted: 'delivered' | 'undelivered') => {
    i += 1;
    const { id } = await roost.createVerification(numberNo(i));
    await until('it ends', async () => ['delivered', 'undelivered'].includes(await stateOf(roost, id)));
    return (await stateOf(roost, id)) === wanted;
  };
  await inTime(1_000, async () => {
    await set(one, { channel: 'all', kind: 'none' });
    await until('both nodes are well', async () => meets(other, 'delivered'));
    await set(one, { channel: 'all', kind: 'undelivered' });
    const onMs = performance.now();
    await until('the other node obeys', () => meets(other, 'undelivered'));
    const tookMs = performance.now() - onMs;
    await set(other, { channel: 'all', kind: 'none' });
    const offMs = performance.now();
    await until('the first node obeys', () => meets(one, 'delivered'));
    return Math.max(tookMs, performance.now() - offMs);
  });
});

test('a fault that is on is on again after a restart', async (t) => {
  const first = await startRoost(t);
  await set(first, { channel: 'sms', kind: 'refused' });
  await first.stop();
  const second = await startRoost(t, { folder: first.folder });
  await becomes(second, (await second.createVerification(numberNo(1))).id, 'failed');
});

test('switches are moved from our own pages and from this machine only, and say what is wrong with them', async (t) => {
  const roost = await startRoost(t);
  const fault = { channel: 'sms', kind: 'refused' };
  const send = (headers: Record<string, string>) =>
    roost.call('POST', '/sandbox/faults', { form: fault, key: null, headers });
  assert.equal((await send({ 'x-forwarded-for': '203.0.113.7' })).status, 404);
  assert.equal((await send({ origin: 'https://evil.example' })).status, 403);
  assert.equal((await send({ 'sec-fetch-site': 'same-site' })).status, 403);
  const wrongShare = await set(roost, { ...fault, share: '0' });
  assert.equal(wrongShare.status, 422);
  assert.match(wrongShare.text, /share is invalid; give a whole number of percent from 1 to 100/);
  assert.doesNotMatch(await page(roost), /Faults are switched on/);
});

test('with a test key faults are read and switched as JSON, by @roost/client too; a live key may only look', async (t) => {
  const roost = await startRoost(t);
  const put = (channel: string, json: object, more: { key?: string | null } = {}) =>
    roost.call('PUT', `/sandbox/faults/${channel}`, { json, ...more });
  const client = new Roost({ url: roost.url, accessKey: TEST_KEY });
  assert.deepEqual(await client.sandbox.faults(), []);
  const [fault] = await client.sandbox.fail({ channel: 'sms', kind: 'slow', seconds: 7, share: 40 });
  assert.deepEqual([fault?.channel, fault?.kind, fault?.seconds, fault?.share], ['sms', 'slow', 7, 40]);
  const endsInMs = (fault?.untilDatetime.getTime() ?? 0) - roost.roost.store.nowMs();
  assert.ok(endsInMs > HOUR_MS - 60_000 && endsInMs <= HOUR_MS, `${endsInMs} ms`);
  assert.match(await page(roost), /sms answers slowly \(after 7 s\), for 40 % of sendings/);
  await client.sandbox.fail({ channel: 'sms', kind: 'refused' });
  const { id } = await client.verify.create({ recipient: numberNo(1), timeout: 300 });
  await becomes(roost, id, 'failed');
  assert.equal((await client.sandbox.fail({ kind: 'busy' })).length, 5, 'every channel');
  assert.equal((await client.sandbox.heal('sms')).length, 4);
  for (const [channel, json, parameter] of [
    ['fax', { kind: 'busy' }, 'channel'],
    ['sms', {}, 'kind'],
    ['sms', { kind: 'busy', share: 0 }, 'share'],
    ['sms', { kind: 'busy', share: 12.5 }, 'share'],
    ['sms', { kind: 'slow', seconds: 31 }, 'seconds'],
  ] as const) {
    const refused = await put(channel, json);
    assert.deepEqual([refused.status, refused.body.errors[0].parameter], [422, parameter], refused.text);
  }
  const live = await put('all', { kind: 'none' }, { key: LIVE_KEY });
  assert.deepEqual([live.status, live.body.errors[0].parameter], [422, 'access_key']);
  assert.equal((await put('all', { kind: 'none' }, { key: null })).status, 401);
  const seen = await roost.call('GET', '/sandbox/faults', { key: LIVE_KEY });
  assert.equal(seen.body.faults.length, 4, 'nothing was changed by what was refused');
  assert.deepEqual(await client.sandbox.heal(), []);
});

test('@roost/client lets time pass for one verification', async (t) => {
  const roost = await startRoost(t);
  const client = new Roost({ url: roost.url, accessKey: TEST_KEY });
  const { id } = await client.verify.create({ recipient: numberNo(1), timeout: 300 });
  const younger = await client.sandbox.age(id, 200);
  assert.equal(younger.status, 'sent');
  const older = await client.sandbox.age(id, 100);
  assert.equal(older.status, 'expired');
  assert.ok(older.validUntilDatetime < younger.validUntilDatetime);
  await assert.rejects(client.sandbox.age(id, 0), /seconds is invalid/);
});

test('in the console faults stand with the sandbox, want the right and a fresh factor, and are audited', async (t) => {
  const roost = await startRoost(t);
  const reader = await signedIn(roost, 'reader');
  const operator = await signedIn(roost, 'operator');
  const path = '/console/providers/sandbox';
  const fault = { channel: 'sms', kind: 'busy', share: '50' };
  assert.equal((await reader.post(`${path}/faults`, fault)).status, 403);
  const stale = await signedIn(roost, 'operator', { provedAgoMs: HOUR_MS });
  await stale.post(`${path}/faults`, fault);
  assert.doesNotMatch((await reader.get(path)).text, /Faults are switched on/);
  assert.equal((await operator.post(`${path}/faults`, { ...fault, kind: 'none such' })).status, 422);
  assert.equal((await operator.post(`${path}/faults`, fault)).status, 303);
  const told = (await reader.get(path)).text;
  assert.match(told, /Faults are switched on.*sms is busy, for 50 % of sendings, until/s);
  assert.doesNotMatch(told, /Switch on for an hour|End it/);
  assert.match((await reader.get('/console/providers')).text, /faults on/);
  assert.match(await page(roost), /Faults are switched on/);
  const audit = (await (await signedIn(roost, 'owner')).get('/console/audit')).text;
  assert.match(audit, /sandbox\.faults/);
});

for (const javaScript of [true, false]) {
  test(`on the phone faults are switched and time is let pass, ${javaScript ? 'live' : 'without JavaScript'}`, async (t) => {
    const roost = await startRoost(t);
    const { id, code } = await roost.createVerification(numberNo(1));
    await becomes(roost, id, 'delivered');
    const phone = await newPage(t, { javaScript, width: 390, height: 844, colorScheme: 'dark' });
    await phone.goto(`${roost.url}/sandbox?recipient=${encodeURIComponent(numberNo(1))}`);
    await phone.getByText('Faults', { exact: true }).click();
    await phone.getByLabel('Channel').selectOption('sms');
    await phone.getByLabel('What it does').selectOption('slow');
    await phone.getByLabel('Of sendings, %').fill('25');
    await phone.getByRole('button', { name: 'Switch on for an hour' }).click();
    await phone.getByText(/sms answers slowly \(after 5 s\), for 25 % of sendings, until/).waitFor();
    await phone.getByText('Faults', { exact: true }).click();
    assert.deepEqual(javaScript ? await axe(phone) : [], []);
    assert.equal(
      new URL(phone.url()).searchParams.get('recipient'),
      numberNo(1),
      'it comes back to where it was',
    );
    await phone.getByRole('button', { name: 'End it for sms' }).click();
    await phone.getByText('Faults are switched on').waitFor({ state: 'detached' });
    await phone.getByRole('button', { name: '1 minute' }).click();
    await phone.waitForLoadState();
    assert.equal((await roost.call('GET', `/verify/${id}`)).body.status, 'sent');
    await phone.getByRole('button', { name: 'Expire now' }).click();
    await phone.getByText(/^No message to/).waitFor({ state: 'attached' });
    assert.match((await roost.check(id, code)).text, /The token has expired/);
  });
}
