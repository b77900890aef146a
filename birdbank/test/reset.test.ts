import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccountHolder, newHolder, newNumber, PASSWORD } from './support/account-holder.ts';
import { type StartedBank, startBank, wrongCode } from './support/bank.ts';
import { problemsIn, type Seen, textOf, Visitor } from './support/visitor.ts';

const NEW_PASSWORD = 'remembered this time';

async function recoveryCodes(ann: AccountHolder): Promise<string[]> {
  await ann.open('/security/recovery');
  const { html } = await ann.send('/security/recovery', {});
  return [...html.matchAll(/<code>([0-9A-Z-]{19})<\/code>/g)].map(([, code = '']) => code);
}

/** The first half: the phone. Answers what comes after it. */
async function showPhone(bank: StartedBank, visitor: Visitor, number: string): Promise<Seen> {
  bank.roost.clock.advance(31_000);
  const before = await bank.newestMessage(number);
  await visitor.open('/forgot');
  const page = await visitor.send('/forgot', { number });
  assert.equal(page.path, '/forgot/code', problemsIn(page).join());
  return visitor.send('/forgot/code', { token: await bank.codeAfter(number, before) });
}

test('a new password needs the phone and another factor; it signs nobody in, removes nothing, and ends every session', async (t) => {
  const bank = await startBank(t);
  const ann = await newHolder(bank);
  const codes = await recoveryCodes(ann);
  const there = ann.elsewhere();
  await there.signIn({ trust: 'yes' });
  const factors = (await ann.open('/security')).html.match(/security\/factors\/[0-9a-f]{32}/g)?.length;
  const lost = new Visitor(bank.url);
  const asked = await showPhone(bank, lost, ann.number);
  assert.equal(asked.path, '/forgot/confirm');
  assert.doesNotMatch(asked.html, /Text message/, 'the phone was shown already');
  assert.equal((await lost.open('/forgot/password')).path, '/forgot');
  await lost.open('/forgot/confirm');
  const wrong = await lost.send('/forgot/confirm', { code: 'AAAA-BBBB-CCCC-DDDD' });
  assert.match(problemsIn(wrong).join(), /^The code is wrong/);
  const form = await lost.send('/forgot/confirm', { code: codes[0] ?? '' });
  assert.equal(form.path, '/forgot/password');
  for (const path of ['/accounts', '/security']) {
    const other = new Visitor(bank.url);
    for (const [name, value] of lost.cookies) other.cookies.set(name, value);
    assert.equal((await other.open(path)).path, '/sign-in');
  }
  await lost.open('/forgot/password');
  assert.match(problemsIn(await lost.send('/forgot/password', { password: 'short' })).join(), /too short/);
  const done = await lost.send('/forgot/password', { password: NEW_PASSWORD });
  assert.equal(done.path, '/sign-in', 'it signs nobody in');
  assert.match(textOf(done.html), /Your new password is saved\. Sign in with it\./);
  for (const old of [ann, there])
    assert.equal((await old.open('/accounts')).path, '/signed-out', String([...old.cookies]));
  assert.equal((await there.password(NEW_PASSWORD)).page.path, '/sign-in/confirm', 'nothing is trusted');
  assert.equal((await ann.elsewhere().password(PASSWORD)).page.path, '/sign-in');
  bank.roost.clock.advance(60_000);
  const { page, code } = await ann.password(NEW_PASSWORD);
  assert.equal(page.path, '/sign-in/confirm');
  await ann.send('/sign-in/confirm', { code: await code() });
  const { html } = await ann.open('/security');
  assert.equal(
    html.match(/security\/factors\/[0-9a-f]{32}/g)?.length,
    factors,
    'every factor is still there',
  );
  assert.match(textOf(html), /New password after it was forgotten/);
  assert.equal(
    (await lost.send('/forgot/password', { password: 'once again please' })).path,
    '/forgot',
    'once',
  );
});

test('whoever has the phone alone does not get the account', async (t) => {
  const bank = await startBank(t);
  const ann = await newHolder(bank);
  const thief = new Visitor(bank.url);
  const seen = await showPhone(bank, thief, ann.number);
  assert.match(textOf(seen.html), /A phone alone is not enough/);
  for (const path of ['/forgot/confirm', '/forgot/password', '/accounts'])
    assert.ok(['/forgot', '/sign-in'].includes((await thief.open(path)).path));
  assert.equal((await ann.elsewhere().password()).page.path, '/sign-in/confirm', 'the old password holds');
});

test('nobody learns from the first page whose number it is; whoever holds the phone does', async (t) => {
  const bank = await startBank(t);
  const ann = await newHolder(bank);
  bank.roost.clock.advance(31_000);
  const nobody = newNumber();
  const pages: string[] = [];
  for (const number of [ann.number, nobody]) {
    const visitor = new Visitor(bank.url);
    await visitor.open('/forgot');
    const seen = await visitor.send('/forgot', { number });
    pages.push(
      seen.html
        .replace(/value="[\w-]+"|data-[\w-]+="[^"]*"|\d\d:\d\d:\d\d/g, '')
        .replaceAll(/(?:\d)(?: )?(?:\d)(?=<)/g, ''),
    );
    assert.equal(seen.path, '/forgot/code');
  }
  assert.equal(pages[0], pages[1]);
  const seen = await showPhone(bank, new Visitor(bank.url), newNumber());
  assert.match(textOf(seen.html), /There is no account with this number/);
});

test('a wrong code leads back with the attempts that are left; the last one ends it', async (t) => {
  const bank = await startBank(t);
  const ann = await newHolder(bank);
  bank.roost.clock.advance(31_000);
  const before = await bank.newestMessage(ann.number);
  const visitor = new Visitor(bank.url);
  await visitor.open('/forgot');
  await visitor.send('/forgot', { number: ann.number });
  const code = await bank.codeAfter(ann.number, before);
  for (const left of ['two more times', 'one more time', 'the last attempt']) {
    const seen = await visitor.send('/forgot/code', { token: wrongCode(code) });
    assert.ok(problemsIn(seen).join().includes(left), left);
  }
  assert.equal((await visitor.send('/forgot/code', { token: code })).path, '/forgot/code');
  assert.equal((await visitor.open('/forgot/confirm')).path, '/forgot');
});

test('the second half is over after a quarter of an hour', async (t) => {
  const bank = await startBank(t);
  const ann = await newHolder(bank);
  await recoveryCodes(ann);
  const lost = new Visitor(bank.url);
  await showPhone(bank, lost, ann.number);
  for (let i = 0; i < 4; i += 1) {
    bank.roost.clock.advance(225_000);
    await lost.open('/forgot/confirm');
  }
  assert.equal((await lost.open('/forgot/confirm')).path, '/forgot');
});
