import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type AccountHolder, newHolder, newNumber, PASSWORD } from './support/account-holder.ts';
import { AuthenticatorApp } from './support/app.ts';
import { type StartedBank, startBank, wrongCode } from './support/bank.ts';
import { stockToken } from './support/tour.ts';
import { problemsIn, type Seen, textOf } from './support/visitor.ts';

const hidden = ({ html }: Seen, name: string): string =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? '';
const factorsIn = ({ html }: Seen): string[] => [
  ...new Set([...html.matchAll(/\/security\/factors\/([0-9a-f]{32})/g)].map(([, id = '']) => id)),
];

async function addApp(bank: StartedBank, ann: AccountHolder): Promise<AuthenticatorApp> {
  await ann.open('/security/add/app');
  const page = await ann.send('/security/add/app', {});
  const secret = /<code>([A-Z2-7 ]+)<\/code>/.exec(page.html)?.[1] ?? '';
  const app = new AuthenticatorApp(secret, bank.roost.clock);
  assert.equal((await ann.send('/security/add/app/confirm', { code: app.code() })).path, '/security');
  bank.roost.clock.advance(30_000);
  return app;
}

async function makeCodes(ann: AccountHolder): Promise<string[]> {
  await ann.open('/security/recovery');
  const { html } = await ann.send('/security/recovery', {});
  return [...html.matchAll(/<code>([0-9A-Z-]{19})<\/code>/g)].map(([, code = '']) => code);
}

