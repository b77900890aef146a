import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type AccountHolder, newHolder, PASSWORD } from './support/account-holder.ts';
import { type StartedBank, startBank } from './support/bank.ts';
import { problemsIn, type Seen, textOf, Visitor } from './support/visitor.ts';

const hidden = ({ html }: Seen, name: string): string =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? '';
/** The pages that everybody may see. */
const PUBLIC = [
  '/',
  '/sign-in',
  '/sign-in/confirm',
  '/signed-out',
  '/forgot',
  '/sign-up',
  '/success',
  '/session',
];

/** All that an account consists of here, as one text. */
const stateOf = ({ database }: StartedBank): string =>
  [
    'customers',
    'customer_phones',
    'devices',
    'customer_sessions',
    'accounts',
    'bookings',
    'payments',
    'payees',
  ]
    .map((table) => JSON.stringify(database.prepare(`SELECT * FROM ${table} ORDER BY 1`).all()))
    .join();

/** Something in the place of each parameter that really is there, so that only the session can be why it is refused. */
async function idsOf(bank: StartedBank, ann: AccountHolder) {
  const security = await ann.open('/security');
  const factor = /\/security\/factors\/([0-9a-f]{32})/.exec(security.html)?.[1] ?? '';
  const device = /\/security\/devices\/([\w-]+)\/forget/.exec(security.html)?.[1] ?? '';
  bank.roost.clock.advance(4 * 60_000);
  await ann.open('/security');
  bank.roost.clock.advance(2 * 60_000);
  const first = await ann.open('/security/password');
  const asked = await ann.send('/security/confirm', { next: hidden(first, 'next') });
  const challenge = asked.path.split('/').at(-1) ?? '';
  const account = /\/accounts\/([\w-]+)"/.exec((await ann.open('/accounts')).html)?.[1] ?? '';
  assert.ok([factor, device, challenge, account].every((id) => id.length > 8));
  return { factor, device, challenge, account };
}

describe('half signed in', () => {
  test('a crawl of every route opens nothing and changes nothing', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank);
    const ids = await idsOf(bank, ann);
    const half = ann.elsewhere();
    const { page, code } = await half.password();
    assert.equal(page.path, '/sign-in/confirm');
    await code();
    const before = stateOf(bank);
    const factors = await bank.roost.call('GET', '/sandbox/messages');
    // Its cookie in the place of a customer's is the obvious thing to try.
    half.cookies.set('birdbank-customer', half.cookies.get('birdbank') ?? '');
    assert.ok(bank.routes.length > 60, `${bank.routes.length} routes`);
    const form = {
      ...{ userName: 'eve', password: 'a new password', current: PASSWORD, next: '/security/password' },
      ...{ name: ann.number, number: '+31600000001', factor: ids.factor, amount: '1', code: '', token: '' },
    };
    for (const { method, pattern } of bank.routes) {
      if (pattern.startsWith('/assets/') || pattern === '*') continue;
      if (pattern.startsWith('/sign-in') && method === 'POST') continue; // goes on with the sign-in itself
      if (method === 'POST' && (pattern === '/' || pattern === '/forgot')) continue; // sends a code to a stranger
      for (const id of [ids.factor, ids.device, ids.challenge, ids.account]) {
        const path = pattern.replace(/:\w+/g, id);
        const { csrf } = half;
        const seen = method === 'GET' ? await half.open(path) : await half.send(path, form, { csrf });
        half.csrf = csrf;
        half.cookies.set('birdbank-customer', half.cookies.get('birdbank') ?? '');
        const where = `${method} ${path} led to ${seen.path}, ${seen.status}`;
        assert.ok(!seen.html.includes('action="/sign-out"'), where);
        assert.ok(PUBLIC.includes(seen.path) || seen.status === 403 || seen.status === 404, where);
        assert.doesNotMatch(seen.html, /€|Current account/, where);
        if (path === pattern) break;
      }
    }
    assert.equal(stateOf(bank), before);
    const after = await bank.roost.call('GET', '/sandbox/messages');
    assert.equal(after.body.messages.length, factors.body.messages.length, 'no message was sent');
  });

  test('nor does the whole of it open anything once it has ended', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank);
    const old = new Visitor(bank.url);
    for (const [name, value] of ann.cookies) old.cookies.set(name, value);
    await ann.open('/accounts');
    await ann.send('/sign-out', {});
    for (const { method, pattern } of bank.routes) {
      if (method !== 'GET' || !/^\/(accounts|payments|payees|transfers|security|confirm)/.test(pattern))
        continue;
      for (const [name, value] of ann.cookies) old.cookies.set(name, value);
      assert.ok(
        ['/signed-out', '/sign-in'].includes((await old.open(pattern.replace(/:\w+/g, 'x'))).path),
        pattern,
      );
    }
  });
});

