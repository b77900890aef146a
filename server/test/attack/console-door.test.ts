import assert from 'node:assert/strict';
import test from 'node:test';
import { createKey } from '../../src/app/access/keyring.ts';
import { findSession, renewSession } from '../../src/app/operators/sessions.ts';
import { createVault } from '../../src/app/vault.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { tables } from '../../src/store/store.ts';
import { startRoost } from '../support/roost.ts';
import { appOn, Browser, halfIn, joinAsOwner, PASSWORD, signedInOwner } from './console.ts';

test('nobody makes an access key for the project that holds the factors of operators', async (t) => {
  const roost = await startRoost(t);
  const { browser } = await signedInOwner(roost);
  await browser.open('/console/keys');
  const made = await browser.send('/console/keys', { name: 'x', mode: 'live', project: 'roost-console' });
  assert.equal(made.status, 422, made.text);
  const wanted = { mode: 'live', projectId: 'roost-console', name: 'x' } as const;
  await assert.rejects(createKey(roost.roost.store, systemRandom.below, wanted), /roost-console/);
  const keys = await roost.roost.store.read.accessKeys();
  assert.deepEqual(
    keys.filter(({ projectId }) => projectId === 'roost-console'),
    [],
  );
});

test('the rooms for users and what they own know nothing of the project of operators', async (t) => {
  const roost = await startRoost(t);
  const { browser } = await signedInOwner(roost);
  const [ann] = await roost.roost.store.read.list(tables.allOperators, {}, roost.clock());
  assert.ok(ann !== undefined);
  await browser.open('/console/users');
  const found = await browser.send('/console/users', {
    user: ann.id,
    project: 'roost-console',
    mode: 'live',
  });
  assert.equal(found.status, 422, found.text);
});

test('an app that somebody with the password began to enrol is worth nothing once its owner has one', async (t) => {
  const roost = await startRoost(t);
  const owner = await joinAsOwner(roost);
  const thief = await halfIn(roost);
  const theirs = await thief.enrolment();
  const app = await owner.enrolment();
  await owner.send('/console/second', { factor: app.factor, code: app.code() });
  const tried = await thief.send('/console/second', { factor: theirs.factor, code: theirs.code() });
  assert.equal(tried.status, 422, tried.text);
  assert.equal((await thief.open('/console')).headers.get('location'), '/console/second');
  assert.equal((await owner.open('/console')).status, 200);
});

test('the first app can be begun as often as one likes, and a typing error does not change its key', async (t) => {
  const roost = await startRoost(t);
  const owner = await joinAsOwner(roost);
  for (let look = 0; look < 25; look += 1) assert.equal((await owner.open('/console/second')).status, 200);
  const app = await owner.enrolment();
  const wrong = app.code() === '000000' ? '000001' : '000000';
  const told = await owner.send('/console/second', { factor: app.factor, code: wrong });
  assert.equal(told.status, 422);
  assert.equal(appOn(roost, told.text).factor, app.factor);
  assert.equal(appOn(roost, told.text).code(), app.code());
  const done = await owner.send('/console/second', { factor: app.factor, code: app.code() });
  assert.equal(done.headers.get('location'), '/console', done.text);
});

test('an invitation leads to the public address, so that its secret is not sent in the clear', async (t) => {
  const roost = await startRoost(t, { env: { ROOST_PUBLIC_URL: 'https://verify.example.com' } });
  const { browser } = await signedInOwner(roost);
  await browser.open('/console/operators');
  const made = await browser.send('/console/operators/invite', { role: 'reader' });
  assert.match(made.text, /https:\/\/verify\.example\.com\/console\/link\/[\w-]{43}/);
});

test('a session that was ended meanwhile is not brought back by a factor that was under way', async (t) => {
  const roost = await startRoost(t);
  const { browser } = await signedInOwner(roost);
  const vault = createVault(roost.roost.masterKey, systemRandom);
  const deps = { store: roost.roost.store, random: systemRandom, vault };
  const id = browser.session;
  const signedIn = await findSession(deps, id);
  assert.ok(signedIn !== null);
  await browser.open('/console/me');
  await browser.send('/console/sign-out', {});
  await assert.rejects(renewSession(deps, signedIn.session, null), /sign in/i);
  const left = await deps.store.read.list(
    tables.sessionsOfOperator,
    { operatorId: signedIn.operator.id },
    deps.store.nowMs(),
  );
  assert.deepEqual(left, []);
});