describe('factors', () => {
  test('an authenticator app: a QR code, the secret as text, and a first code; then it signs in', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank, 'ann');
    await ann.open('/security/add/app');
    const page = await ann.send('/security/add/app', {});
    assert.match(page.html, /href="otpauth:\/\/totp\/BirdBank:ann\?secret=/);
    const secret = /<code>([A-Z2-7 ]+)<\/code>/.exec(page.html)?.[1] ?? '';
    const cookie = `birdbank-customer=${ann.cookies.get('birdbank-customer')}`;
    const qr = await fetch(`${bank.url}/security/add/app/qr.svg`, { headers: { cookie } });
    assert.match(qr.headers.get('content-type') ?? '', /^image\/svg\+xml/);
    assert.match(await qr.text(), /^<svg /);
    const app = new AuthenticatorApp(secret, bank.roost.clock);
    const wrong = await ann.send('/security/add/app/confirm', { code: wrongCode(app.code()) });
    assert.match(problemsIn(wrong).join(), /^The code is wrong/);
    const done = await ann.send('/security/add/app/confirm', {
      code: ` ${app.code().slice(0, 3)} ${app.code().slice(3)}`,
    });
    assert.match(textOf(done.html), /Your authenticator app is added\./);
    assert.doesNotMatch(
      (await ann.open('/security/add/app')).html,
      new RegExp(secret),
      'it is shown no more',
    );
    bank.roost.clock.advance(30_000);
    const there = ann.elsewhere();
    const asked = await there.password();
    assert.match(
      textOf(asked.page.html),
      /Open your authenticator app/,
      'the one used last is asked for first',
    );
    assert.equal((await there.send('/sign-in/confirm', { code: app.code() })).path, '/accounts');
  });

  test('a hardware token, by its number; one that is not in the stock is refused', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank);
    await stockToken(bank, 'BB-1001');
    await ann.open('/security/add/token');
    const none = await ann.send('/security/add/token', { kind: 'hotp', serial: 'BB-9999' });
    assert.match(problemsIn(none).join(), /no free token of this kind/);
    await ann.send('/security/add/token', { kind: 'hotp', serial: 'BB-1001' });
    const done = await ann.send('/security/add/token/confirm', { code: '755224' });
    assert.match(textOf(done.html), /Number BB-1001/);
    const there = ann.elsewhere();
    await there.password();
    assert.equal((await there.send('/sign-in/confirm', { code: '287082' })).path, '/accounts');
    const bob = await newHolder(bank);
    await bob.open('/security/add/token');
    const taken = await bob.send('/security/add/token', { kind: 'hotp', serial: 'BB-1001' });
    assert.match(problemsIn(taken).join(), /no free token of this kind/);
  });

  test('a token that was pressed too often is found again by two codes', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank);
    await stockToken(bank, 'BB-1002');
    await ann.open('/security/add/token');
    await ann.send('/security/add/token', { kind: 'hotp', serial: 'BB-1002' });
    const page = await ann.send('/security/add/token/confirm', { code: '755224' });
    const token = factorsIn(page).at(-1);
    await ann.open(`/security/factors/${token}`);
    const wrong = await ann.send(`/security/factors/${token}/resync`, { code1: '111111', code2: '222222' });
    assert.match(problemsIn(wrong).join(), /^The code is wrong/);
    const found = await ann.send(`/security/factors/${token}/resync`, { code1: '399871', code2: '520489' });
    assert.match(textOf(found.html), /Your token works again\./);
  });

  test('another phone confirms who it is, and its number signs in; not one that is another customer’s', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank, 'ann');
    const bob = await newHolder(bank, 'bob');
    const second = newNumber();
    for (const number of [second, bob.number]) {
      bank.roost.clock.advance(31_000);
      const before = await bank.newestMessage(number);
      await ann.open('/security/add/phone');
      await ann.send('/security/add/phone', { number });
      const done = await ann.send('/security/add/phone/confirm', {
        code: await bank.codeAfter(number, before),
      });
      assert.match(textOf(done.html), /The phone is added\./);
    }
    assert.equal((await ann.elsewhere().password(PASSWORD, second)).page.path, '/sign-in/confirm');
    const numbers = bank.database.prepare(
      `SELECT user_name AS name, COUNT(*) AS numbers FROM customer_phones p JOIN customers c ON c.id = p.customer_id
       GROUP BY user_name ORDER BY user_name`,
    );
    const whose = numbers.all().map(({ name, numbers }) => [name, numbers]);
    assert.deepEqual(whose, [
      ['ann', 2],
      ['bob', 1],
    ]);
  });

  test('recovery codes: ten, shown once, as a file, each good once; the last way in when the phone is lost', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank, 'ann');
    const codes = await makeCodes(ann);
    assert.equal(codes.length, 10);
    const file = await ann.open('/security/recovery/codes.txt');
    assert.equal(
      file.headers.get('content-disposition'),
      'attachment; filename="birdbank-recovery-codes.txt"',
    );
    for (const code of codes) assert.ok(file.html.includes(code));
    await ann.open('/security/recovery');
    await ann.send('/security/recovery/kept', {});
    assert.doesNotMatch((await ann.open('/security/recovery')).html, new RegExp(codes[0] ?? '-'));
    assert.equal((await ann.open('/security/recovery/codes.txt')).status, 404);
    assert.match(textOf((await ann.open('/security/recovery')).html), /You have 10 codes left\./);

    const there = ann.elsewhere();
    const { page } = await there.password();
    const recovery = /value="([0-9a-f]{32})"><span>Recovery codes/.exec(page.html)?.[1] ?? '';
    const chosen = await there.send('/sign-in/confirm/factor', { factor: recovery });
    assert.match(textOf(chosen.html), /Enter one of your recovery codes/);
    const used = (codes[3] ?? '').toLowerCase().replaceAll('-', ' ');
    const seen = await there.send('/sign-in/confirm', { code: used });
    assert.equal(seen.path, '/security', 'what is lost can be replaced at once');
    assert.match(textOf(seen.html), /9 codes left/);
    const again = ann.elsewhere();
    await again.password();
    await again.send('/sign-in/confirm/factor', { factor: recovery });
    assert.match(
      problemsIn(await again.send('/sign-in/confirm', { code: used })).join(),
      /^The code is wrong/,
    );
  });

  test('a factor is renamed; its name is shown as it is, and opens no markup', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank);
    const [phone] = factorsIn(await ann.open('/security'));
    await ann.open(`/security/factors/${phone}`);
    const seen = await ann.send(`/security/factors/${phone}/rename`, { name: '<b>My</b> “phone”' });
    assert.match(textOf(seen.html.replaceAll('&#60;', '‹').replaceAll('&#62;', '›')), /‹b›My‹\/b› “phone”/);
    assert.doesNotMatch(seen.html, /<b>My/);
  });

  test('a factor goes only after another one was shown just now, never the last, and other sessions end with it', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank, 'ann');
    const [phone] = factorsIn(await ann.open('/security'));
    const page = await ann.open(`/security/factors/${phone}`);
    assert.match(textOf(page.html), /This is the only way to confirm that it is you/);
    await ann.send(`/security/factors/${phone}/remove`, {});
    assert.deepEqual(factorsIn(await ann.open('/security')), [phone]);
    const app = await addApp(bank, ann);
    const first = await ann.open(`/security/factors/${phone}`);
    assert.match(textOf(first.html), /confirm it with another one/, 'the phone itself was shown last');
    await ann.send(`/security/factors/${phone}/remove`, {});
    assert.equal(factorsIn(await ann.open('/security')).length, 2);
    await ann.open(`/security/factors/${phone}`);
    const asked = await ann.send('/security/confirm', { next: `/security/factors/${phone}` });
    assert.match(textOf(asked.html), /Open your authenticator app/);
    assert.doesNotMatch(asked.html, new RegExp(`value="${phone}"`), 'the phone is not offered');
    const back = await ann.send(asked.path, { code: app.code(), factor: hidden(asked, 'factor') });
    assert.equal(back.path, `/security/factors/${phone}`);
    const other = ann.elsewhere();
    bank.roost.clock.advance(30_000);
    await other.password();
    assert.equal((await other.send('/sign-in/confirm', { code: app.code() })).path, '/accounts');
    await ann.open(`/security/factors/${phone}`);
    const gone = await ann.send(`/security/factors/${phone}/remove`, {});
    assert.match(textOf(gone.html), /It is removed\./);
    assert.equal(factorsIn(gone).length, 1);
    assert.equal((await other.open('/accounts')).path, '/signed-out');
    const { page: late } = await ann.elsewhere().password(PASSWORD, ann.number);
    assert.equal(late.path, '/sign-in', 'nobody signs in with a number that is gone');
    assert.equal((await ann.elsewhere().password(PASSWORD, 'ann')).page.path, '/sign-in/confirm');
  });

  test('the number that is the only name of its owner stays until there is a user name', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank);
    await addApp(bank, ann);
    const [phone] = factorsIn(await ann.open('/security'));
    assert.match(textOf((await ann.open(`/security/factors/${phone}`)).html), /Choose a user name first/);
    await ann.open('/security/user-name');
    assert.match(
      textOf((await ann.send('/security/user-name', { userName: 'ann' })).html),
      /Your user name is saved/,
    );
    assert.doesNotMatch(
      textOf((await ann.open(`/security/factors/${phone}`)).html),
      /Choose a user name first/,
    );
    const bob = await newHolder(bank);
    await bob.open('/security/user-name');
    const taken = await bob.send('/security/user-name', { userName: 'ANN' });
    assert.match(problemsIn(taken).join(), /Somebody has this user name already/);
  });
});

