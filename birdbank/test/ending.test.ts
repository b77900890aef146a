import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newPage } from '../../testing/chromium.ts';
import { AccountHolder, newHolder } from './support/account-holder.ts';
import { AuthenticatorApp } from './support/app.ts';
import { type StartedBank, startBank, wrongCode } from './support/bank.ts';
import { press, signUp } from './support/tour.ts';
import { problemsIn, type Seen, textOf } from './support/visitor.ts';

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile/15E148 Safari/604.1';

const formTo = ({ html }: Seen, pattern: RegExp): string =>
  new RegExp(`action="(${pattern.source})"`).exec(html)?.[1] ?? '';

/** Ann in two browsers, in neither of which a factor was shown just now; both sessions are alive. */
async function annLongAgo(bank: StartedBank) {
  const ann = await newHolder(bank, 'ann');
  const phone = ann.elsewhere();
  phone.headers['user-agent'] = IPHONE;
  bank.roost.clock.advance(60_000);
  await phone.signIn({ trust: 'yes' });
  await letFiveMinutesPass(bank, ann, phone);
  return { ann, phone };
}

async function letFiveMinutesPass({ roost }: StartedBank, ...visitors: AccountHolder[]): Promise<void> {
  for (let i = 0; i < 2; i += 1) {
    roost.clock.advance(151_000);
    for (const visitor of visitors) await visitor.open('/accounts');
  }
}

/** What can be ended from the security page, and how it is told that it was. */
const ENDINGS = [
  { what: 'one session', form: /\/security\/sessions\/[0-9a-f]{24}\/end/, title: 'Sign out a session' },
  { what: 'all others', form: /\/security\/sessions\/end-others/, title: 'Sign out all others' },
  { what: 'all of them', form: /\/sign-out-everywhere/, title: 'Sign out everywhere' },
] as const;

