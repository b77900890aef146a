import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { newPage, screenshot } from '../../testing/chromium.ts';
import { ENGLISH } from '../src/words/words.ts';
import { PASSWORD } from './support/account-holder.ts';
import { startBank } from './support/bank.ts';
import { booked, ZOON } from './support/customer.ts';
import { addApp, confirmBy, press, signInWith, signOut, signUp, stockToken } from './support/tour.ts';

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

/** Pays somebody new: the passkey that signed in approves the amount and the payee. */
async function pay(page: Page, url: string): Promise<void> {
  const { payments, accounts, confirm } = ENGLISH;
  await page.goto(`${url}/payees`);
  await page.getByLabel(payments.payees.name).fill(ZOON.name);
  await page.getByLabel(payments.payees.iban).fill(ZOON.iban);
  await press(page, payments.payees.add);
  await page.goto(`${url}/payments/new`);
  await page.getByLabel(payments.form.payee, { exact: true }).selectOption({ index: 1 });
  await page.getByLabel(accounts.amount.label).fill('1250');
  await press(page, payments.form.submit);
  await press(page, payments.approve);
  await page.waitForURL(/\/confirm\//);
  await page.getByText('€1,250.00').first().waitFor();
  await press(page, confirm.usePasskey);
  await page.getByText(payments.explained.executed).waitFor();
}

test('the whole life of a customer: signs up, adds every kind of factor, signs in by each, pays, loses the phone, recovers, revokes', async (t) => {
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

  const unpaid = booked(bank.database);
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
  await pay(page, bank.url);
  assert.notEqual(booked(bank.database), unpaid, 'the books have it');
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
