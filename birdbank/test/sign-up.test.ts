import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AccountHolder, newHolder, PASSWORD } from './support/account-holder.ts';
import { startBank } from './support/bank.ts';
import { problemsIn, textOf, Visitor } from './support/visitor.ts';

const WRONG = 'The name or the password is wrong.';

describe('opening an account', () => {
  test('the phone that the tutorial verified and a password open it; the phone is its first second factor', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank, 'Ann.de-Vries');
    const page = textOf((await ann.open('/security')).html);
    assert.match(page, /Text message \+31 ···· \d\d/);
    assert.match(page, /User name ?Ann\.de-Vries/);
    assert.match(textOf((await ann.open('/accounts')).html), /Current account/);
    assert.equal(bank.asked.filter((call) => call === 'POST /verify').length, 1, 'one code for one phone');
  });

  test('without a verified phone there is no account, whatever is sent', async (t) => {
    const bank = await startBank(t);
    const eve = new Visitor(bank.url);
    assert.equal((await eve.open('/sign-up')).path, '/');
    const form = { userName: 'eve', password: PASSWORD };
    assert.equal((await eve.send('/sign-up', form)).path, '/');
    const code = await eve.askForCode('+31612345678');
    assert.equal((await eve.send('/sign-up', form, { csrf: await csrfAt(eve, code.path) })).path, '/');
    assert.equal(bank.database.prepare('SELECT COUNT(*) AS n FROM customers').get()?.n, 0);
  });

  test('a phone that has an account leads to signing in, and its account stays as it is', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank);
    const again = ann.elsewhere();
    bank.roost.clock.advance(31_000);
    const before = await bank.newestMessage(ann.number);
    const page = await again.askForCode(ann.number);
    await again.send(page.path, { token: await bank.codeAfter(ann.number, before) });
    assert.equal((await again.open('/sign-up')).path, '/sign-in');
    const answer = await again.send('/sign-up', { userName: '', password: 'another password' });
    assert.equal(answer.path, '/sign-in');
    assert.match(textOf(answer.html), /There is an account with this number already/);
    assert.equal((await ann.elsewhere().signIn()).path, '/accounts');
  });

  test('passwords: eight characters and more, spaces, signs and letters of every script; not those that everybody tries', async (t) => {
    const bank = await startBank(t);
    const ann = new AccountHolder(bank);
    const page = await ann.askForCode(ann.number);
    await ann.send(page.path, { token: await bank.newestCode(ann.number) });
    await ann.open('/sign-up');
    for (const [password, told] of [
      ['', 'Choose a password.'],
      ['1234567', 'This password is too short: it needs 8 characters.'],
      ['x'.repeat(257), 'This password is too long: 256 characters is the most.'],
      ['Password', 'This is one of the passwords that everybody tries first. Choose another.'],
      ['aaaaaaaaaa', 'This password is too easily guessed. Choose another.'],
      ['birdbank1', 'This password is too easily guessed. Choose another.'],
    ] as const) {
      const seen = await ann.send('/sign-up', { userName: '', password });
      assert.deepEqual(problemsIn(seen), [told], password);
      assert.ok(!seen.html.includes(`value="${password}"`) || password === '', 'it stands in no field');
    }
    const long = `  ${'pässwörd 密码 '.repeat(9)}!`.slice(0, 100);
    assert.equal((await ann.send('/sign-up', { userName: '', password: long })).path, '/security/recovery');
    const there = ann.elsewhere();
    for (const other of [long.slice(0, 72), long.trim(), `${long} `]) {
      assert.deepEqual(problemsIn((await there.password(other)).page), [WRONG], 'every character counts');
    }
    assert.equal((await there.password(long)).page.path, '/sign-in/confirm');
  });
});

/** The token of the forms of a page. */
async function csrfAt(visitor: Visitor, path: string): Promise<string> {
  await visitor.open(path);
  return visitor.csrf;
}
