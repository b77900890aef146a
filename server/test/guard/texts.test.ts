import assert from 'node:assert/strict';
import test from 'node:test';
import { startPostgres } from '../../../testing/postgres.ts';
import { type Answer, LIVE_KEY } from '../support/roost.ts';
import { type Guarded, startGuarded } from './guarded.ts';

const OFF = { mode: 'off' };
const NO_RULES_OF_CODES = Object.fromEntries(
  ['sequence', 'key-rate', 'key-day', 'block-unverified', 'country-unverified', 'cool-down'].map((id) => [
    id,
    OFF,
  ]),
);
const PRICES = [
  { provider: 'bird', cost: '0.05', currency: 'EUR' },
  { provider: 'bird', country: 'FR', cost: '0', currency: 'EUR' },
];
const number = (i: number): string => `+3161${String(1_000_000 + ((i * 7919) % 9_000_000)).slice(-7)}`;
const inBlock = (i: number): string => `+3161234${String(i).padStart(4, '0')}`;

const text = (roost: Guarded, recipients: readonly string[], more: object = {}): Promise<Answer> =>
  roost.call('POST', '/messages', {
    key: LIVE_KEY,
    json: { originator: 'Bank', body: 'Your parcel is on its way', recipients, ...more },
  });

const statuses = (answers: readonly Answer[]) =>
  Object.fromEntries(
    Object.entries(Object.groupBy(answers, ({ status }) => String(status))).map(([status, same]) => [
      status,
      same?.length,
    ]),
  );

/** Half codes, half texts, at once: 0.05 each against a budget of 1. */
const rush = (nodes: readonly Guarded[], count: number): Promise<Answer[]> =>
  Promise.all(
    Array.from({ length: count }, (_, i) => {
      const roost = nodes[i % nodes.length] as Guarded;
      return i % 4 < 2 ? roost.send(number(i)) : text(roost, [number(i)]);
    }),
  );

// Stops a budget from being spent once on codes and once more on texts.
test('of 200 parallel codes and texts at the edge of the money budget exactly as many pass as it pays for', async (t) => {
  const guard = { rules: NO_RULES_OF_CODES, money: { perDay: 1 } };
  const roost = await startGuarded(t, guard, { prices: PRICES });
  const answers = await rush([roost], 200);
  assert.deepEqual(statuses(answers), { 201: 20, 422: 180 });
  assert.deepEqual(
    answers.filter(({ status }) => status === 422).map(({ body }) => body.errors[0].code),
    Array(180).fill(25),
  );
});

test('a text is paid for by the segments it goes out in, also where it says %token', async (t) => {
  const guard = { rules: NO_RULES_OF_CODES, money: { perDay: 0.1 } };
  const roost = await startGuarded(t, guard, { prices: PRICES });
  const body = `${'a'.repeat(155)} %token`; // 162 characters: two segments, and only one without the word
  assert.equal((await text(roost, [number(1)], { body })).status, 201);
  assert.equal((await text(roost, [number(2)])).body.errors?.[0].code, 25);
});

test('on two nodes, of 200 parallel codes and texts at the edge exactly as many pass, by money and by key', async (t) => {
  const { url } = await startPostgres(t);
  const env = { DATABASE_URL: url, ROOST_SECRET_KEY: 'ccccccccccccccccccccA1B2c3D4e5F6g7H8i9J0kLm' };
  const rules = { ...NO_RULES_OF_CODES, 'text-key-day': { most: 37 } };
  const options = { env, prices: PRICES };
  const nodes = [
    await startGuarded(t, { rules, money: { perCountryAndDay: 1 } }, options),
    await startGuarded(t, { rules, money: { perCountryAndDay: 1 } }, options),
  ];
  const codesAndTexts = await rush(nodes, 200);
  assert.deepEqual(statuses(codesAndTexts), { 201: 20, 422: 180 });
  const texts = codesAndTexts.filter(({ status }, i) => status === 201 && i % 4 >= 2).length;
  const abroad = await Promise.all(
    Array.from({ length: 60 }, (_, i) =>
      text(nodes[i % 2] as Guarded, [`+3361234${String(i * 97).padStart(4, '0')}`]),
    ),
  );
  assert.equal(statuses(abroad)[201], 37 - texts);
});

