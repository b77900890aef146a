import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccountHolder, newHolder, newNumber } from './support/account-holder.ts';
import { AuthenticatorApp } from './support/app.ts';
import { type StartedBank, startBank } from './support/bank.ts';
import { problemsIn } from './support/visitor.ts';

type Fetch = typeof globalThis.fetch;

async function factorsOf(
  bank: StartedBank,
): Promise<readonly { readonly id: string; readonly kind: string }[]> {
  const { id } = bank.database.prepare('SELECT id FROM customers').get() as { id: string };
  const { body } = await bank.roost.call('GET', `/v1/users/${id}/factors`);
  return body.factors.filter(({ state }: { state: string }) => state === 'active');
}

const numbersIn = ({ database }: StartedBank): number =>
  database.prepare('SELECT 1 FROM customer_phones').all().length;

async function addApp(bank: StartedBank, ann: AccountHolder): Promise<AuthenticatorApp> {
  await ann.open('/security/add/app');
  const page = await ann.send('/security/add/app', {});
  const secret = /<code>([A-Z2-7 ]+)<\/code>/.exec(page.html)?.[1] ?? '';
  const app = new AuthenticatorApp(secret, bank.roost.clock);
  assert.equal((await ann.send('/security/add/app/confirm', { code: app.code() })).path, '/security');
  return app;
}

/** The same person at another browser, signed in by their app. */
async function signedInBy(
  bank: StartedBank,
  ann: AccountHolder,
  app: AuthenticatorApp,
): Promise<AccountHolder> {
  const there = ann.elsewhere();
  bank.roost.clock.advance(30_000);
  await there.password();
  assert.equal((await there.send('/sign-in/confirm', { code: app.code() })).path, '/accounts');
  return there;
}

/** Each has looked at what there is long before the other one is done. */
const slowRemovals: Fetch = async (url, init) => {
  if (init?.method === 'DELETE') await new Promise((resolve) => setTimeout(resolve, 300));
  return fetch(url, init);
};

test('of two factors that are removed at once in two browsers one stays, and who removed the other one is told why', async (t) => {
  const bank = await startBank(t, { fetch: slowRemovals });
  const ann = await newHolder(bank, 'ann');
  const app = await addApp(bank, ann);
  const other = await signedInBy(bank, ann, app);
  const [phone, added] = await factorsOf(bank);
  await Promise.all([
    ann.open(`/security/factors/${added?.id}`),
    other.open(`/security/factors/${phone?.id}`),
  ]);
  const seen = await Promise.all([
    ann.send(`/security/factors/${added?.id}/remove`, {}),
    other.send(`/security/factors/${phone?.id}/remove`, {}),
  ]);
  assert.equal((await factorsOf(bank)).length, 1);
  // Whose removal was late may have been signed out by the other one, since a change of factors ends other sessions.
  for (const page of seen.filter(({ path }) => path.startsWith('/security/factors')))
    assert.match(problemsIn(page).join(), /This is the only way to confirm that it is you/);
  assert.equal(seen.filter(({ path }) => path === '/security').length, 1);
});

test('of two numbers that are all that somebody signs in with one stays, when both are removed at once', async (t) => {
  const bank = await startBank(t, { fetch: slowRemovals });
  const ann = await newHolder(bank);
  const number = newNumber();
  await ann.open('/security/add/phone');
  await ann.send('/security/add/phone', { number });
  const code = await bank.newestCode(number);
  assert.equal((await ann.send('/security/add/phone/confirm', { code })).path, '/security');
  const app = await addApp(bank, ann);
  const [here, there] = [await signedInBy(bank, ann, app), await signedInBy(bank, ann, app)];
  const [first, second] = await factorsOf(bank);
  await Promise.all([
    here.open(`/security/factors/${first?.id}`),
    there.open(`/security/factors/${second?.id}`),
  ]);
  await Promise.all([
    here.send(`/security/factors/${first?.id}/remove`, {}),
    there.send(`/security/factors/${second?.id}/remove`, {}),
  ]);
  assert.equal(numbersIn(bank), 1);
  assert.deepEqual((await factorsOf(bank)).map(({ kind }) => kind).sort(), ['sms', 'totp']);
});

test('a number whose removal failed signs in again; one whose removal was done unheard goes when it is tried again', async (t) => {
  let trouble: 'none' | 'before' | 'after' = 'none';
  const bank = await startBank(t, {
    async fetch(url, init) {
      if (init?.method !== 'DELETE') return fetch(url, init);
      if (trouble === 'before') throw new TypeError('fetch failed');
      const answer = await fetch(url, init);
      if (trouble === 'after') throw new TypeError('fetch failed');
      return answer;
    },
  });
  const ann = await newHolder(bank, 'ann');
  const app = await addApp(bank, ann);
  const there = await signedInBy(bank, ann, app);
  const [phone] = await factorsOf(bank);
  const path = `/security/factors/${phone?.id}`;
  for (trouble of ['before', 'after'] as const) {
    await there.open(path);
    const { csrf } = there;
    assert.notDeepEqual(problemsIn(await there.send(`${path}/remove`, {}, { csrf })), []);
    assert.equal(numbersIn(bank), 1, trouble);
  }
  assert.equal((await factorsOf(bank)).length, 1);
  await there.open('/security');
  assert.equal((await there.send(`${path}/remove`, {})).status, 404);
  assert.equal(numbersIn(bank), 0);
});
