import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newPage, screenshot } from '../../testing/chromium.ts';
import { startBank } from './support/bank.ts';
import { press, signUp } from './support/tour.ts';

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
