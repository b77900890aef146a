import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { AccountHolder, newHolder, newNumber } from './support/account-holder.ts';
import { type StartedBank, startBank } from './support/bank.ts';
import { addPayee, ask, draft } from './support/customer.ts';
import { Visitor } from './support/visitor.ts';

type Told = { readonly path: string; readonly body: Record<string, unknown> };
type Options = NonNullable<Parameters<typeof startBank>[1]>;

/** A bank, and everything that it asks Roost for with a body. */
async function listenedTo(
  t: TestContext,
  options: Options = {},
): Promise<{ bank: StartedBank; said: Told[] }> {
  const said: Told[] = [];
  const bank = await startBank(t, {
    ...options,
    fetch: (url, init) => {
      if (typeof init?.body === 'string')
        said.push({ path: new URL(String(url)).pathname, body: JSON.parse(init.body) });
      return fetch(url, init);
    },
  });
  return { bank, said };
}

/** What Roost was told to send, or to judge, with the id in its path taken out. */
const asked = (said: Told[]) =>
  said
    .filter(({ path }) => path === '/verify' || /\/(?:send|check)$|\/factors$/.test(path))
    .map(({ path, body }) => ({ path: path.replace(/[0-9a-f]{32}|bb_[\w-]+/, 'id'), body }));

describe('where customers are', () => {
  test('is told to Roost with every code that is sent or judged, as the proxy that is trusted says it', async (t) => {
    const { bank, said } = await listenedTo(t, { trustProxy: ['loopback'] });
    const ann = new AccountHolder(bank);
    ann.headers['x-forwarded-for'] = '192.0.2.1, 203.0.113.9';
    await ann.signUp('ann');
    await ann.elsewhere();
    await ann.open('/security/add/phone');
    await ann.send('/security/add/phone', { number: newNumber() });
    await ann.send('/sign-out', {});
    bank.roost.clock.advance(31_000);
    await ann.signIn();
    const calls = asked(said).filter(({ path, body }) => !/factors/.test(path) || 'recipient' in body);
    assert.deepEqual(
      calls.map(({ path }) => path),
      ['/verify', '/v1/users/id/factors', '/v1/challenges/id/send', '/v1/challenges/id/check'],
    );
    for (const { path, body } of calls) assert.equal(body.clientIp, '203.0.113.9', path);
    const [, enrolled, sent, checked] = calls.map(({ body }) => body.device);
    assert.match(String(enrolled), /^[A-Za-z0-9_-]{43}$/);
    assert.deepEqual([sent, checked], [enrolled, enrolled]);
    await ann.open('/forgot');
    await ann.send('/forgot', { number: ann.number });
    const last = asked(said).at(-1);
    assert.deepEqual(
      [last?.path, last?.body.clientIp, last?.body.deviceToken],
      ['/verify', '203.0.113.9', enrolled],
    );
  });

  test('is not what a header says where no proxy is trusted; and the staff is told once', async (t) => {
    const { bank, said } = await listenedTo(t);
    const ann = new Visitor(bank.url);
    ann.headers['x-forwarded-for'] = '203.0.113.9';
    ann.headers['x-forwarded-proto'] = 'https';
    const page = await ann.askForCode('+31612345678');
    assert.equal(page.status, 200);
    await ann.open('/');
    assert.equal(page.headers.get('strict-transport-security'), null);
    assert.equal(asked(said)[0]?.body.clientIp, undefined, 'an address that all share says nothing');
    assert.deepEqual(
      bank.told.filter((line) => /X-Forwarded-For/.test(line)),
      [
        'a proxy says where requests come from (X-Forwarded-For) and is not trusted: set BIRDBANK_TRUST_PROXY',
      ],
    );
  });

  test('is left out where the proxy gives no address that Roost would take', async (t) => {
    const { bank, said } = await listenedTo(t, { trustProxy: ['loopback'] });
    for (const [i, address] of ['unknown', '203.0.113.9:4711', '127.0.0.1', '::1'].entries()) {
      const ann = new Visitor(bank.url);
      ann.headers['x-forwarded-for'] = address;
      assert.match((await ann.askForCode(`+3161234570${i}`)).path, /^\/EnterCode\//, address);
    }
    const zoned = new Visitor(bank.url);
    zoned.headers['x-forwarded-for'] = 'fe80::1%eth0';
    await zoned.askForCode('+31612345709');
    assert.deepEqual(
      asked(said).map(({ body }) => body.clientIp),
      [undefined, undefined, undefined, undefined, 'fe80::1'],
    );
  });
});

describe('codes that fill themselves in', () => {
  const HOST = 'localhost:5000';
  const line = /\n@localhost:5000 #(\d{6})$/;

  async function started(t: TestContext): Promise<StartedBank> {
    const folder = mkdtempSync(join(tmpdir(), 'birdbank-hosts-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'roost.config.json');
    writeFileSync(file, JSON.stringify({ policy: { appHosts: [HOST] } }));
    return startBank(t, { appHost: HOST, env: { ROOST_CONFIG: file } });
  }
  const newest = async ({ roost }: StartedBank, number: string): Promise<string> => {
    const { body } = await roost.call('GET', `/sandbox/messages?recipient=${encodeURIComponent(number)}`);
    return body.messages.at(-1).text;
  };

  test('name the host of the bank in their last line: to sign up, to sign in, to add a phone, to reset', async (t) => {
    const bank = await started(t);
    const first = new Visitor(bank.url);
    await first.askForCode('+31612345678');
    assert.match(await newest(bank, '+31612345678'), /^Your BirdBank code is (\d{6})\n@localhost:5000 #\1$/);
    const ann = await newHolder(bank, 'ann');
    const other = newNumber();
    await ann.open('/security/add/phone');
    await ann.send('/security/add/phone', { number: other });
    assert.match(await newest(bank, other), line);
    const there = ann.elsewhere();
    await there.password().then(({ code }) => code());
    assert.match(await newest(bank, ann.number), line);
    await there.open('/forgot');
    bank.roost.clock.advance(31_000);
    await there.send('/forgot', { number: ann.number });
    assert.match(await newest(bank, ann.number), line);
  });

  test('never for a payment: whoever approves one reads its message', async (t) => {
    const bank = await started(t);
    const ann = await newHolder(bank);
    await addPayee(ann);
    await ask(bank, ann, await draft(ann, '5'), ann.number);
    const text = await newest(bank, ann.number);
    assert.match(text, /Vogel & Zoon/);
    assert.doesNotMatch(text, /@localhost/);
  });
});