test('a request to many counts each of them, and goes to all or to nobody', async (t) => {
  const guard = { rules: { ...NO_RULES_OF_CODES, 'text-key-day': { most: 10 } } };
  const roost = await startGuarded(t, guard);
  const eight = Array.from({ length: 8 }, (_, i) => number(i));
  assert.equal((await text(roost, eight)).status, 201);
  const refused = await text(roost, [number(20), number(21), number(22)]);
  assert.equal(refused.status, 422);
  assert.deepEqual([refused.body.errors[0].code, refused.body.errors[0].parameter], [10, 'recipients']);
  assert.match(
    refused.body.errors[0].description,
    /^nothing is sent to \+31\*+\d\d now; try again after 20\d\d-/,
  );
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  // Nothing of what was refused was counted: two are left.
  assert.equal((await text(roost, [number(30), number(31)])).status, 201);
  assert.equal((await text(roost, [number(40)])).status, 422);
  await roost.roost.settle();
  const handed = new Set(roost.handed.map(({ to }) => to));
  assert.ok(!handed.has(number(20)) && !handed.has(number(40)));
});

test('texts to one number, one block and one country have their limits, which codes do not count on', async (t) => {
  const rules = {
    ...NO_RULES_OF_CODES,
    'text-recipient-hour': { most: 3 },
    'text-block-hour': { most: 5 },
    'text-country-hour': { most: 8 },
  };
  const roost = await startGuarded(t, { rules });
  const sent = async (to: string) => (await text(roost, [to])).status;
  for (let i = 0; i < 3; i += 1) assert.equal(await sent(inBlock(1)), 201);
  assert.equal(await sent(inBlock(1)), 422);
  for (let i = 2; i < 4; i += 1) assert.equal(await sent(inBlock(i)), 201);
  assert.equal(await sent(inBlock(9)), 422);
  for (let i = 0; i < 3; i += 1) assert.equal(await sent(number(i)), 201);
  assert.equal(await sent(number(9)), 422);
  assert.equal((await roost.send(inBlock(1))).status, 201);
  assert.equal(await sent('+33612345678'), 201);
  roost.clock.advance(4_000_000);
  assert.equal(await sent(inBlock(1)), 201);
});

// Stops texts, which nobody ever verifies, from closing a country or a block to codes.
test('texts that nobody verifies close nothing to codes', async (t) => {
  const roost = await startGuarded(t, { rules: { 'key-rate': OFF, 'cool-down': OFF } });
  const many = Array.from({ length: 50 }, (_, i) => inBlock(i * 150));
  for (let i = 0; i < 2; i += 1) assert.equal((await text(roost, many)).status, 201);
  roost.clock.advance(1_200_000);
  assert.equal((await roost.send(inBlock(9_999))).status, 201);
});

test('a number that was verified lately is texted though its block or country is full', async (t) => {
  const rules = { ...NO_RULES_OF_CODES, 'text-block-hour': { most: 1 }, 'text-country-hour': { most: 1 } };
  const roost = await startGuarded(t, { rules });
  const made = await roost.send(inBlock(1));
  const code = await roost.codeFor(inBlock(1));
  await roost.call('GET', `/verify/${made.body.id}?token=${code}`, { key: LIVE_KEY });
  assert.equal((await text(roost, [inBlock(2)])).status, 201);
  assert.equal((await text(roost, [inBlock(3)])).status, 422);
  assert.equal((await text(roost, [inBlock(1)])).status, 201);
});

test('a key that floods with texts gets 429 with Retry-After, and goes on when it has waited', async (t) => {
  const roost = await startGuarded(t, { rules: { 'text-key-rate': { most: 60 } } });
  const batch = (i: number) => Array.from({ length: 25 }, (_, n) => number(i * 100 + n));
  const answers = [];
  for (let i = 0; i < 4; i += 1) answers.push(await text(roost, batch(i)));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [201, 201, 429, 429],
  );
  assert.equal(answers[2]?.headers.get('retry-after'), '1');
  roost.clock.advance(3_000);
  assert.equal((await text(roost, batch(5))).status, 201);
});

test('whoever asks is told why each text was sent, or why none was', async (t) => {
  const roost = await startGuarded(t, { countries: ['NL'] }, { prices: PRICES });
  const made = await text(roost, [number(1), number(2)]);
  const read = await roost.call('GET', `/v1/messages/${made.body.id}/decisions`, { key: LIVE_KEY });
  assert.equal(read.status, 200);
  assert.equal(read.body.decisions.length, 2);
  const [first] = read.body.decisions;
  assert.equal(first.outcome, 'sent');
  assert.match(first.recipient, /^\+31\*+\d\d$/);
  const rules = first.readings.map(({ rule }: { rule: string }) => rule);
  for (const rule of ['ranges', 'countries', 'text-key-rate', 'text-key-day', 'text-recipient-hour'])
    assert.ok(rules.includes(rule), rule);
  assert.ok(!rules.includes('country-conversion') && !rules.includes('key-day'));

  const refused = await text(roost, [number(1), '+33612345678']);
  assert.equal(refused.status, 422);
  const id = refused.headers.get('roost-decision');
  const why = await roost.call('GET', `/v1/verifications/${id}/decision`, { key: LIVE_KEY });
  assert.deepEqual([why.body.outcome, why.body.rule, why.body.country], ['refused', 'countries', 'FR']);
  const unknown = await roost.call('GET', `/v1/messages/${id}/decisions`, { key: LIVE_KEY });
  assert.equal(unknown.status, 404);
});

