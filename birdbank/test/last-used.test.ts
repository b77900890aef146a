import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccountHolder, newHolder, newNumber } from './support/account-holder.ts';
import { startBank } from './support/bank.ts';
import { textOf } from './support/visitor.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile/15E148 Safari/604.1';

/** What the security page says of each factor, the oldest first. */
async function usesIn(visitor: AccountHolder): Promise<string[]> {
  const { html } = await visitor.open('/security');
  const section = /aria-labelledby="factors">([\s\S]*?)<\/section>/.exec(html)?.[1] ?? '';
  const rows = [...section.matchAll(/<li[\s\S]*?<\/li>/g)].map(([row]) => textOf(row));
  return rows.map((row) => row.replace(/.*UTC · /, '').replace(/\d\d:\d\d:\d\d UTC/, 'TIME'));
}

test('of each factor it is said where that one was last used, also of two of a kind, and also for a change', async (t) => {
  const bank = await startBank(t);
  const ann = await newHolder(bank, 'ann');
  ann.headers['user-agent'] = FIREFOX;
  const number = newNumber();
  await ann.open('/security/add/phone');
  await ann.send('/security/add/phone', { number });
  await ann.send('/security/add/phone/confirm', { code: await bank.newestCode(number) });
  const phone = ann.elsewhere();
  phone.headers['user-agent'] = IPHONE;

  const customer = bank.database.prepare('SELECT id FROM customers').get() as { id: string };
  const { factors } = (await bank.roost.call('GET', `/v1/users/${customer.id}/factors`)).body;
  /** Signs in with one of the two phones. */
  const signIn = async (visitor: AccountHolder, to: string, index: number): Promise<void> => {
    bank.roost.clock.advance(60_000);
    const before = await bank.newestMessage(to);
    await visitor.password();
    await visitor.send('/sign-in/confirm/factor', { factor: factors[index].id });
    const form = { code: await bank.codeAfter(to, before), factor: factors[index].id };
    assert.equal((await visitor.send('/sign-in/confirm', form)).path, '/accounts');
  };
  const here = ann.elsewhere();
  here.headers['user-agent'] = FIREFOX;
  await signIn(here, ann.number, 0);
  await signIn(phone, number, 1);
  assert.deepEqual(await usesIn(here), [
    'Last used TIME in Firefox, Linux Rename or remove',
    'Last used TIME in Safari, iPhone Rename or remove',
  ]);

  for (let i = 0; i < 2; i += 1) {
    bank.roost.clock.advance(151_000);
    await here.open('/accounts');
  }
  const before = await bank.newestMessage(number);
  await here.open('/security/password');
  const asked = await here.send('/security/confirm', { next: '/security/password' });
  assert.match(asked.path, /^\/confirm\//);
  const back = await here.send(asked.path, { code: await bank.codeAfter(number, before) });
  assert.equal(back.path, '/security/password', textOf(back.html));
  assert.deepEqual(await usesIn(here), [
    'Last used TIME in Firefox, Linux Rename or remove',
    'Last used TIME in Firefox, Linux Rename or remove',
  ]);
});
