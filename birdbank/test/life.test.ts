import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { newPage, screenshot } from '../../testing/chromium.ts';
import { PASSWORD } from './support/account-holder.ts';
import { type StartedBank, startBank } from './support/bank.ts';
import { addApp, signUp, stockToken } from './support/tour.ts';

const press = (page: Page, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).click();

/** Gives the browser an authenticator that makes sure of its user, as the one of a phone does. */
async function plugIn(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true },
      ...{ isUserVerified: true, automaticPresenceSimulation: true },
    },
  });
}

async function signOut(page: Page): Promise<void> {
  await press(page, 'Sign out');
  await page.waitForURL(/signed-out/);
}

/** Name and password, then another of the ways. */
async function signInWith(bank: StartedBank, page: Page, name: string, way: string | RegExp): Promise<void> {
  await page.goto(`${bank.url}/sign-in`);
  await page.getByLabel('Phone number or user name').fill(name);
  await page.locator('#password').fill(PASSWORD);
  await press(page, 'Sign in');
  await page.waitForURL(/sign-in\/confirm/);
  const other = page.getByRole('button', { name: way });
  if (!(await other.isVisible())) await page.locator('summary').click();
  await other.click();
  await page.waitForLoadState();
}

async function confirmBy(page: Page, label: string, code: string): Promise<void> {
  await page.getByLabel(label).fill(code);
  await press(page, 'Confirm');
}

test('the whole life of a customer: signs up, adds every kind of factor, signs in by each, loses the phone, recovers, revokes', async (t) => {
  const bank = await startBank(t);
  const page = await newPage(t);
  await plugIn(page);
  const number = await signUp(bank, page);

  await press(page, 'Make ten codes');
  await page.locator('.recovery-codes').waitFor();
  const codes = await page.locator('.recovery-codes code').allTextContents();
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download as text' }).click();
  assert.equal((await download).suggestedFilename(), 'birdbank-recovery-codes.txt');
  await press(page, 'I have kept them');

  const app = await addApp(bank, page);
  await stockToken(bank, 'BB-7');
  await page.goto(`${bank.url}/security/add/token`);
  await page.getByLabel('Number on the token').fill('BB-7');
  await press(page, 'Continue');
  await page.getByLabel('Code from the token').fill('755224');
  await press(page, 'Add the token');
  await page.getByText('Your token is added.').waitFor();
  await page.goto(`${bank.url}/security/add/passkey`);
  await press(page, 'Make a passkey');
  await page.getByText('Your passkey is added.').waitFor();
  await page.goto(`${bank.url}/security/user-name`);
  await page.getByLabel('User name').fill('ann');
  await press(page, 'Save the name');
  await page.getByText('Your user name is saved.').waitFor();
  await screenshot(page, 'birdbank-life-security');
  await signOut(page);

  bank.roost.clock.advance(30_000);
  await signInWith(bank, page, 'ann', 'Authenticator app');
  await confirmBy(page, 'Code from the app', app.code());
  await page.waitForURL(/accounts/);
  await signOut(page);

  await signInWith(bank, page, number, 'Hardware token');
  await confirmBy(page, 'Code from the token', '287082');
  await page.waitForURL(/accounts/);
  await signOut(page);

  const before = await bank.newestMessage(number);
  await signInWith(bank, page, 'ANN', /Text message/);
  await confirmBy(page, 'Code from the message', await bank.codeAfter(number, before));
  await page.waitForURL(/accounts/);
  await signOut(page);

  await signInWith(bank, page, 'ann', 'Chrome, Linux');
  await screenshot(page, 'birdbank-life-passkey');
  await press(page, 'Use your passkey');
  await page.waitForURL(/accounts/);
  await signOut(page);

  await page.goto(`${bank.url}/sign-in`);
  await press(page, 'Sign in with a passkey');
  await page.waitForURL(/accounts/);
  await page.goto(`${bank.url}/security`);
  await page.getByText('Signed in: Passkey').first().waitFor();
  await signOut(page);

  // The phone is lost: a recovery code is the way in, and the phone is taken off the list.
  await signInWith(bank, page, 'ann', 'Recovery codes');
  await confirmBy(page, 'Recovery code', codes[0] ?? '');
  await page.waitForURL(/security/);
  await page.getByText('9 codes left').waitFor();
  await page.getByRole('link', { name: 'Rename or remove Text message' }).click();
  await press(page, 'Remove');
  await page.getByText('It is removed.').waitFor();
  assert.equal(await page.getByText('Text message +31').count(), 0);
  await screenshot(page, 'birdbank-life-recovered');

  // What was lost with it is revoked, here and everywhere.
  await press(page, 'Forget Chrome, Linux');
  await page.getByText('The device is forgotten').waitFor();
  await press(page, 'Sign out everywhere');
  await page.waitForURL(/signed-out/);
  await page.goto(`${bank.url}/sign-in`);
  await page.getByLabel('Phone number or user name').fill(number);
  await page.locator('#password').fill(PASSWORD);
  await press(page, 'Sign in');
  await page.getByText('The name or the password is wrong.').waitFor();
});

