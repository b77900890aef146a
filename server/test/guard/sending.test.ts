import assert from 'node:assert/strict';
import test from 'node:test';
import { LIVE_KEY } from '../support/roost.ts';
import { startGuarded } from './guarded.ts';

const OFF = { mode: 'off' };
const number = (i: number): string => `+3161${String(1_000_000 + ((i * 7919) % 9_000_000)).slice(-7)}`;

test('codes to one block of numbers stop after ten that nobody verified, with the time to try again', async (t) => {
  const roost = await startGuarded(t, { rules: { sequence: OFF, 'key-rate': OFF } });
  const answers = [];
  for (let i = 0; i < 14; i += 1)
    answers.push(await roost.send(`+3161234${String(i * 431).padStart(4, '0')}`));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [...Array(10).fill(201), ...Array(4).fill(422)],
  );
  const refused = answers[10];
  assert.match(
    refused?.body.errors[0].description,
    /^no code is sent to this recipient now; try again after 20/,
  );
  assert.equal(refused?.body.errors[0].parameter, 'recipient');
  assert.ok(Number(refused?.headers.get('retry-after')) > 0);
  await roost.codeFor('+31612343879');
  assert.equal(roost.handed.length, 10);
});

test('a number that was verified goes through when its block is full', async (t) => {
  const roost = await startGuarded(t, { rules: { sequence: OFF, 'key-rate': OFF, 'cool-down': OFF } });
  const made = await roost.send('+31612340001');
  const code = await roost.codeFor('+31612340001');
  const checked = await roost.call('GET', `/verify/${made.body.id}?token=${code}`, { key: LIVE_KEY });
  assert.equal(checked.body.status, 'verified');
  await roost.roost.settle();
  for (let i = 1; i < 12; i += 1) await roost.send(`+3161234${String(i * 431).padStart(4, '0')}`);
  assert.equal((await roost.send('+31612349998')).status, 422);
  assert.equal((await roost.send('+31612340001')).status, 201);
});

test('of 500 parallel creates at the edge of the money budget exactly as many pass as it pays for', async (t) => {
  const rules = Object.fromEntries(
    ['sequence', 'key-rate', 'key-day', 'block-unverified', 'country-unverified', 'cool-down'].map((id) => [
      id,
      OFF,
    ]),
  );
  const prices = [{ provider: 'bird', cost: '0.05', currency: 'EUR' }];
  const roost = await startGuarded(t, { rules, money: { perDay: 1 } }, { prices });
  const answers = await Promise.all(Array.from({ length: 500 }, (_, i) => roost.send(number(i))));
  assert.equal(answers.filter(({ status }) => status === 201).length, 20);
  const refused = answers.find(({ status }) => status !== 201);
  assert.equal(refused?.body.errors[0].code, 25);
});

// A budget that counts the price of a text while calls go out is no budget.
test('a code that goes out as a call, since no text goes there, is paid for as a call', async (t) => {
  const prices = [
    { provider: 'bird', channel: 'sms', cost: '0.05', currency: 'EUR' },
    { provider: 'bird', channel: 'tts', cost: '0.5', currency: 'EUR' },
  ];
  const more = {
    routes: { '*': { sms: [{ provider: 'bird', country: 'NL' }], tts: ['bird'] } },
    policy: { fallback: ['tts'] },
  };
  const rules = { 'country-unverified': OFF };
  const guard = { rules, voice: '*', money: { perDay: 1 } };
  const roost = await startGuarded(t, guard, { prices, more });
  const answers = [];
  for (const number of ['+32471234567', '+32472234567', '+32473234567'])
    answers.push(await roost.send(number));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [201, 201, 422],
  );
  assert.equal(answers[2]?.body.errors[0].code, 25);
});

// Stops a stolen key from spending a day's money before anybody is awake.
test('money that burns faster than the hour allows trips, and is let go again when the hour has passed', async (t) => {
  const rules = Object.fromEntries(
    ['sequence', 'key-rate', 'block-unverified', 'country-unverified', 'cool-down'].map((id) => [id, OFF]),
  );
  const prices = [{ provider: 'bird', cost: '0.05', currency: 'EUR' }];
  const money = { perDay: 10, perKeyAndHour: 0.1 };
  const roost = await startGuarded(t, { rules, money }, { prices });
  const statuses = [];
  for (let i = 0; i < 3; i += 1) statuses.push((await roost.send(number(i))).status);
  assert.deepEqual(statuses, [201, 201, 422]);
  roost.clock.advance(3_900_000);
  assert.equal((await roost.send(number(9))).status, 201);
});

test('a key that floods gets 429 with Retry-After, and goes on when it has waited', async (t) => {
  const roost = await startGuarded(t, { rules: { 'block-unverified': OFF, 'country-unverified': OFF } });
  const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => roost.send(number(i))));
  const flooded = answers.filter(({ status }) => status === 429);
  assert.ok(flooded.length >= 20, `${flooded.length} of 60`);
  assert.equal(flooded[0]?.headers.get('retry-after'), '1');
  roost.clock.advance(3_000);
  assert.equal((await roost.send(number(100))).status, 201);
});