describe('what is another’s', () => {
  test('ids of factors, devices and challenges of one customer open nothing for another', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank);
    const ids = await idsOf(bank, ann);
    const bob = await newHolder(bank);
    const { csrf } = await seenAt(bob, '/security');
    const before = stateOf(bank);
    for (const path of [
      ...['rename', 'remove', 'resync'].map((what) => `/security/factors/${ids.factor}/${what}`),
      ...['', '/factor', '/send'].map((what) => `/confirm/${ids.challenge}${what}`),
      `/security/devices/${ids.device}/forget`,
    ]) {
      await bob.send(path, { name: 'mine now', factor: ids.factor, code: '123456' }, { csrf });
    }
    for (const path of [`/security/factors/${ids.factor}`, `/confirm/${ids.challenge}`])
      assert.equal((await bob.open(path)).status, 404, path);
    const left = (text: string): string =>
      text.replace(/"sealed_data".*?"ends_at_ms":\d+|"sealed_place":\{.*?\}/g, '');
    assert.equal(left(stateOf(bank)).length, left(before).length);
    assert.match((await ann.open('/security')).html, new RegExp(ids.factor));
    assert.doesNotMatch((await ann.open('/security')).html, /mine now/);
  });

  test('a code is for the session, the person and the purpose that it was asked for', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank);
    const bob = await newHolder(bank);
    const [here, there, bobs] = [ann.elsewhere(), ann.elsewhere(), bob.elsewhere()];
    const first = await here.password();
    const annsCode = await first.code();
    const second = await there.password();
    const theirs = await second.code();
    const third = await bobs.password();
    const bobsCode = await third.code();
    if (new Set([annsCode, theirs, bobsCode]).size === 3) {
      for (const [visitor, code] of [
        [there, annsCode],
        [bobs, annsCode],
        [here, bobsCode],
      ] as const) {
        const seen = await visitor.send('/sign-in/confirm', { code });
        assert.match(problemsIn(seen).join(), /^The code is wrong/);
      }
    }
    // A code of a sign-in for a change, and the other way round.
    bank.roost.clock.advance(4 * 60_000);
    await bob.open('/security');
    bank.roost.clock.advance(2 * 60_000);
    const change = await bob.open('/security/password');
    const asked = await bob.send('/security/confirm', { next: hidden(change, 'next') });
    assert.match(asked.path, /^\/confirm\//);
    const wrong = await bob.send(asked.path, { code: bobsCode });
    assert.match(problemsIn(wrong).join(), /^The code is wrong/);
  });

  test('a phone that was verified for one account opens or resets no other', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank);
    const eve = new Visitor(bank.url);
    const page = await eve.askForCode('+31612340001');
    await eve.send(page.path, { token: await bank.newestCode('+31612340001') });
    for (const path of [
      '/forgot/confirm',
      '/forgot/password',
      '/sign-in/confirm',
      '/accounts',
      '/security',
    ]) {
      assert.ok(['/forgot', '/sign-in'].includes((await eve.open(path)).path), path);
    }
    await eve.open('/sign-up');
    const seen = await eve.send('/forgot/password', { password: 'eves own password' });
    assert.equal(seen.path, '/forgot');
    assert.equal((await ann.elsewhere().password()).page.path, '/sign-in/confirm');
  });
});