test('without JavaScript everything works but passkeys, and the page says so', async (t) => {
  const bank = await startBank(t);
  const page = await newPage(t, { javaScript: false });
  const number = await signUp(bank, page);
  await press(page, 'Make ten codes');
  await press(page, 'I have kept them');
  const app = await addApp(bank, page);
  await page.goto(`${bank.url}/security/add/passkey`);
  await page.getByText('A passkey needs JavaScript').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Make a passkey' }).isVisible(), false);
  assert.match(await page.locator('.idle-line').innerText(), /this session ends at \d\d:\d\d:\d\d UTC/);
  await signOut(page);
  await page.goto(`${bank.url}/sign-in`);
  assert.equal(await page.getByRole('button', { name: 'Show' }).isVisible(), false);
  bank.roost.clock.advance(30_000);
  const before = await bank.newestMessage(number);
  await signInWith(bank, page, number, /Text message/);
  await page.locator('summary').click();
  await press(page, 'Authenticator app');
  await page.getByLabel('Trust this device for 30 days').check();
  await confirmBy(page, 'Code from the app', app.code());
  await page.waitForURL(/accounts/);
  assert.notEqual(await bank.newestMessage(number), before, 'the message that was not needed was sent');
  await signOut(page);
  await page.goto(`${bank.url}/sign-in`);
  await page.getByLabel('Phone number or user name').fill(number);
  await page.locator('#password').fill(PASSWORD);
  await press(page, 'Sign in');
  await page.waitForURL(/accounts/);
});

test('a passkey that is declined is told, and can be tried again', async (t) => {
  const bank = await startBank(t);
  const page = await newPage(t);
  await page.addInitScript(
    `navigator.credentials.create = async () => { throw new DOMException('no', 'NotAllowedError'); };`,
  );
  await signUp(bank, page);
  await page.goto(`${bank.url}/security/add/passkey`);
  for (let i = 0; i < 2; i += 1) {
    await press(page, 'Make a passkey');
    await page.getByRole('alert').getByText('Nothing was confirmed.').waitFor();
  }
});

test('a minute before the session ends it asks, and stays when told to; otherwise it ends, and says so', async (t) => {
  const bank = await startBank(t);
  const page = await newPage(t);
  await signUp(bank, page);
  await page.goto(`${bank.url}/accounts`);
  const dialog = page.getByRole('dialog', { name: 'Are you still there?' });
  assert.equal(await dialog.isVisible(), false);
  await page.clock.install();
  await page.goto(`${bank.url}/accounts`);
  bank.roost.clock.advance(4 * 60_000 + 10_000);
  await page.clock.fastForward(4 * 60_000 + 10_000);
  await page.clock.runFor(2_000);
  await dialog.waitFor();
  await dialog.getByText(/0:\d\d/).waitFor();
  await screenshot(page, 'birdbank-idle');
  await dialog.getByRole('button', { name: 'Stay signed in' }).click();
  await dialog.waitFor({ state: 'hidden' });
  bank.roost.clock.advance(5 * 60_000);
  await page.clock.fastForward(5 * 60_000);
  await page.clock.runFor(2_000);
  await page.waitForURL(/signed-out/);
});

test('a password can be shown and is hidden again when it is sent', async (t) => {
  const bank = await startBank(t);
  const page = await newPage(t);
  await page.goto(`${bank.url}/sign-in`);
  await page.locator('#password').fill('a secret nest');
  await press(page, 'Show');
  assert.equal(await page.locator('#password').getAttribute('type'), 'text');
  await press(page, 'Hide');
  assert.equal(await page.locator('#password').getAttribute('type'), 'password');
});
