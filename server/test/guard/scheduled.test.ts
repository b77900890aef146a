import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres } from '../../../testing/postgres.ts';
import { tables } from '../../src/store/store.ts';
import { signedIn } from '../console/visitor.ts';
import { type Answer, LIVE_KEY } from '../support/roost.ts';
import { type Guarded, startGuarded } from './guarded.ts';

const PRICES = [{ provider: 'bird', cost: '0.05', currency: 'EUR' }];
const DAY_MS = 86_400_000;
const PHONE = '+31612345678';
const number = (i: number): string => `+3161${String(1_000_000 + ((i * 7919) % 9_000_000)).slice(-7)}`;
const wireTime = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 19)}Z`;

const ask = (roost: Guarded, recipients: readonly string[], scheduledDatetime?: string): Promise<Answer> =>
  roost.call('POST', '/messages', {
    key: LIVE_KEY,
    json: { originator: 'Bank', body: 'Your parcel is on its way', recipients, scheduledDatetime },
  });

/** What became of messages, once none of them waits any more. */
async function statusesOf(roost: Guarded, asked: readonly Answer[]): Promise<Record<string, number>> {
  for (let tries = 0; tries < 400; tries += 1) {
    const read = await Promise.all(
      asked.map(({ body }) => roost.call('GET', `/messages/${body.id}`, { key: LIVE_KEY })),
    );
    const all = read.flatMap(({ body }) =>
      body.recipients.items.map(({ status }: { status: string }) => status),
    );
    const counted: Record<string, number> = {};
    for (const status of all) counted[status] = (counted[status] ?? 0) + 1;
    if (counted.scheduled === undefined) return counted;
    await sleep(50);
  }
  assert.fail('something scheduled never left');
}

async function until(count: () => number, wanted: number): Promise<void> {
  for (let tries = 0; tries < 500 && count() < wanted; tries += 1) await sleep(20);
  assert.equal(count(), wanted);
}

const decisionsOf = async (roost: Guarded, id: string) =>
  (await roost.call('GET', `/v1/messages/${id}/decisions`, { key: LIVE_KEY })).body.decisions;

// Else a key that asks in both ways asks twice as fast.
test('plain and scheduled texts of one key have one rate together', async (t) => {
  const roost = await startGuarded(t, { rules: { 'text-key-rate': { most: 4 } } });
  const later = wireTime(roost.clock() + DAY_MS);
  const statuses = [];
  for (const at of [undefined, later, undefined, later, later, undefined])
    statuses.push((await ask(roost, [number(statuses.length)], at)).status);
  assert.deepEqual(statuses, [201, 201, 201, 201, 429, 429]);
  roost.clock.advance(3_000);
  assert.equal((await ask(roost, [number(9)], later)).status, 201);
  assert.equal((await ask(roost, [number(9)])).status, 201);
});

// Stops a month of asking for one moment from passing every window.
test('texts that were asked for over days and leave at one moment are held to the limits of that moment', async (t) => {
  const rules = { 'text-recipient-day': { most: 4 } };
  const roost = await startGuarded(t, { rules, money: { perDay: 0.15 } }, { prices: PRICES });
  const at = roost.clock() + 10 * DAY_MS;
  const asked: Answer[] = [];
  for (let days = 0; days < 4; days += 1) {
    for (let i = 0; i < 3; i += 1) asked.push(await ask(roost, [PHONE], wireTime(at)));
    roost.clock.advance(DAY_MS + 7_200_000);
  }
  assert.ok(asked.every(({ status }) => status === 201));
  roost.clock.advance(at - roost.clock() + 1_000);
  assert.deepEqual(await statusesOf(roost, asked), { sent: 3, delivery_failed: 9 });
  await until(() => roost.handed.length, 3);
  const decisions = await Promise.all(asked.map(async ({ body }) => (await decisionsOf(roost, body.id))[0]));
  const refused = decisions.filter(({ outcome }) => outcome === 'refused');
  assert.deepEqual([decisions.length, refused.length], [12, 9]);
  assert.ok(refused.every(({ rule }) => rule === 'money-project'));
  assert.ok(decisions.every((decision) => Date.parse(decision.at) >= Math.floor(at / 1000) * 1000));
  const lined = () => roost.logged.filter((line) => /refused/.test(line) && line.includes('money-project'));
  await until(() => lined().length, 9);
  const lines = lined();
  const id = /"decision":"?([0-9a-f]+)/.exec(lines[0] ?? '')?.[1] ?? '';
  const why = await roost.call('GET', `/v1/verifications/${id}/decision`, { key: LIVE_KEY });
  assert.deepEqual([why.body.outcome, why.body.rule], ['refused', 'money-project']);
  // What left was counted once, and is counted with what is asked for at once.
  assert.equal((await ask(roost, [number(1)])).body.errors[0].code, 25);
  roost.clock.advance(DAY_MS + 7_200_000);
  for (let i = 0; i < 3; i += 1) assert.equal((await ask(roost, [PHONE])).status, 201);
});

test('a country that is closed after a text was scheduled is not sent it', async (t) => {
  const roost = await startGuarded(t, {});
  const made = await ask(roost, [PHONE], wireTime(roost.clock() + 3_600_000));
  const cookie = `__Host-${(await signedIn(roost, 'owner')).cookie}`;
  const page = async (path: string) =>
    hiddenOf((await roost.call('GET', path, { key: null, headers: { cookie } })).text);
  const post = (path: string, form: object) =>
    roost.call('POST', path, { key: null, headers: { cookie }, form: form as Record<string, string> });
  const rule = '/console/guard/rules/_all/countries';
  await post(rule, { ...(await page(rule)), mode: 'enforce', allow: 'BE' });
  await post('/console/guard/changes/_all/enforce', await page('/console/guard/changes/_all'));
  assert.equal((await ask(roost, [PHONE])).status, 422);
  roost.clock.advance(3_601_000);
  assert.deepEqual(await statusesOf(roost, [made]), { delivery_failed: 1 });
  const [decision] = await decisionsOf(roost, made.body.id);
  assert.deepEqual([decision.outcome, decision.rule, decision.country], ['refused', 'countries', 'NL']);
  await roost.roost.settle();
  assert.equal(roost.handed.length, 0);
});

const hiddenOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)]
      .filter(([, name]) => name !== 'to')
      .map(([, name = '', value = '']) => [name, value.replaceAll('&quot;', '"')]),
  );

test('asking for later is held to what a key may ask for, which takes nothing from what it may send that day', async (t) => {
  const rules = { 'text-key-rate': { most: 60 }, 'text-key-day': { most: 100 } };
  const roost = await startGuarded(t, { rules });
  const at = wireTime(roost.clock() + 3_600_000);
  const batch = (i: number) => Array.from({ length: 25 }, (_, n) => number(i * 100 + n));
  const asked = [];
  for (let i = 0; i < 3; i += 1) asked.push((await ask(roost, batch(i), at)).status);
  assert.deepEqual(asked, [201, 201, 429]);
  roost.clock.advance(3_000);
  const now = [];
  for (let i = 0; i < 3; i += 1) now.push((await ask(roost, batch(10 + i))).status);
  assert.deepEqual(now, [201, 201, 429]);
  roost.clock.advance(3_000);
  const later = [];
  for (let i = 3; i < 6; i += 1) {
    later.push((await ask(roost, batch(i), at)).status);
    roost.clock.advance(3_000);
  }
  assert.deepEqual(later, [201, 201, 422]);
});

test('many that leave at one moment are no flood, and keep nobody from asking', async (t) => {
  const roost = await startGuarded(t, { rules: { 'text-key-rate': { most: 20 } } });
  const at = roost.clock() + 3_600_000;
  const asked = [];
  for (let i = 0; i < 3; i += 1) {
    asked.push(
      await ask(
        roost,
        Array.from({ length: 20 }, (_, n) => number(i * 50 + n)),
        wireTime(at),
      ),
    );
    roost.clock.advance(3_000);
  }
  roost.clock.advance(at - roost.clock() + 1_000);
  assert.deepEqual(await statusesOf(roost, asked), { sent: 60 });
  assert.equal(
    (
      await ask(
        roost,
        Array.from({ length: 20 }, (_, n) => number(500 + n)),
      )
    ).status,
    201,
  );
});

test('what was scheduled is judged once, and not again when its provider was busy', async (t) => {
  const roost = await startGuarded(t, { rules: { 'text-recipient-day': { most: 1 } } });
  const at = wireTime(roost.clock() + DAY_MS);
  const [first, second] = [await ask(roost, [PHONE], at), await ask(roost, [PHONE], at)];
  assert.equal((await ask(roost, [PHONE])).status, 201);
  await makeDue(roost, [first], 1);
  await makeDue(roost, [second]);
  assert.deepEqual(await statusesOf(roost, [second]), { delivery_failed: 1 });
  await until(() => roost.handed.length, 2);
});

// Stops a budget from being spent once on each node.
test('of 50 scheduled texts that come due at once on two nodes exactly as many leave as the budget pays for', async (t) => {
  const { url } = await startPostgres(t);
  const env = { DATABASE_URL: url, ROOST_SECRET_KEY: 'ccccccccccccccccccccA1B2c3D4e5F6g7H8i9J0kLm' };
  const guard = { money: { perDay: 1 } };
  const nodes = [
    await startGuarded(t, guard, { env, prices: PRICES }),
    await startGuarded(t, guard, { env, prices: PRICES }),
  ] as const;
  const at = wireTime(Date.now() + DAY_MS);
  const asked = await Promise.all(
    Array.from({ length: 50 }, (_, i) => ask(nodes[i % 2 === 0 ? 0 : 1], [number(i)], at)),
  );
  assert.ok(asked.every(({ status }) => status === 201));
  await makeDue(nodes[0], asked);
  assert.deepEqual(await statusesOf(nodes[0], asked), { sent: 20, delivery_failed: 30 });
  await until(() => nodes[0].handed.length + nodes[1].handed.length, 20);
});

/** The database's clock cannot be moved, so their time is. `attempts`: times that each was sent before. */
async function makeDue({ roost: { store } }: Guarded, asked: readonly Answer[], attempts = 0): Promise<void> {
  const scope = { projectId: 'default', mode: 'live' } as const;
  const found = await Promise.all(
    asked.map(({ body }) =>
      store.read.list(tables.textsOfBatch, { ...scope, batchId: body.id }, store.nowMs()),
    ),
  );
  await store.transaction(async (tx) => {
    const messages = await Promise.all(
      found.flat().map(({ messageId }) => tx.get(tables.messages, { ...scope, id: messageId })),
    );
    for (const message of messages) {
      assert.ok(message?.state === 'pending');
      tx.update(tables.messages, { ...message, attempts, lease: { holder: null, dueAtMs: tx.nowMs } });
    }
  });
}
