import assert from 'node:assert/strict';
import test from 'node:test';
import type { Answer, StartedRoost } from '../support/roost.ts';
import { startRoost } from '../support/roost.ts';
import { Browser, PASSWORD, signedInOwner } from './console.ts';

const from = (network: number) => ({ 'x-forwarded-for': `203.0.113.${network}` });

/** Somebody who guesses at a name out of this many networks, a few guesses at a time. */
async function guess(roost: StartedRoost, times: number, networks: number, passwords = ['a wrong password']) {
  const answers: Answer[] = [];
  const stranger = new Browser(roost);
  const next = async (i: number): Promise<void> => {
    if (i >= times) return;
    const password = passwords[i % passwords.length] ?? '';
    answers.push(await stranger.send('/console/sign-in', { name: 'ann', password }, from(i % networks)));
    await next(i + 8);
  };
  await Promise.all(Array.from({ length: 8 }, (_, lane) => next(lane)));
  return answers;
}

// Stops whoever knows the name of an operator from keeping them out by guessing at it (security.md, lock-out, 7).
test('while 1,000 guesses an hour come from 100 networks, an operator comes in where they were before, at once', async (t) => {
  const roost = await startRoost(t);
  const { browser } = await signedInOwner(roost);
  const answers = await guess(roost, 1_000, 100);
  assert.ok(answers.every(({ status }) => status === 422));
  const { text } = await browser.open('/console/audit?what=sign-in');
  assert.equal(text.split('>held<').length - 1, 10, 'the audit has the first, and each hundredth after it');
  browser.forgetSession();
  const known = await browser.send('/console/sign-in', { name: 'ann', password: PASSWORD }, from(1));
  assert.equal(known.status, 303, 'in the browser that they used before, even from where the guesses come');
  const told = await browser.open('/console/second');
  assert.equal(told.status, 200);
});

test('what strangers guess is bounded over all their networks, and so is what is guessed in a known browser', async (t) => {
  const roost = await startRoost(t);
  const { browser } = await signedInOwner(roost);
  const wrong = Array<string>(50).fill('a wrong password');
  await guess(roost, 50, 100, wrong);
  const right = await guess(roost, 30, 100, [PASSWORD]);
  assert.ok(
    right.every(({ status }) => status === 422),
    'after 50 wrong ones nothing is looked at, right or not',
  );
  assert.equal(new Set([...right].map(({ text }) => text.length)).size, 1);
  for (let i = 0; i < 20; i += 1) {
    const typed = await browser.send(
      '/console/sign-in',
      { name: 'ann', password: 'a wrong password' },
      from(i),
    );
    assert.equal(typed.status, 422);
  }
  const held = await browser.send('/console/sign-in', { name: 'ann', password: PASSWORD }, from(99));
  assert.equal(held.status, 422, 'a known browser has 20 wrong ones an hour');
  roost.clock.advance(66 * 60_000);
  assert.equal((await browser.send('/console/sign-in', { name: 'ann', password: PASSWORD })).status, 303);
  assert.equal((await guess(roost, 1, 1, [PASSWORD]))[0]?.status, 303, 'and after an hour it begins anew');
});

// Stops a token that somebody made up, put into another browser, or saw, from giving guesses of its own.
test('a browser is known by a token of its own, which each sign-in changes, and for one operator', async (t) => {
  const roost = await startRoost(t);
  const { browser, app } = await signedInOwner(roost);
  const before = browser.device;
  assert.match(before, /^[\w-]{43}$/);
  await guess(roost, 60, 60);
  browser.forgetSession();
  roost.clock.advance(60_000);
  await browser.send('/console/sign-in', { name: 'ann', password: PASSWORD });
  await browser.open('/console/second');
  const done = await browser.send('/console/second', { code: app.code() });
  assert.equal(done.status, 303, done.text);
  assert.notEqual(browser.device, before);
  for (const device of [before, 'A'.repeat(43), "' or 1", '']) {
    const headers = { cookie: `roost_console_device=${device}` };
    const form = { name: 'ann', password: PASSWORD };
    const tried = await roost.call('POST', '/console/sign-in', { key: null, headers, form });
    assert.equal(tried.status, 422, device);
  }
  await browser.open('/console/sign-in');
  roost.clock.advance(31 * 86_400_000);
  await guess(roost, 50, 60);
  const late = await browser.send('/console/sign-in', { name: 'ann', password: PASSWORD });
  assert.equal(late.status, 422, 'after 30 days a browser is a stranger again');
});
