import assert from 'node:assert/strict';
import test from 'node:test';
import { tables } from '../../src/store/store.ts';
import { Browser, halfIn, joinAsOwner, PASSWORD, signedInOwner } from '../attack/console.ts';
import { answer, type Credential, FLAGS, register, type Twists } from '../factors/authenticator.ts';
import { type StartedRoost, startRoost } from '../support/roost.ts';

type Asked = {
  readonly id: string;
  // biome-ignore lint/suspicious/noExplicitAny: the options go to an authenticator as they are
  readonly publicKey: any;
};

async function ask(browser: Browser, path: string, fields: Record<string, string> = {}): Promise<Asked> {
  const asked = await browser.send(path, fields);
  assert.equal(asked.status, 200, asked.text);
  return asked.body;
}

/** The fields of a form that an authenticator has answered. */
const filled = ({ id }: Asked, credential: object) => ({
  challenge: id,
  credential: JSON.stringify(credential),
});

/** The owner, signed in with password and app, adds a passkey. */
async function ownerWithPasskey(roost: StartedRoost) {
  const { browser, app } = await signedInOwner(roost);
  return { browser, app, credential: await addPasskey(browser, 'My laptop') };
}

async function addPasskey(browser: Browser, name: string): Promise<Credential> {
  await browser.open('/console/me');
  const asked = await ask(browser, '/console/me/passkeys/new', { name });
  const made = register(asked.publicKey);
  const added = await browser.send('/console/me/passkeys', filled(asked, made.answer));
  assert.equal(added.headers.get('location'), '/console/me', added.text);
  return made.credential;
}

const signIn = async (browser: Browser, credential: Credential, twists: Twists = {}) => {
  const asked = await ask(browser, '/console/sign-in/passkey');
  return browser.send('/console/sign-in', filled(asked, answer(asked.publicKey, credential, twists)));
};