test('with a repeat under the same Idempotency-Key a text is counted once', async (t) => {
  const roost = await startGuarded(t, { rules: { ...NO_RULES_OF_CODES, 'text-key-day': { most: 2 } } });
  const json = { originator: 'Bank', body: 'Hello', recipients: [number(1)] };
  const headers = { 'idempotency-key': 'the-same-again' };
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => roost.call('POST', '/messages', { key: LIVE_KEY, json, headers })),
  );
  assert.deepEqual(statuses(answers), { 201: 20 });
  assert.equal((await text(roost, [number(2)])).status, 201);
  assert.equal((await text(roost, [number(3)])).status, 422);
});

test('towards the sandbox texts are counted and judged, and none is refused', async (t) => {
  const roost = await startGuarded(t, { countries: ['NL'], rules: { 'text-recipient-hour': { most: 1 } } });
  const send = () =>
    roost.call('POST', '/messages', {
      json: { originator: 'Bank', body: 'Hello', recipients: ['+33612345678'] },
    });
  assert.equal((await send()).status, 201);
  const made = await send();
  assert.equal(made.status, 201);
  const { body } = await roost.call('GET', `/v1/messages/${made.body.id}/decisions`);
  const verdicts = body.decisions[0].readings
    .filter(({ verdict }: { verdict: string }) => verdict === 'would-refuse')
    .map(({ rule }: { rule: string }) => rule);
  assert.deepEqual(verdicts, ['countries', 'text-recipient-hour']);
});

// Stops whoever burns the money from changing a victim's factors unseen.
test('notices are paid from the budget of codes, and leave also when it is spent; their recipients have limits', async (t) => {
  const prices = PRICES;
  const started = (perDay: number, rules: object = {}) =>
    startGuarded(t, { rules: { ...NO_RULES_OF_CODES, ...rules }, money: { perDay } }, { prices });
  const enrol = (roost: Guarded, recipient: string) =>
    roost.call('POST', '/v1/users/ann/factors', { key: LIVE_KEY, json: { kind: 'sms', recipient } });
  const add = async (roost: Guarded, recipient: string) => {
    const made = await enrol(roost, recipient);
    const json = { code: await roost.codeFor(recipient) };
    const confirm = `/v1/users/ann/factors/${made.body.factor.id}/confirm`;
    return roost.call('POST', confirm, { key: LIVE_KEY, json });
  };
  // Two codes and a notice to the first phone.
  const rich = await started(0.15);
  assert.equal((await add(rich, number(1))).status, 200);
  assert.deepEqual((await add(rich, number(2))).body.notice.sentTo.length, 1);
  assert.match((await enrol(rich, number(3))).text, /money_spent/);
  const poor = await started(0.1);
  assert.equal((await add(poor, number(1))).status, 200);
  const added = await add(poor, number(2));
  assert.deepEqual([added.status, added.body.notice.sentTo.length], [200, 1]);
  // It was counted all the same, also on what codes are paid from.
  assert.match((await enrol(poor, number(3))).text, /money_spent/);
  await untilHanded(poor, number(1), 2);
  const held = await started(1, {
    'text-recipient-day': { most: 1 },
    'text-country-hour': { most: 1 },
    'text-block-hour': { most: 1 },
  });
  assert.equal((await add(held, number(1))).status, 200);
  assert.equal((await text(held, [number(9)])).status, 201);
  assert.equal((await add(held, number(2))).body.notice.sentTo.length, 1);
  // The first has had its one of the day; the second has not, though country and block are full.
  assert.equal((await add(held, number(3))).body.notice.sentTo.length, 1);
});

async function untilHanded(roost: Guarded, recipient: string, count: number): Promise<void> {
  for (let i = 0; i < 500; i += 1) {
    if (roost.handed.filter(({ to }) => to === recipient).length === count) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail(`${count} messages were not handed over for ${recipient}`);
}