test('behind a proxy that ends TLS the cookie is bound to the host and sent over TLS alone', async (t) => {
  const roost = await startRoost(t, { env: { ROOST_PUBLIC_URL: 'https://verify.example.com' } });
  const link = await roost.roost.consoleLink('first');
  const form = { name: 'ann', password: PASSWORD };
  const joined = await roost.call('POST', link ?? '', { key: null, form });
  const [cookie = ''] = joined.headers.getSetCookie();
  assert.match(cookie, /^__Host-roost_console=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
  const plain = cookie.replace('__Host-', '').split(';')[0] ?? '';
  const seen = await roost.call('GET', '/console/second', { key: null, headers: { cookie: plain } });
  assert.equal(seen.headers.get('location'), '/console/sign-in?next=%2Fconsole%2Fsecond');
  const right = { cookie: cookie.split(';')[0] ?? '' };
  assert.equal((await roost.call('GET', '/console/second', { key: null, headers: right })).status, 200);
});

test('strangers behind the same proxy keep nobody out of the console', async (t) => {
  const roost = await startRoost(t);
  await joinAsOwner(roost);
  const stranger = new Browser(roost);
  const wrong = (name: string) =>
    stranger.send(
      '/console/sign-in',
      { name, password: 'wrong wrong wrong' },
      { 'x-forwarded-for': '203.0.113.9' },
    );
  for (let guess = 0; guess < 21; guess += 1) assert.equal((await wrong(`somebody${guess}`)).status, 422);
  const owner = new Browser(roost);
  const fields = { name: 'ann', password: PASSWORD };
  const held = await owner.send('/console/sign-in', fields, { 'x-forwarded-for': '203.0.113.9' });
  assert.equal(held.status, 422, 'whoever is where the guesses come from waits');
  const spoofed = { 'x-forwarded-for': '198.51.100.7, 203.0.113.9' };
  assert.equal(
    (await owner.send('/console/sign-in', fields, spoofed)).status,
    422,
    'the last proxy is believed',
  );
  const elsewhere = await owner.send('/console/sign-in', fields, { 'x-forwarded-for': '198.51.100.7' });
  assert.equal(elsewhere.status, 303, elsewhere.text);
});

test('a referrer that is no address leads to the front page, not into an error', async (t) => {
  const roost = await startRoost(t);
  const { browser } = await signedInOwner(roost);
  await browser.open('/console/keys');
  roost.clock.advance(6 * 60_000);
  for (const referer of [
    'nonsense',
    'http://',
    'http://evil.example//evil.example/',
    'javascript:alert(1)',
  ]) {
    const asked = await browser.send(
      '/console/keys',
      { name: 'x', mode: 'test', project: 'default' },
      { referer },
    );
    assert.equal(asked.status, 303, referer);
    const page = await browser.open(asked.headers.get('location') ?? '');
    assert.match(page.text, /name="next" value="\/console"/, referer);
  }
});

test('no spelling of an address of the console slips past the session', async (t) => {
  const roost = await startRoost(t);
  await joinAsOwner(roost);
  const half = await halfIn(roost);
  const paths = [
    ...['/console', '/console/', '/console/keys', '/console/keys/', '/console/operators#/console/sign-in'],
    ...[
      '/console/%6Beys',
      '/console/sign-in/../keys',
      '/console/link/x/../../keys',
      '/console/keys?x=/console/sign-in',
    ],
    ...[
      '/console/sign%2Dout',
      '/console/me/',
      '/console/%2e%2e/console/keys',
      '//console/keys',
      '/CONSOLE/keys',
    ],
  ];
  for (const path of paths) {
    for (const method of ['GET', 'HEAD', 'POST']) {
      for (const cookie of ['', half.cookie]) {
        const answer = await roost.call(method, path, {
          key: null,
          headers: cookie === '' ? {} : { cookie },
        });
        assert.ok(answer.status >= 300, `${method} ${path} is answered ${answer.status}`);
      }
    }
  }
});

test('whatever address a sign-in is asked to go on to, it goes on within the console', async (t) => {
  const roost = await startRoost(t);
  await joinAsOwner(roost);
  const goesOnTo = async (next: string) => {
    const page = await roost.call('GET', `/console/sign-in?next=${encodeURIComponent(next)}`, { key: null });
    return /name="next" value="([^"]*)"/.exec(page.text)?.[1];
  };
  assert.equal(await goesOnTo('/console/verifications?state=open'), '/console/verifications?state=open');
  for (const next of [
    ...[
      '/console/../sandbox',
      '/console/..',
      '/console/a/../../docs',
      '/console//evil.example',
      '/console/./x',
    ],
    ...['//evil.example', 'https://evil.example/console', '/consoles', '/console\\evil', '/console\n/x', ''],
  ]) {
    assert.equal(await goesOnTo(next), '/console', next);
  }
});

test('a wrong second factor is written down: somebody has the password', async (t) => {
  const roost = await startRoost(t);
  const { browser, app } = await signedInOwner(roost);
  const thief = await halfIn(roost);
  await thief.open('/console/second');
  const wrong = app.code() === '000000' ? '000001' : '000000';
  assert.equal((await thief.send('/console/second', { code: wrong })).status, 422);
  assert.match((await browser.open('/console/audit')).text, /wrong factor/);
});

test('an invitation is void once whoever made it may not invite any more', async (t) => {
  const roost = await startRoost(t);
  const { browser } = await signedInOwner(roost);
  const { store } = roost.roost;
  const [ann] = await store.read.list(tables.allOperators, {}, roost.clock());
  assert.ok(ann !== undefined);
  await browser.open('/console/operators');
  const made = await browser.send('/console/operators/invite', { role: 'owner' });
  const link = /\/console\/link\/[\w-]+/.exec(made.text)?.[0];
  assert.ok(link !== undefined, made.text);
  await store.transaction(async (tx) => tx.update(tables.operators, { ...ann, disabledAtMs: tx.nowMs }));
  const joined = await new Browser(roost).send(link, { name: 'eve', password: PASSWORD });
  assert.equal(joined.status, 404, joined.text);
  assert.equal((await store.read.list(tables.allOperators, {}, roost.clock())).length, 1);
});
