import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newHolder } from './support/account-holder.ts';
import { type StartedBank, startBank } from './support/bank.ts';
import { textOf, type Visitor } from './support/visitor.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile/15E148 Safari/604.1';

type Row = { readonly text: string; readonly end: string | null };

/** What the security page says of each session, and the address that would end it; null for its own. */
async function sessionsIn(visitor: Visitor): Promise<Row[]> {
  const { html } = await visitor.open('/security');
  const section = /aria-labelledby="sessions">([\s\S]*?)<\/section>/.exec(html)?.[1] ?? '';
  return [...section.matchAll(/<li[\s\S]*?<\/li>/g)].map(([row]) => ({
    text: textOf(row.replace(/<form[\s\S]*/, '').replaceAll('</strong>', ' ')),
    end: /action="(\/security\/sessions\/[\w-]+\/end)"/.exec(row)?.[1] ?? null,
  }));
}

/** Every second from one moment to another, as a clock shows it. */
function secondsBetween(fromMs: number, toMs: number): readonly string[] {
  const first = Math.floor(fromMs / 1_000);
  const count = Math.floor(toMs / 1_000) - first + 1;
  return Array.from({ length: count }, (_, i) => new Date((first + i) * 1_000).toISOString().slice(11, 19));
}

/** Ann in a browser on Linux, and once more on her phone. */
async function annTwice(bank: StartedBank) {
  const ann = await newHolder(bank, 'ann');
  ann.headers['user-agent'] = FIREFOX;
  const phone = ann.elsewhere();
  phone.headers['user-agent'] = IPHONE;
  bank.roost.clock.advance(60_000);
  const fromMs = bank.roost.clock();
  assert.equal((await phone.signIn({ trust: 'yes' })).path, '/accounts');
  const signedIn = secondsBetween(fromMs, bank.roost.clock());
  bank.roost.clock.advance(60_000);
  await ann.open('/accounts');
  return { ann, phone, signedIn };
}

