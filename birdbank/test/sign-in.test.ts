import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newHolder, PASSWORD } from './support/account-holder.ts';
import { startBank, wrongCode } from './support/bank.ts';
import { problemsIn, type Seen, textOf } from './support/visitor.ts';

const isIn = ({ html }: Seen): boolean => html.includes('action="/sign-out"');

describe('signing in', () => {
  test('password and a code from a message, by phone number or by user name, whatever its capitals', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank, 'Ann');
    const local = `0${ann.number.slice(3)}`;
    for (const name of [
      ann.number,
      local.replace(/(\d\d)(\d{4})/, '$1 $2 '),
      ann.number.replace('+', '00'),
      'aNN',
    ]) {
      const there = ann.elsewhere();
      const { page, code } = await there.password(PASSWORD, name);
      assert.equal(page.path, '/sign-in/confirm', name);
      assert.match(textOf(page.html), /We sent a code to \+31 ···· \d\d/);
      const seen = await there.send('/sign-in/confirm', { code: await code() });
      assert.equal(seen.path, '/accounts');
      assert.ok(isIn(seen));
      bank.roost.clock.advance(120_000);
    }
  });

  test('the message says what the code is for, and never to share it', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank);
    const { code } = await ann.elsewhere().password();
    await code();
    const { body } = await bank.roost.call(
      'GET',
      `/sandbox/messages?recipient=${encodeURIComponent(ann.number)}`,
    );
    assert.match(body.messages.at(-1).text, /^\d{6} is your BirdBank code to sign in\. Never share it/);
  });

  test('a wrong code is counted in words, and the fifth ends it', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank);
    const there = ann.elsewhere();
    const { page, code } = await there.password();
    assert.equal(page.path, '/sign-in/confirm');
    const right = await code();
    const told: string[] = [];
    for (let guess = 0; guess < 3; guess += 1)
      told.push(...problemsIn(await there.send('/sign-in/confirm', { code: wrongCode(right) })));
    assert.match(told[0] ?? '', /^The code is wrong\./);
    const late = await there.send('/sign-in/confirm', { code: right });
    assert.notEqual(late.path, '/accounts', 'a code has three tries, as every message has');
    assert.equal((await there.open('/accounts')).path, '/sign-in');
    assert.match(textOf((await ann.open('/security')).html), /Wrong code: Text message/);
  });

  test('half a sign-in is over after ten minutes, and with it its code', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank);
    const there = ann.elsewhere();
    const { code } = await there.password();
    const right = await code();
    bank.roost.clock.advance(4 * 60_000);
    await there.open('/sign-in/confirm');
    bank.roost.clock.advance(4 * 60_000);
    await there.open('/sign-in/confirm');
    bank.roost.clock.advance(2 * 60_000);
    const late = await there.send('/sign-in/confirm', { code: right });
    assert.equal(late.path, '/sign-in');
    assert.deepEqual(problemsIn(late), ['Signing in took too long. Begin again.']);
  });

  test('Roost is away: a sentence on the page, and everything works again afterwards', async (t) => {
    let isAway = false;
    const bank = await startBank(t, {
      fetch: (...call) => (isAway ? Promise.reject(new Error('no network')) : fetch(...call)),
    });
    const ann = await newHolder(bank);
    isAway = true;
    const { page } = await ann
      .elsewhere()
      .password()
      .catch(() => ({ page: null }));
    assert.equal(page?.path, '/sign-in');
    assert.match(problemsIn(page as Seen).join(), /cannot be reached right now/);
    assert.match(problemsIn(await ann.open('/security')).join(), /cannot be reached right now/);
    isAway = false;
    assert.equal((await ann.elsewhere().signIn()).path, '/accounts');
  });
});

describe('devices', () => {
  test('a trusted device needs the password alone, for thirty days, and not once it is forgotten', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank);
    const there = ann.elsewhere();
    assert.equal((await there.signIn({ trust: 'yes' })).path, '/accounts');
    assert.match(textOf((await there.open('/security')).html), /Trusted until/);
    await there.send('/sign-out', {});
    const { page } = await there.password();
    assert.equal(page.path, '/accounts', 'nothing more was asked');
    const needs = await there.open('/security/password');
    assert.match(needs.html, /Confirm that it is you/, 'a change still asks for more');
    const stolen = there.elsewhere();
    for (const [name, value] of there.cookies)
      if (name === 'birdbank-device') stolen.cookies.set(name, value);
    const bob = await newHolder(bank);
    stolen.cookies.delete('birdbank');
    await stolen.open('/sign-in');
    const asBob = await stolen.send('/sign-in', { name: bob.number, password: PASSWORD });
    assert.equal(asBob.path, '/sign-in/confirm', 'it is trusted for its owner alone');
    bank.roost.clock.advance(30 * 86_400_000);
    assert.equal((await there.password()).page.path, '/sign-in/confirm');
  });

  test('a sign-in on a new device is told on the security page, and where', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank);
    const eve = ann.elsewhere();
    const agent = { 'user-agent': 'Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0' };
    const { page, code } = await eve.password();
    assert.equal(page.path, '/sign-in/confirm');
    await eve.send('/sign-in/confirm', { code: await code() }, { headers: agent });
    const seen = textOf((await ann.open('/security')).html);
    assert.match(seen, /A new device signed in .*\(Firefox, Windows\)\. Was it not you\?/);
    assert.match(seen, /Signed in on a new device: Text message/);
    const texts = async (): Promise<string[]> => {
      const query = `recipient=${encodeURIComponent(ann.number)}&wait=5`;
      const { body } = await bank.roost.call('GET', `/sandbox/messages?${query}`);
      return body.messages.map(({ text }: { text: string }) => text);
    };
    const notice = /^BirdBank: somebody signed in to your account on a new device \(Firefox, Windows\)\./;
    for (let i = 0; i < 300 && !(await texts()).some((text) => notice.test(text)); i += 1)
      await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(
      (await texts()).some((text) => notice.test(text)),
      'and by a message',
    );
    await ann.send('/sign-out', {}, { csrf: await csrfOf(ann) });
    bank.roost.clock.advance(60_000);
    await ann.signIn();
    assert.equal((await texts()).filter((text) => notice.test(text)).length, 1, 'not where they are at home');
  });
});

async function csrfOf(ann: { open(path: string): Promise<unknown>; csrf: string }): Promise<string> {
  await ann.open('/accounts');
  return ann.csrf;
}
