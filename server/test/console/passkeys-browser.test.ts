import assert from 'node:assert/strict';
import test from 'node:test';
import { axe, newPage, screenshot } from '../../../testing/chromium.ts';
import { PASSWORD } from '../attack/console.ts';
import { plugIn } from '../factors/shop.ts';
import { startRoost } from '../support/roost.ts';

test('in Chromium an operator begins with a passkey, signs in by it in either way, shows it again, and adds another', async (t) => {
  const roost = await startRoost(t);
  const page = await newPage(t, { width: 390, height: 844 });
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const first = await plugIn({ cdp });
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();

  await page.goto(roost.url + (await roost.roost.consoleLink('first')));
  await page.getByLabel('Name').fill('ann');
  await page.getByLabel('Password').fill(PASSWORD);
  await press('Go on to the second step');
  await page.getByRole('heading', { name: 'Your second factor' }).waitFor();
  assert.deepEqual(await axe(page), []);
  await screenshot(page, 'console-second-factor-phone-light');
  await press('Add a passkey');
  await page.waitForURL(`${roost.url}/console`);

  const signOut = async () => {
    await page.goto(`${roost.url}/console/me`);
    await press('Sign out');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  };
  await signOut();
  assert.deepEqual(await axe(page), []);
  await screenshot(page, 'console-sign-in-phone-light');
  await press('Sign in with a passkey');
  await page.waitForURL(`${roost.url}/console`);

  await signOut();
  await page.getByLabel('Name').fill('ann');
  await page.getByLabel('Password').fill(PASSWORD);
  await press('Go on');
  await page.getByRole('heading', { name: 'Second step' }).waitFor();
  assert.deepEqual(await axe(page), []);
  await press('Use your passkey');
  await page.waitForURL(`${roost.url}/console`);

  roost.clock.advance(6 * 60_000);
  await page.goto(`${roost.url}/console/me`);
  await page.getByLabel('Name of the passkey').fill('Spare');
  await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: first, enabled: true });
  await press('Add a passkey');
  await page.getByRole('heading', { name: 'Show your factor again' }).waitFor();
  assert.deepEqual(await axe(page), []);
  await press('Use your passkey');
  await page.waitForURL(`${roost.url}/console/me`);
  await page.getByLabel('Name of the passkey').fill('Spare');
  await press('Add a passkey');
  await page.getByText('This device has a passkey for you already.').waitFor();
  await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: first });
  await plugIn({ cdp });
  await press('Add a passkey');
  await page.getByLabel('Name of Spare').waitFor();
  assert.deepEqual(await axe(page), []);
  await screenshot(page, 'console-account-phone-light');
});

test('without scripts there is the password and the app, and nothing to see of passkeys', async (t) => {
  const roost = await startRoost(t);
  const page = await newPage(t, { javaScript: false });
  await page.goto(`${roost.url}/console/sign-in`);
  assert.equal(await page.getByRole('button', { name: 'Go on' }).isVisible(), true);
  assert.equal(
    await page
      .getByText(/passkey/i)
      .first()
      .isVisible(),
    false,
  );
});
