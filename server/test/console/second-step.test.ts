import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres } from '../../../testing/postgres.ts';
import { appOn, Browser, halfIn, signedInOwner } from '../attack/console.ts';
import { register } from '../factors/authenticator.ts';
import { ask, holdOpen } from '../store/postgres-support.ts';
import { type StartedRoost, startRoost } from '../support/roost.ts';
import { until } from '../wire/wire.ts';

/** Signed in by the link that a start prints, as somebody without a factor. */
async function signedInByLink(roost: StartedRoost): Promise<Browser> {
  const browser = new Browser(roost);
  const done = await browser.send((await roost.roost.consoleLink('sign-in')) ?? '', {});
  assert.equal(done.headers.get('location'), '/console', done.text);
  return browser;
}

// Stops whoever finds a console open, or has its cookie, from looking fresh by a factor of their own.
test('a session that is not fresh any more does not become so by enrolling a factor at the second step', async (t) => {
  const roost = await startRoost(t);
  const browser = await signedInByLink(roost);
  roost.clock.advance(6 * 60_000);
  await browser.open('/console/me');
  const before = browser.session;
  const page = await browser.open('/console/second');
  assert.equal(page.headers.get('location'), '/console', page.text);
  await browser.open('/console/me');
  assert.equal((await browser.send('/console/second/passkey', {})).status, 403);
  await browser.open('/console/me');
  const sent = await browser.send('/console/second', { factor: '0'.repeat(32), code: '000000' });
  assert.equal(sent.headers.get('location'), '/console', sent.text);
  assert.equal(browser.session, before, 'the session is the same');
  await browser.open('/console/operators');
  const invited = await browser.send('/console/operators/invite', { role: 'owner' });
  assert.match(invited.headers.get('location') ?? '', /^\/console\/fresh/);
});

test('who signed in by a link just now adds their first factor on their own page', async (t) => {
  const roost = await startRoost(t);
  const browser = await signedInByLink(roost);
  await browser.open('/console/me');
  const shown = await browser.send('/console/me/app', {});
  const app = appOn(roost, shown.text);
  const added = await browser.send('/console/me/app', { factor: app.factor, code: app.code() });
  assert.equal(added.headers.get('location'), '/console/me', added.text);
  roost.clock.advance(6 * 60_000);
  await browser.open('/console/fresh');
  const fresh = await browser.send('/console/fresh', { code: app.code() });
  assert.equal(fresh.status, 303, fresh.text);
});

test('of two removals at once of the last two factors one is refused, so that a password alone never lets in', async (t) => {
  const { url } = await startPostgres(t);
  const env = { DATABASE_URL: url, ROOST_SECRET_KEY: 'ab01'.repeat(4).padEnd(64, '23456789') };
  const roost = await startRoost(t, { env });
  const { browser, app } = await signedInOwner(roost);
  await browser.open('/console/me');
  const asked = await browser.send('/console/me/passkeys/new', { name: 'p' });
  const credential = JSON.stringify(register(asked.body.publicKey).answer);
  await browser.send('/console/me/passkeys', { challenge: asked.body.id, credential });
  await browser.open('/console/me');
  // Reads go through, writes wait: both have looked at what there is before either removes anything.
  const release = await holdOpen(url, 'LOCK TABLE factors IN EXCLUSIVE MODE');
  const removals = Promise.all(
    [app.factor, asked.body.id].map((id) => browser.send(`/console/me/factors/${id}/remove`, {})),
  );
  await until('one waits', async () => {
    const waiting = `SELECT count(*)::int FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    return (await ask(url, waiting))[0]?.[0] !== 0;
  });
  await sleep(300); // The other one may wait for the first; this is only for it to have looked as well.
  await release();
  const answers = await removals;
  assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 422]);
  assert.match(answers.find(({ status }) => status === 422)?.text ?? '', /Keep one factor/);
  const thief = await halfIn(roost, 'ann');
  assert.doesNotMatch((await thief.open('/console/second')).text, /Your second factor/);
});