describe('where somebody is signed in', () => {
  test('shows each browser in words, when it began and was last used, and which of them this is', async (t) => {
    const bank = await startBank(t);
    const { ann, phone, signedIn } = await annTwice(bank);
    const [own, other, ...more] = await sessionsIn(ann);
    assert.deepEqual(more, []);
    assert.match(
      own?.text ?? '',
      /^Firefox, Linux This session This computer · Signed in \d\d:\d\d:\d\d UTC/,
    );
    assert.match(own?.text ?? '', /In use now$/);
    assert.equal(own?.end, null, 'its own has a button in the navigation already');
    const times = /^Safari, iPhone This computer · Signed in (\S+) UTC · Last used (\S+) UTC$/.exec(
      other?.text ?? '',
    );
    for (const time of [times?.[1], times?.[2]])
      assert.ok(signedIn.includes(time ?? ''), `${other?.text}, but it was at ${signedIn.join(' ')}`);
    const [there] = await sessionsIn(phone);
    assert.match(there?.text ?? '', /^Safari, iPhone This session/);
    await ann.open('/?language=nl');
    const [dutch] = await sessionsIn(ann);
    assert.match(
      dutch?.text ?? '',
      /^Firefox, Linux Deze sessie Deze computer · Ingelogd .* · Nu in gebruik$/,
    );
  });

  test('a session that has ended by itself is on the list no more', async (t) => {
    const bank = await startBank(t);
    const { ann } = await annTwice(bank);
    for (let minute = 0; minute < 5; minute += 1) {
      assert.equal((await sessionsIn(ann)).length, 2 - Number(minute > 3));
      bank.roost.clock.advance(60_000);
    }
  });

  test('its name on the list stays when its id is renewed, and is none of its id', async (t) => {
    const bank = await startBank(t);
    const { ann, phone } = await annTwice(bank);
    const [, before] = await sessionsIn(ann);
    const id = phone.cookies.get('birdbank-customer');
    await phone.open('/security/password');
    await phone.send('/security/password', {
      current: 'a quiet nest in the reeds',
      next: 'another quiet nest',
    });
    assert.notEqual(phone.cookies.get('birdbank-customer'), id);
    assert.equal((await phone.open('/security')).path, '/security');
    assert.equal((await ann.open('/accounts')).path, '/signed-out', 'a new password ends the others');
    const again = ann.elsewhere();
    await again.password('another quiet nest', 'ann').then(async ({ code }) => {
      await again.send('/sign-in/confirm', { code: await code() });
    });
    const after = await sessionsIn(again);
    assert.deepEqual(
      after.map(({ end }) => end).filter((end) => end !== null),
      [before?.end],
    );
    assert.ok(!String(before?.end).includes(String(id)));
  });

  test('one is ended from another, at once, and its device is asked for everything again', async (t) => {
    const bank = await startBank(t);
    const { ann, phone } = await annTwice(bank);
    const [, other] = await sessionsIn(ann);
    const seen = await ann.send(other?.end ?? '', {});
    assert.equal(seen.path, '/security');
    assert.match(textOf(seen.html), /That session is signed out\./);
    assert.match(textOf(seen.html), /Session signed out/, 'and it stands in the history');
    assert.equal((await sessionsIn(ann)).length, 1);
    assert.equal((await phone.open('/accounts')).path, '/signed-out');
    assert.equal((await phone.password()).page.path, '/sign-in/confirm', 'it is not trusted any more');
    await ann.open('/security');
    const again = await ann.send(other?.end ?? '', {});
    assert.match(textOf(again.html), /That session had ended already\./);
  });

  test('all others are ended by one button, which is there only when there are others; this one stays', async (t) => {
    const bank = await startBank(t);
    const { ann, phone } = await annTwice(bank);
    const third = ann.elsewhere();
    await third.signIn({ trust: 'yes' });
    assert.match((await ann.open('/security')).html, /action="\/security\/sessions\/end-others"/);
    const seen = await ann.send('/security/sessions/end-others', {});
    assert.match(textOf(seen.html), /All other sessions are signed out\./);
    for (const visitor of [phone, third]) {
      assert.equal((await visitor.open('/accounts')).path, '/signed-out');
      assert.equal((await visitor.password()).page.path, '/sign-in/confirm');
    }
    const page = await ann.open('/security');
    assert.equal(page.path, '/security');
    assert.doesNotMatch(page.html, /end-others/);
  });

  test('a session is ended by its owner alone, and by a form of this session alone', async (t) => {
    const bank = await startBank(t);
    const { ann, phone } = await annTwice(bank);
    const [, other] = await sessionsIn(ann);
    const bob = await newHolder(bank, 'bob');
    await bob.open('/security');
    assert.match(textOf((await bob.send(other?.end ?? '', {})).html), /had ended already/);
    for (const csrf of [null, 'x', bob.csrf])
      assert.equal((await ann.send(other?.end ?? '', {}, { csrf })).status, 403);
    assert.equal((await phone.open('/accounts')).path, '/accounts');
  });

  test('what the database holds of it tells neither address nor browser', async (t) => {
    const bank = await startBank(t);
    await annTwice(bank);
    const rows = bank.database.prepare('SELECT * FROM customer_sessions').all();
    assert.equal(rows.length, 2);
    for (const row of rows) {
      const all = Object.values(row)
        .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)))
        .join();
      assert.doesNotMatch(all, /Firefox|Safari|127\.0|loopback|computer/);
    }
  });

  test('a session of before there was a list is on it, without its place, and can be ended', async (t) => {
    const bank = await startBank(t);
    const { ann, phone } = await annTwice(bank);
    bank.database.exec('UPDATE customer_sessions SET sealed_place = NULL');
    const [, other] = await sessionsIn(ann);
    assert.match(other?.text ?? '', /^A browser Signed in/);
    await ann.send(other?.end ?? '', {});
    assert.equal((await phone.open('/accounts')).path, '/signed-out');
  });
});