describe('changes', () => {
  test('need a factor that was shown in the last five minutes; without it every form leads back and does nothing', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank);
    bank.roost.clock.advance(4 * 60_000);
    await ann.open('/security');
    bank.roost.clock.advance(61_000);
    for (const path of [
      'add/app',
      'add/phone',
      'add/token',
      'add/passkey',
      'recovery',
      'password',
      'user-name',
    ]) {
      const page = await ann.open(`/security/${path}`);
      assert.match(page.html, /Confirm that it is you/, path);
      const { csrf } = ann;
      const form = {
        number: newNumber(),
        serial: 'x',
        current: PASSWORD,
        next: 'quite another one',
        userName: 'annie',
      };
      await ann.send(`/security/${path}`, form, { csrf });
    }
    const { html } = await ann.open('/security');
    assert.equal(factorsIn({ html } as Seen).length, 1);
    assert.equal(
      (await ann.elsewhere().password()).page.path,
      '/sign-in/confirm',
      'the password is as it was',
    );
    const asked = await ann.send('/security/confirm', { next: 'https://evil.example/' });
    assert.equal(asked.path, '/security', 'it leads to pages of ours alone');
  });

  test('the password: the one of now and a fresh factor; all else that is open ends', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank);
    const there = ann.elsewhere();
    await there.signIn({ trust: 'yes' });
    await ann.open('/security/password');
    const next = 'a much better password';
    assert.deepEqual(problemsIn(await ann.send('/security/password', { current: 'not it at all', next })), [
      'That is not your password.',
    ]);
    assert.deepEqual(
      problemsIn(await ann.send('/security/password', { current: PASSWORD, next: PASSWORD })),
      ['That is the password that you have.'],
    );
    const done = await ann.send('/security/password', { current: PASSWORD, next });
    assert.match(textOf(done.html), /Your password is changed\./);
    assert.equal((await there.open('/accounts')).path, '/signed-out');
    assert.equal((await there.password(next)).page.path, '/sign-in/confirm', 'it is not trusted any more');
    assert.equal((await there.password(PASSWORD)).page.path, '/sign-in');
  });

  test('nobody at an open session guesses the password faster than at the door', async (t) => {
    const bank = await startBank(t);
    const ann = await newHolder(bank);
    await ann.open('/security/password');
    for (let i = 0; i < 5; i += 1)
      await ann.send('/security/password', { current: `wrong ${i}`, next: 'a much better password' });
    const seen = await ann.send('/security/password', { current: PASSWORD, next: 'a much better password' });
    assert.match(problemsIn(seen).join(), /^Too many wrong passwords\. Try again from/);
  });
});
