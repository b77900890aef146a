import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createKey } from '../../src/app/access/keyring.ts';
import { WIRE } from '../../src/http/messagebird/errors.ts';
import { FAILURE_CODES, type FailureCode } from '../../src/kernel/failure.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { StoreUnavailable } from '../../src/store/store.ts';
import { startGuarded } from '../guard/guarded.ts';
import { LIVE_KEY, type StartedRoost, startRoost } from '../support/roost.ts';
import { bare, readText, rowsOf, sectionOf } from './markdown.ts';

const page = readText('docs/errors.md');
const OTHERS = 'Answers that are no refusals';
const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading ?? '');

/** Refusals of `/v1` alone, with its statuses and names. */
const OF_V1: { readonly [code in FailureCode]?: readonly [status: number, name: string] } = {
  last_factor: [409, 'last_factor'],
};

type Entry = { status: number; code: number | string; parameter: string | null; text: RegExp };
const entriesOf = (heading: string): Entry[] =>
  rowsOf(sectionOf(page, heading)).map(([status, code, parameter, text]) => ({
    status: Number(status),
    code: /^\d+$/.test(code ?? '') ? Number(code) : bare(code),
    parameter: parameter === 'none' ? null : bare(parameter),
    text: new RegExp(
      `^${bare(text)
        .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
        .replaceAll('…', '.*')}$`,
    ),
  }));

test('every refusal that Roost can give has an entry, and every entry is one', () => {
  assert.deepEqual(headings.filter((heading) => heading !== OTHERS).sort(), [...FAILURE_CODES].sort());
});

test('every entry has the status and the code of the wire, a cause and a cure', () => {
  for (const code of FAILURE_CODES) {
    const entries = entriesOf(code);
    assert.ok(entries.length > 0, code);
    for (const entry of entries)
      assert.deepEqual([entry.status, entry.code], [...(OF_V1[code] ?? WIRE[code])], code);
    assert.match(sectionOf(page, code), /^\*\*Cause\.\*\* \S[\s\S]*^\*\*Cure\.\*\* \S/m, code);
  }
});

type Said = { status: number; code: number | string; parameter: string | null; text: string };

/** Makes Roost give every refusal and every other error there is, and tells what it said. */
async function provoke(roost: StartedRoost): Promise<Record<FailureCode | 'other', Said[]>> {
  const said = Object.fromEntries([...FAILURE_CODES, 'other'].map((code) => [code, [] as Said[]]));
  const call = async (code: FailureCode | 'other', ...request: Parameters<typeof roost.call>) => {
    const { status, body } = await roost.call(...request);
    const [error] = body.errors;
    const text = error.description ?? error.message;
    said[code]?.push({ status, code: error.code, parameter: error.parameter, text });
  };
  const create = (code: FailureCode, json: object) => call(code, 'POST', '/verify', { json });
  const unknown = 'f'.repeat(32);
  await create('missing_parameter', {});
  await create('recipient_unreadable', { recipient: 'ajf8932' });
  await create('recipient_unreadable', { recipient: '0612345678' });
  await call('number_unreadable', 'GET', '/lookup/12');
  const recipient = '+31612345678';
  for (const wrong of [{ timeout: 1 }, { type: 'fax' }, { originator: '??' }, { template: 'no code' }]) {
    await create('invalid_parameter', { recipient, ...wrong });
  }
  await call('invalid_parameter', 'GET', `/verify/${unknown}?token=1&token=2`);
  const broken = { body: '{', headers: { 'content-type': 'application/json' } };
  await call('invalid_parameter', 'POST', '/verify', broken);
  await call('unauthorized', 'GET', '/', { key: null });
  const narrow = { mode: 'test', projectId: 'default', name: 'narrow', scopes: ['proofs'] } as const;
  const { key } = await createKey(roost.roost.store, systemRandom.below, narrow);
  await roost.roost.keyring.refresh();
  await call('out_of_scope', 'GET', '/balance', { key });
  await call('not_found', 'GET', `/verify/${unknown}`);
  await call('not_found', 'GET', `/verify/messages/email/${unknown}`);

  const first = await roost.createVerification(recipient);
  await call('missing_parameter', 'POST', `/verify/${first.id}`, { json: {} });
  await call('malformed_code', 'GET', `/verify/${first.id}?token=`);
  await call('malformed_code', 'POST', `/verify/${first.id}`, { json: { token: Number(first.code) } });
  const wrong = first.code === '000000' ? '000001' : '000000';
  await call('wrong_code', 'GET', `/verify/${first.id}?token=${wrong}`);
  await roost.check(first.id, first.code);
  await call('code_spent', 'GET', `/verify/${first.id}?token=${first.code}`);

  const open = [1, 2, 3].map(() => roost.createVerification('+31612345679'));
  const [late] = await Promise.all(open);
  await create('too_many_open', { recipient: '+31612345679' });
  roost.clock.advance(300_000);
  await call('code_expired', 'GET', `/verify/${late?.id}?token=${late?.code}`);

  const guessed = { recipient: '+31612345677', maxAttempts: 10 };
  const { id, code } = await roost.createVerification(guessed.recipient, guessed);
  for (let i = 0; i < 10; i += 1) await roost.check(id, code === '000000' ? '000001' : '000000');
  await create('budget_spent', guessed);

  const set = await roost.call('POST', '/v1/users/ann/factors', { json: { kind: 'recovery' } });
  await call('last_factor', 'DELETE', `/v1/users/ann/factors/${set.body.factor.id}?keepOne=true`);

  await call('other', 'GET', '/nowhere');
  await call('other', 'PUT', '/verify');
  said.other?.push(await sayNonsense(roost));
  const { store } = roost.roost;
  const { transaction, read } = store;
  Object.assign(store, { transaction: () => Promise.reject(new StoreUnavailable('the disk is full')) });
  await create('unavailable', { recipient });
  Object.assign(store, { transaction, read: { ...read, get: () => Promise.reject(new Error('a bug')) } });
  await call('other', 'GET', `/verify/${first.id}`);
  Object.assign(store, { read });
  return said as Record<FailureCode | 'other', Said[]>;
}