test('a passkey alone signs in, and shows a factor again', async (t) => {
  const roost = await startRoost(t);
  const { credential } = await ownerWithPasskey(roost);
  const browser = new Browser(roost);
  const done = await signIn(browser, credential);
  assert.equal(done.headers.get('location'), '/console', done.text);
  assert.equal((await browser.open('/console/operators')).status, 200);
  roost.clock.advance(6 * 60_000);
  const stale = await browser.send('/console/operators/invite', {
    role: 'reader',
    form_page: '/console/operators',
  });
  assert.equal(stale.headers.get('location'), '/console/fresh?next=%2Fconsole%2Foperators');
  const before = browser.session;
  assert.match((await browser.open('/console/fresh?next=/console/operators')).text, /Use your passkey/);
  const asked = await ask(browser, '/console/fresh/passkey');
  const next = { next: '/console/operators' };
  const fresh = await browser.send('/console/fresh', {
    ...filled(asked, answer(asked.publicKey, credential)),
    ...next,
  });
  assert.equal(fresh.headers.get('location'), '/console/operators', fresh.text);
  assert.notEqual(browser.session, before);
  await browser.open('/console/operators');
  assert.match((await browser.send('/console/operators/invite', { role: 'reader' })).text, /console\/link\//);
});

test('a passkey is the second step, also of a user whom its authenticator did not verify', async (t) => {
  const roost = await startRoost(t);
  const { credential } = await ownerWithPasskey(roost);
  const browser = await halfIn(roost);
  const page = await browser.open('/console/second');
  assert.ok(
    page.text.indexOf('Use your passkey') < page.text.indexOf('From your authenticator app'),
    'it comes first',
  );
  const asked = await ask(browser, '/console/second/passkey');
  const done = await browser.send(
    '/console/second',
    filled(asked, answer(asked.publicKey, credential, { flags: FLAGS.up })),
  );
  assert.equal(done.headers.get('location'), '/console', done.text);
});

test('a new operator may begin with a passkey, and has no use for an app', async (t) => {
  const roost = await startRoost(t);
  const browser = await joinAsOwner(roost);
  assert.match((await browser.open('/console/second')).text, /Add a passkey/);
  const asked = await ask(browser, '/console/second/passkey');
  const made = register(asked.publicKey);
  const done = await browser.send('/console/second', filled(asked, made.answer));
  assert.equal(done.headers.get('location'), '/console', done.text);
  const half = await halfIn(roost);
  const { text } = await half.open('/console/second');
  assert.match(text, /Use your passkey/);
  assert.doesNotMatch(text, /name="code"|Add a passkey/);
});

// Stops whoever has a stolen password from adding a passkey of their own to it.
test('somebody who knows the password alone enrols no passkey once there is a factor', async (t) => {
  const roost = await startRoost(t);
  const owner = await joinAsOwner(roost);
  const thief = await halfIn(roost);
  await thief.open('/console/second');
  const theirs = await ask(thief, '/console/second/passkey');
  const made = register(theirs.publicKey);
  const app = await owner.enrolment();
  await owner.send('/console/second', { factor: app.factor, code: app.code() });
  const tried = await thief.send('/console/second', filled(theirs, made.answer));
  assert.equal(tried.status, 422, tried.text);
  assert.equal((await thief.open('/console')).headers.get('location'), '/console/second');
  assert.equal((await thief.send('/console/me/passkeys/new', { name: 'x' })).status, 303);
  assert.equal(
    (await thief.send('/console/second/passkey', {})).status,
    422,
    'there is none to be asked for',
  );
});

test('what a passkey signed is worth nothing twice, in another browser, session or step', async (t) => {
  const roost = await startRoost(t);
  const { browser: owner, credential } = await ownerWithPasskey(roost);
  const browser = new Browser(roost);
  const asked = await ask(browser, '/console/sign-in/passkey');
  const form = filled(asked, answer(asked.publicKey, credential));
  const stranger = new Browser(roost);
  assert.equal((await stranger.send('/console/sign-in', form)).status, 422, 'without the cookie of the door');
  await ask(stranger, '/console/sign-in/passkey');
  assert.equal((await stranger.send('/console/sign-in', form)).status, 422, 'with that of another browser');
  const half = await halfIn(roost);
  await half.open('/console/second');
  assert.equal((await half.send('/console/second', form)).status, 422, 'as a second step');
  await owner.open('/console/me');
  const fresh = await ask(owner, '/console/fresh/passkey');
  const answered = filled(fresh, answer(fresh.publicKey, credential));
  assert.equal((await half.send('/console/second', answered)).status, 422, 'of another session');
  assert.equal((await browser.send('/console/sign-in', answered)).status, 422, 'of another step, to sign in');
  assert.equal((await browser.send('/console/sign-in', form)).status, 303, 'it was good all the time');
  browser.forgetSession();
  assert.equal((await browser.send('/console/sign-in', form)).status, 422, 'once');
});

test('an answer that was altered opens nothing, and leaves the door as it was', async (t) => {
  const roost = await startRoost(t);
  const { credential } = await ownerWithPasskey(roost);
  const flip = (bytes: Buffer) => Buffer.from(bytes.map((byte, i) => (i === 40 ? byte ^ 1 : byte)));
  const twists: readonly (Twists & { readonly why: string })[] = [
    { why: 'another origin', origin: 'https://evil.example' },
    { why: 'another domain', rpId: 'evil.example' },
    { why: 'another challenge', challenge: 'A'.repeat(43) },
    { why: 'a registration', type: 'webauthn.create' },
    { why: 'framed', client: { crossOrigin: true } },
    { why: 'nobody was there', flags: 0 },
    { why: 'nobody was verified', flags: FLAGS.up },
    { why: 'a signature with a bit changed', signature: flip },
    { why: 'another user', userHandle: Buffer.alloc(32).toString('base64url') },
    { why: 'no user', userHandle: null },
    { why: 'an unknown credential', id: 'B'.repeat(43) },
  ];
  for (const { why, ...twist } of twists) {
    const browser = new Browser(roost);
    const refused = await signIn(browser, credential, twist);
    assert.equal(refused.status, 422, why);
    assert.equal(browser.session, '', why);
    assert.match(refused.text, /role="alert"/, why);
  }
  for (const broken of [
    '',
    '{}',
    'null',
    '[1]',
    '{"id":"x"}',
    `{"response":{"signature":"${'A'.repeat(9_000)}"}}`,
  ]) {
    const browser = new Browser(roost);
    const asked = await ask(browser, '/console/sign-in/passkey');
    assert.equal(
      (await browser.send('/console/sign-in', { challenge: asked.id, credential: broken })).status,
      422,
    );
  }
  assert.equal((await signIn(new Browser(roost), credential)).status, 303);
});

test('a counter that goes back is refused, written into the audit, and told on the account', async (t) => {
  const roost = await startRoost(t);
  const { browser, credential } = await ownerWithPasskey(roost);
  assert.equal((await signIn(new Browser(roost), credential)).status, 303);
  assert.equal((await signIn(new Browser(roost), credential, { counter: 1 })).status, 422);
  assert.match((await browser.open('/console/audit')).text, /operator\.passkey[\s\S]*counter went back/);
  assert.match((await browser.open('/console/me')).text, /its counter went back/);
});

test('an operator has several passkeys, names them, and takes one away with a fresh factor alone', async (t) => {
  const roost = await startRoost(t);
  const { browser, credential } = await ownerWithPasskey(roost);
  const key = await addPasskey(browser, '<b>Key</b>');
  const other = new Browser(roost);
  assert.equal((await signIn(other, key)).status, 303);
  const page = await browser.open('/console/me');
  assert.match(page.text, /value="My laptop"/);
  assert.match(page.text, /value="&lt;b&gt;Key&lt;\/b&gt;"/);
  const [, id = ''] = /name-([0-9a-f]{32})" name="name" value="&lt;b/.exec(page.text) ?? [];
  await browser.send(`/console/me/factors/${id}/name`, { name: 'Spare key' });
  assert.match((await browser.open('/console/me')).text, /value="Spare key"/);
  roost.clock.advance(6 * 60_000);
  const stale = await browser.send(`/console/me/factors/${id}/remove`, { form_page: '/console/me' });
  assert.equal(stale.headers.get('location'), '/console/fresh?next=%2Fconsole%2Fme');
  await browser.open('/console/fresh');
  const asked = await ask(browser, '/console/fresh/passkey');
  await browser.send('/console/fresh', filled(asked, answer(asked.publicKey, credential)));
  await browser.open('/console/me');
  assert.equal((await browser.send(`/console/me/factors/${id}/remove`, {})).status, 303);
  assert.doesNotMatch((await browser.open('/console/me')).text, /Spare key/);
  assert.equal((await other.open('/console')).status, 303, 'their other sessions have ended');
  assert.equal((await signIn(new Browser(roost), key)).status, 422);
  assert.equal((await signIn(new Browser(roost), credential)).status, 303);
});

test('who has lost access does not come in by a passkey, and nobody does by one of a customer', async (t) => {
  const roost = await startRoost(t);
  const { credential } = await ownerWithPasskey(roost);
  const made = await roost.call('POST', '/v1/users/ann/factors', { json: { kind: 'webauthn' } });
  const theirs = register(made.body.publicKey);
  const path = `/v1/users/ann/factors/${made.body.factor.id}/confirm`;
  assert.equal((await roost.call('POST', path, { json: { credential: theirs.answer } })).status, 200);
  assert.equal((await signIn(new Browser(roost), theirs.credential)).status, 422);
  const { store } = roost.roost;
  const [ann] = await store.read.list(tables.allOperators, {}, roost.clock());
  assert.ok(ann !== undefined);
  await store.transaction(async (tx) => tx.update(tables.operators, { ...ann, disabledAtMs: tx.nowMs }));
  assert.equal((await signIn(new Browser(roost), credential)).status, 422);
});

test('passkeys belong to the public address, and are not offered where browsers have none', async (t) => {
  const rooms = [
    ['https://verify.example.com/roost', 'verify.example.com', 'https://verify.example.com'],
    ['http://localhost:9999', 'localhost', 'http://localhost:4711'],
  ] as const;
  for (const [address, rpId, origin] of rooms) {
    const roost = await startRoost(t, { env: { ROOST_PUBLIC_URL: address } });
    const browser = new Browser(roost);
    const asked = await ask(browser, '/console/sign-in/passkey');
    assert.equal(asked.publicKey.rpId, rpId);
    assert.equal(asked.publicKey.userVerification, 'required');
    const joined = await joinThere(roost);
    const fresh = await ask(joined, '/console/second/passkey');
    const wrong = register(fresh.publicKey, { rpId, origin: 'https://elsewhere.example' });
    assert.equal((await joined.send('/console/second', filled(fresh, wrong.answer))).status, 422);
    const again = await ask(joined, '/console/second/passkey');
    const made = register(again.publicKey, { rpId, origin });
    assert.equal((await joined.send('/console/second', filled(again, made.answer))).status, 303, address);
    await roost.stop();
  }
  const bare = await startRoost(t, { env: { ROOST_PUBLIC_URL: 'http://192.0.2.7:8080' } });
  assert.doesNotMatch((await new Browser(bare).open('/console/sign-in')).text, /passkey/);
});

async function joinThere(roost: StartedRoost): Promise<Browser> {
  const link = (await roost.roost.consoleLink('first')) ?? '';
  const browser = new Browser(roost);
  await browser.send(link, { name: 'ann', password: PASSWORD });
  await browser.open('/console/second');
  return browser;
}

test('nobody can have the door write without end', async (t) => {
  const roost = await startRoost(t);
  const browser = new Browser(roost);
  const answers = [];
  for (let i = 0; i < 301; i += 1) answers.push(await browser.send('/console/sign-in/passkey', {}));
  assert.equal(answers.at(299)?.status, 200);
  assert.equal(answers.at(300)?.status, 422);
  assert.match(answers.at(300)?.body.problem, /Too often/);
});

test('strangers who ask for passkeys without end keep nobody out who asks in a browser that is known', async (t) => {
  const roost = await startRoost(t);
  const { browser, credential } = await ownerWithPasskey(roost);
  const stranger = new Browser(roost);
  for (let i = 0; i < 301; i += 1) await stranger.send('/console/sign-in/passkey', {});
  assert.equal((await stranger.send('/console/sign-in/passkey', {})).status, 422);
  browser.forgetSession();
  const known = await signIn(browser, credential);
  assert.equal(known.headers.get('location'), '/console', known.text);
  browser.forgetSession();
  for (let i = 0; i < 60; i += 1) await browser.send('/console/sign-in/passkey', {});
  assert.equal((await browser.send('/console/sign-in/passkey', {})).status, 422, 'it has a bound of its own');
});