describe('session ids', () => {
  test('change with the password, the second factor, a step-up, a change of factors, and end with signing out', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank);
    const there = ann.elsewhere();
    const ids = new Set<string>();
    const note = (name: 'birdbank' | 'birdbank-customer', step: string): void => {
      const id = there.cookies.get(name) ?? '';
      assert.ok(id !== '' && !ids.has(id), `the id is new after ${step}`);
      ids.add(id);
    };
    await there.open('/sign-in');
    note('birdbank', 'the first page');
    const { code } = await there.password();
    note('birdbank', 'the password');
    await there.send('/sign-in/confirm', { code: await code() });
    note('birdbank-customer', 'the second factor');
    bank.roost.clock.advance(4 * 60_000);
    await there.open('/security');
    bank.roost.clock.advance(2 * 60_000);
    const change = await there.open('/security/recovery');
    const before = await bank.newestMessage(ann.number);
    const asked = await there.send('/security/confirm', { next: hidden(change, 'next') });
    const done = await there.send(asked.path, { code: await bank.codeAfter(ann.number, before) });
    assert.equal(done.path, '/security/recovery', textOf(done.html));
    note('birdbank-customer', 'the step-up');
    const made = await there.send('/security/recovery', {});
    assert.match(made.html, /recovery-codes/, textOf(made.html));
    note('birdbank-customer', 'a change of factors');
    await there.open('/security/password');
    const changed = await there.send('/security/password', {
      current: PASSWORD,
      next: 'another fine password',
    });
    assert.equal(changed.path, '/security', problemsIn(changed).join());
    note('birdbank-customer', 'a change of the password');
    assert.equal((await ann.open('/accounts')).path, '/signed-out', 'other sessions have ended');
    const copy = new Visitor(bank.url);
    for (const id of ids) {
      if (id === there.cookies.get('birdbank-customer')) continue;
      for (const name of ['birdbank', 'birdbank-customer']) copy.cookies.set(name, id);
      assert.ok(
        ['/sign-in', '/signed-out'].includes((await copy.open('/accounts')).path),
        'old ids are dead',
      );
    }
    assert.equal((await there.open('/accounts')).path, '/accounts');
    await there.send('/sign-out', {});
    assert.equal(there.cookies.get('birdbank-customer'), '');
  });

  test('five minutes in which nothing is done end a session, and twelve hours whatever is done', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank);
    bank.roost.clock.advance(4 * 60_000 + 59_000);
    assert.ok((await leftMs(bank, ann)) <= 1_000, 'to ask how long keeps nothing alive');
    assert.equal((await ann.open('/accounts')).path, '/accounts');
    assert.ok((await leftMs(bank, ann)) > 290_000);
    bank.roost.clock.advance(5 * 60_000);
    const seen = await ann.open('/accounts');
    assert.equal(seen.path, '/signed-out');
    assert.match(textOf(seen.html), /five minutes in which nothing is done/);
    const there = ann.elsewhere();
    await there.signIn();
    for (let minutes = 0; minutes < 12 * 60 - 5; minutes += 4) {
      bank.roost.clock.advance(4 * 60_000);
      assert.equal((await there.open('/session')).status, 200);
      if (minutes % 60 === 0) assert.equal((await there.open('/accounts')).path, '/accounts');
      else bank.database.exec(`UPDATE customer_sessions SET expires_at_ms = ${bank.roost.clock() + 300_000}`);
    }
    bank.roost.clock.advance(5 * 60_000);
    bank.database.exec(`UPDATE customer_sessions SET expires_at_ms = ${bank.roost.clock() + 300_000}`);
    assert.equal((await there.open('/accounts')).path, '/signed-out');
  });

  test('sign out everywhere ends every session and trusts no device any more', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank);
    const there = ann.elsewhere();
    await there.signIn({ trust: 'yes' });
    await ann.open('/security');
    assert.equal((await ann.send('/sign-out-everywhere', {})).path, '/signed-out');
    assert.equal((await there.open('/accounts')).path, '/signed-out');
    bank.roost.clock.advance(60_000);
    assert.equal((await there.password()).page.path, '/sign-in/confirm', 'it asks for more again');
  });
});

describe('forms of customers', () => {
  test('without the token of this very session every one of them is refused, and nothing is done', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank);
    const ids = await idsOf(bank, ann);
    const bob = await newHolder(bank);
    const { csrf: right } = await seenAt(ann, '/security');
    const { csrf: others } = await seenAt(bob, '/security');
    const stranger = new Visitor(bank.url);
    await stranger.open('/sign-in');
    const patterns = bank.routes.filter(
      ({ method, pattern }) =>
        method === 'POST' &&
        /^\/(accounts|payments|payees|transfers|security|confirm|sign-out|session)/.test(pattern),
    );
    assert.ok(patterns.length > 20);
    const before = stateOf(bank);
    const own = { origin: bank.url, 'sec-fetch-site': 'same-origin' };
    for (const { pattern } of patterns) {
      const path = pattern.replace(/:\w+/g, ids.factor);
      for (const [csrf, headers] of [
        [null, own],
        ['', own],
        [others, own],
        [stranger.csrf, own],
        [right, { origin: 'https://evil.example' }],
        [right, { 'sec-fetch-site': 'cross-site' }],
      ] as const) {
        assert.equal((await ann.send(path, {}, { csrf, headers })).status, 403, `${path} ${csrf}`);
      }
    }
    assert.equal(stateOf(bank), before);
    assert.equal((await ann.open('/accounts')).path, '/accounts');
  });

  test('over TLS the cookies of customers and devices are bound to the host; over plain http they go without', async (t) => {
    const bank = await startBank(t, { trustProxy: ['loopback'] });
    const ann = await newHolder(bank);
    assert.deepEqual([...ann.cookies.keys()].toSorted(), [
      'birdbank',
      'birdbank-customer',
      'birdbank-device',
    ]);
    const cookie = [...ann.cookies].map(([name, value]) => `__Host-${name}=${value}`).join('; ');
    const tls = { 'x-forwarded-proto': 'https', cookie };
    const page = await (await fetch(`${bank.url}/security/user-name`, { headers: tls })).text();
    const csrf_token = /name="csrf_token" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const answer = await fetch(`${bank.url}/sign-out`, {
      ...{ method: 'POST', redirect: 'manual', headers: tls, body: new URLSearchParams({ csrf_token }) },
    });
    assert.equal(answer.status, 303);
    assert.match(
      answer.headers.getSetCookie().join(),
      /__Host-birdbank-customer=; Max-Age=0; Path=\/; HttpOnly; Secure; SameSite=Lax/,
    );
  });
});

async function leftMs({ url }: StartedBank, { cookies }: Visitor): Promise<number> {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const answer = (await (await fetch(`${url}/session`, { headers: { cookie } })).json()) as {
    leftMs: number;
  };
  return answer.leftMs;
}

async function seenAt(visitor: Visitor, path: string): Promise<{ readonly csrf: string }> {
  await visitor.open(path);
  return { csrf: visitor.csrf };
}