test('numbers of countries that were not chosen, and calls where none were allowed, are not sent to', async (t) => {
  const roost = await startGuarded(t, { countries: ['NL'] });
  assert.equal((await roost.send('+31612345678')).status, 201);
  assert.equal((await roost.send('+33612345678')).status, 422);
  assert.equal((await roost.send('+31612345679', { type: 'tts' })).status, 422);
});

test('what a client says in any header of proxies changes nothing: only the parameter names the user’s address', async (t) => {
  const rules = Object.fromEntries(
    ['sequence', 'key-rate', 'block-unverified', 'country-unverified'].map((id) => [id, OFF]),
  );
  const roost = await startGuarded(t, { rules });
  const create = (i: number, headers: Record<string, string>) =>
    roost.call('POST', '/verify', {
      key: LIVE_KEY,
      headers,
      json: { recipient: number(i), clientIp: '198.51.100.7' },
    });
  const names = [
    'x-forwarded-for',
    'forwarded',
    'x-real-ip',
    'true-client-ip',
    'cf-connecting-ip',
    'client-ip',
    'via',
    'x-client-ip',
    'x-cluster-client-ip',
    'x-original-forwarded-for',
    'fastly-client-ip',
    'fly-client-ip',
    'x-appengine-user-ip',
    'x-forwarded',
    'forwarded-for',
    'x-forwarded-host',
    'x-originating-ip',
    'x-remote-ip',
    'x-remote-addr',
    'clientip',
    'client_ip',
    'devicetoken',
  ];
  const statuses = [];
  for (const [i, name] of names.entries()) {
    statuses.push((await create(i, { [name]: `203.0.113.${i}` })).status);
  }
  assert.deepEqual(statuses, [...Array(5).fill(201), ...Array(names.length - 5).fill(422)]);
  const wrong = await roost.call('POST', '/verify', {
    key: LIVE_KEY,
    json: { recipient: number(50), clientIp: 'here' },
  });
  assert.deepEqual([wrong.status, wrong.body.errors[0].parameter], [422, 'clientIp']);
});

test('with ROOST_GUARD=monitor-live the same sendings go out, and what would have been refused is written down', async (t) => {
  const roost = await startGuarded(t, { countries: ['NL'] }, { env: { ROOST_GUARD: 'monitor-live' } });
  const made = await roost.send('+33612345678');
  assert.equal(made.status, 201);
  const decision = await roost.call('GET', `/v1/verifications/${made.body.id}/decision`, { key: LIVE_KEY });
  const countries = decision.body.readings.find(({ rule }: { rule: string }) => rule === 'countries');
  assert.equal(countries.verdict, 'would-refuse');
});

test('towards the sandbox nothing is refused, and the decision tells what would have been', async (t) => {
  const roost = await startGuarded(t, {});
  const made = [];
  for (let i = 0; i < 15; i += 1) {
    made.push(await roost.createVerification(`+3161234${String(i * 431).padStart(4, '0')}`));
  }
  const decision = await roost.call('GET', `/v1/verifications/${made[14]?.id}/decision`);
  assert.equal(decision.status, 200);
  assert.equal(decision.body.outcome, 'sent');
  const block = decision.body.readings.find(({ rule }: { rule: string }) => rule === 'block-unverified');
  assert.deepEqual([block.value, block.most, block.verdict], [15, 10, 'would-refuse']);
});

// Whoever reads the log must find why without asking the database.
test('a refusal is a line in the log, with its rule and its decision and without the number', async (t) => {
  const roost = await startGuarded(t, { countries: ['NL'] });
  const refused = await roost.send('+33612345678');
  const lines = roost.logged.map((line) => JSON.parse(line)).filter(({ event }) => event === 'refused');
  assert.equal(lines.length, 1);
  const { rule, decision, status } = lines[0];
  assert.deepEqual([rule, decision, status], ['countries', refused.headers.get('roost-decision'), 422]);
  assert.ok(!roost.logged.join().includes('612345678'));
});

test('a decision tells what stood out about the number, part by part', async (t) => {
  const roost = await startGuarded(t, { lists: { disposable: ['+3162'] } });
  const made = await roost.send('+31622345678');
  const { body } = await roost.call('GET', `/v1/verifications/${made.body.id}/decision`, { key: LIVE_KEY });
  assert.deepEqual(body.signals, {
    score: 50,
    parts: [
      { name: 'disposable', points: 40 },
      { name: 'age', points: 10 },
    ],
  });
});

test('a refusal names its decision, which tells rule, value, threshold and time, and no whole number', async (t) => {
  const roost = await startGuarded(t, { countries: ['NL'] });
  const refused = await roost.send('+33612345678');
  const id = refused.headers.get('roost-decision') ?? '';
  assert.match(id, /^[0-9a-f]{32}$/);
  const decision = await roost.call('GET', `/v1/verifications/${id}/decision`, { key: LIVE_KEY });
  assert.equal(decision.body.outcome, 'refused');
  assert.equal(decision.body.rule, 'countries');
  assert.equal(decision.body.country, 'FR');
  assert.ok(!decision.text.includes('612345678'));
  assert.equal((await roost.call('GET', `/v1/verifications/${id}/decision`)).status, 404);
});