async function sayNonsense(roost: StartedRoost): Promise<Said> {
  const { hostname, port } = new URL(roost.url);
  const socket = connect(Number(port), hostname);
  socket.end('nonsense\r\n\r\n');
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  await once(socket, 'close');
  const [error] = JSON.parse(text.slice(text.indexOf('{'))).errors;
  const status = Number(text.split(' ')[1]);
  return { status, code: error.code, parameter: error.parameter, text: error.description };
}

/** What the guard refuses, which it does only towards a real provider. */
async function provokeGuard(t: TestContext): Promise<Partial<Record<FailureCode, Said[]>>> {
  const prices = [{ provider: 'bird', cost: '0.05', currency: 'EUR' }];
  const rules = {
    'key-day': { mode: 'off' },
    'country-unverified': { mode: 'off' },
    'key-rate': { most: 3 },
    'text-recipient-hour': { most: 0 },
  };
  const guard = { countries: ['NL'], money: { perCountryAndDay: 0.15 }, rules };
  const roost = await startGuarded(t, guard, { prices });
  const text = (recipient: string) =>
    roost.call('POST', '/messages', {
      key: LIVE_KEY,
      json: { originator: 'Bank', body: 'Hello', recipients: [recipient] },
    });
  const send = async (recipient: string, how = roost.send): Promise<Said> => {
    const { status, body } = await how(recipient);
    const { code, parameter, description: text } = body.errors?.[0] ?? {};
    return { status, code, parameter, text };
  };
  const forbidden = await send('+33612345678');
  await send('+31612345678');
  const soon = await send('+31612345678');
  await send('+31622345678');
  await send('+31632345678');
  const flooded = await send('+31642345678');
  roost.clock.advance(5_000);
  const spent = await send('+31652345678');
  // With calls to one country allowed, there is another way to its numbers.
  const calling = await startGuarded(t, {
    voice: ['NL', 'BE'],
    countries: ['NL'],
    rules: { 'block-unverified': { most: 1 } },
  });
  await calling.send('+31612345678');
  const others = [
    await send('+31612345679', calling.send),
    await send('+32471234567', (recipient) => calling.send(recipient)),
  ];
  const texts = [await send('+33612345678', text), await send('+31643345678', text)];
  return {
    sending_refused: [forbidden, soon, ...others, ...texts],
    flooded: [flooded],
    money_spent: [spent],
  };
}

test('what Roost says when it refuses is what the page says, and the page says nothing else', async (t) => {
  const said = { ...(await provoke(await startRoost(t))), ...(await provokeGuard(t)) };
  for (const heading of [...FAILURE_CODES, OTHERS] as const) {
    const heard = said[heading === OTHERS ? 'other' : (heading as FailureCode)];
    const entries = entriesOf(heading);
    assert.ok(heard.length > 0, heading);
    const fits = (entry: Entry, { status, code, parameter, text }: Said) =>
      entry.status === status &&
      entry.code === code &&
      entry.parameter === parameter &&
      entry.text.test(text);
    for (const one of heard)
      assert.ok(
        entries.some((entry) => fits(entry, one)),
        JSON.stringify(one),
      );
    for (const entry of entries)
      assert.ok(
        heard.some((one) => fits(entry, one)),
        `${heading}: ${entry.text}`,
      );
  }
});