describe('ending sessions', () => {
  for (const { what, form, title } of ENDINGS) {
    test(`${what}: nothing ends before a factor is shown, and then what was asked for ends`, async (t) => {
      const bank = await startBank(t);
      const { ann, phone } = await annLongAgo(bank);
      const path = formTo(await ann.open('/security'), form);
      const before = await bank.newestMessage(ann.number);
      const asked = await ann.send(path, {});
      assert.match(asked.path, /^\/confirm\//);
      assert.match(asked.html, new RegExp(`<h1>${title}</h1>`));
      assert.equal((await phone.open('/accounts')).path, '/accounts', 'asking ends nothing');
      const code = await bank.codeAfter(ann.number, before);
      await ann.open(asked.path);
      const wrong = await ann.send(asked.path, { code: wrongCode(code) });
      assert.match(problemsIn(wrong).join(), /^The code is wrong/);
      assert.equal((await phone.open('/accounts')).path, '/accounts', 'nor does a wrong code');
      await ann.open(asked.path);
      const done = await ann.send(asked.path, { code });
      assert.equal((await phone.open('/accounts')).path, '/signed-out');
      assert.equal((await phone.password()).page.path, '/sign-in/confirm', 'nor is its device trusted');
      assert.equal(done.path, what === 'all of them' ? '/signed-out' : '/security');
    });
  }

  test('the text of the code says what it is for, and the page which session ends', async (t) => {
    const bank = await startBank(t);
    const { ann } = await annLongAgo(bank);
    const path = formTo(await ann.open('/security'), ENDINGS[0].form);
    const asked = await ann.send(path, {});
    assert.match(textOf(asked.html), /Safari, iPhone/);
    const { body } = await bank.roost.call(
      'GET',
      `/sandbox/messages?recipient=${encodeURIComponent(ann.number)}`,
    );
    assert.match(body.messages.at(-1).text, /is your BirdBank code to sign out devices/);
  });

  test('one’s own session ends without a factor: whoever wants to leave may', async (t) => {
    const bank = await startBank(t);
    const { ann, phone } = await annLongAgo(bank);
    const { html } = await phone.open('/security');
    const own = formTo({ html } as Seen, ENDINGS[0].form); // what the phone sees as another is Ann's own
    await ann.open('/security');
    assert.equal((await ann.send(own, {})).path, '/signed-out');
    assert.equal((await phone.open('/accounts')).path, '/accounts');
  });

  test('a trusted device, signed in by its password alone, ends nothing before it shows a factor', async (t) => {
    const bank = await startBank(t);
    const { ann, phone } = await annLongAgo(bank);
    await phone.open('/accounts');
    await phone.send('/sign-out', {});
    assert.equal((await phone.password()).page.path, '/accounts');
    for (const { form } of ENDINGS) {
      const asked = await phone.send(formTo(await phone.open('/security'), form), {});
      assert.match(asked.path, /^\/confirm\//);
      bank.roost.clock.advance(31_000);
    }
    assert.equal((await ann.open('/accounts')).path, '/accounts');
  });

  test('a session that ended while it was being confirmed is told to have ended', async (t) => {
    const bank = await startBank(t);
    const { ann, phone } = await annLongAgo(bank);
    const before = await bank.newestMessage(ann.number);
    const asked = await ann.send(formTo(await ann.open('/security'), ENDINGS[0].form), {});
    await phone.open('/accounts');
    await phone.send('/sign-out', {});
    await ann.open(asked.path);
    const done = await ann.send(asked.path, { code: await bank.codeAfter(ann.number, before) });
    assert.match(textOf(done.html), /That session had ended already\./);
  });

  test('to forget a device wants a factor too', async (t) => {
    const bank = await startBank(t);
    const { ann } = await annLongAgo(bank);
    const devices = () => bank.database.prepare('SELECT 1 FROM devices').all().length;
    const before = await bank.newestMessage(ann.number);
    const path = formTo(await ann.open('/security'), /\/security\/devices\/[\w-]+\/forget/);
    const asked = await ann.send(path, {});
    assert.match(asked.html, /<h1>Forget a device<\/h1>/);
    assert.equal(devices(), 2);
    const done = await ann.send(asked.path, { code: await bank.codeAfter(ann.number, before) });
    assert.match(textOf(done.html), /The device is forgotten/);
    assert.equal(devices(), 1);
  });
});

describe('what was begun with a fresh factor', () => {
  test('is shown and finished only while one is: an open session that was left alone adds no app', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank);
    await ann.open('/security/add/app');
    const page = await ann.send('/security/add/app', {});
    const secret = /<code>([A-Z2-7 ]+)<\/code>/.exec(page.html)?.[1] ?? '';
    const app = new AuthenticatorApp(secret, bank.roost.clock);
    await letFiveMinutesPass(bank, ann);
    const stale = await ann.open('/security/add/app');
    assert.doesNotMatch(stale.html, /<code>/, 'the secret is not shown');
    assert.match(stale.html, /Confirm that it is you/);
    assert.equal((await ann.open('/security/add/app/qr.svg')).path, '/security', 'nor as a picture');
    await ann.open('/security/add/app');
    assert.equal(
      (await ann.send('/security/add/app/confirm', { code: app.code() })).path,
      '/security/add/app',
    );
    assert.doesNotMatch((await ann.open('/security')).html, /Rename or remove Authenticator app/);
    const before = await bank.newestMessage(ann.number);
    await ann.open('/security/add/app');
    const asked = await ann.send('/security/confirm', { next: '/security/add/app' });
    const back = await ann.send(asked.path, { code: await bank.codeAfter(ann.number, before) });
    assert.equal(back.path, '/security/add/app');
    assert.ok(back.html.includes(secret), 'what was begun goes on');
    const done = await ann.send('/security/add/app/confirm', { code: app.code() });
    assert.match(textOf(done.html), /Your authenticator app is added\./);
  });
});

test('in a browser: an open session that was left alone signs nobody else out until its owner confirms it', async (t) => {
  const bank = await startBank(t);
  const page = await newPage(t);
  const number = await signUp(bank, page);
  const phone = new AccountHolder(bank, number);
  phone.headers['user-agent'] = IPHONE;
  await phone.signIn();
  for (let i = 0; i < 2; i += 1) {
    bank.roost.clock.advance(151_000);
    await page.goto(`${bank.url}/security`);
    await phone.open('/accounts');
  }
  const before = await bank.newestMessage(number);
  await press(page, 'Sign out Safari, iPhone');
  await page.getByRole('heading', { name: 'Sign out a session' }).waitFor();
  await page.getByText('Safari, iPhone').waitFor();
  assert.equal((await phone.open('/accounts')).path, '/accounts');
  await page.getByLabel('Code from the message').fill(await bank.codeAfter(number, before));
  await press(page, 'Confirm');
  await page.getByText('That session is signed out.').waitFor();
  assert.equal((await phone.open('/accounts')).path, '/signed-out');
});
