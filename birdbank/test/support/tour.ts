import type { Page } from 'playwright-core';
import { AccountHolder, newNumber, PASSWORD } from './account-holder.ts';
import { AuthenticatorApp } from './app.ts';
import { type StartedBank, wrongCode } from './bank.ts';

export type Look = (name: string) => Promise<void>;

/** Puts a token with a button into the bank's stock: the seed of RFC 4226, so that its codes are known. */
export async function stockToken(bank: StartedBank, serial: string): Promise<void> {
  const data = `${serial},3132333435363738393031323334353637383930,hotp,6,0,SHA1`;
  const made = await bank.roost.call('POST', '/v1/tokens/import', { json: { format: 'csv', data } });
  if (made.status !== 201) throw new Error(made.text);
}

export const press = (page: Page, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).click();

/** From the first page to an account that is open. */
export async function signUp(bank: StartedBank, page: Page, look: Look = async () => {}): Promise<string> {
  const number = newNumber();
  await page.goto(bank.url);
  await page.getByLabel('Phone number').fill(number);
  await press(page, 'Send code');
  await page.getByLabel('Code from the message').fill(await bank.newestCode(number));
  await press(page, 'Check code');
  await page.getByRole('link', { name: 'Open your account' }).click();
  await look('sign-up');
  await page.getByLabel('User name').fill('1bird');
  await page.locator('#password').fill('password');
  await press(page, 'Open the account');
  await page.getByRole('alert').waitFor();
  await look('sign-up-error');
  await page.getByLabel('User name').fill('');
  await page.locator('#password').fill(PASSWORD);
  await press(page, 'Open the account');
  await page.waitForURL(/recovery/);
  return number;
}

/** Adds an authenticator app. */
export async function addApp(
  bank: StartedBank,
  page: Page,
  look: Look = async () => {},
): Promise<AuthenticatorApp> {
  await page.goto(`${bank.url}/security/add/app`);
  await look('add-app');
  await press(page, 'Show the QR code');
  const secret = (await page.locator('.secret code').textContent()) ?? '';
  const app = new AuthenticatorApp(secret, bank.roost.clock);
  await look('add-app-qr');
  await page.getByLabel('Code from the app').fill(wrongCode(app.code()));
  await press(page, 'Add the app');
  await page.getByRole('alert').waitFor();
  await look('add-app-error');
  await page.getByLabel('Code from the app').fill(app.code());
  await press(page, 'Add the app');
  await page.getByText('Your authenticator app is added.').waitFor();
  return app;
}

export async function signOut(page: Page): Promise<void> {
  await press(page, 'Sign out');
  await page.waitForURL(/signed-out/);
}

/** Name and password, then another of the ways. */
export async function signInWith(
  bank: StartedBank,
  page: Page,
  name: string,
  way: string | RegExp,
): Promise<void> {
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

export async function confirmBy(page: Page, label: string, code: string): Promise<void> {
  await page.getByLabel(label).fill(code);
  await press(page, 'Confirm');
}

async function makeCodes(bank: StartedBank, page: Page, look: Look = async () => {}): Promise<string[]> {
  await page.goto(`${bank.url}/security/recovery`);
  await press(page, 'Make ten codes');
  await page.locator('.recovery-codes').waitFor();
  const codes = await page.locator('.recovery-codes code').allTextContents();
  await look('recovery-codes');
  await press(page, 'I have kept them');
  return codes;
}

/** Every page of opening an account and of security, in the states that matter. */
export async function securityTour(bank: StartedBank, page: Page, look: Look): Promise<void> {
  const number = await signUp(bank, page, look);
  await look('recovery');
  await page.goto(`${bank.url}/security`);
  await look('security-new');
  const phone = new AccountHolder(bank, number);
  phone.headers['user-agent'] = 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari/604.1';
  await phone.signIn();
  await makeCodes(bank, page, look);
  await addApp(bank, page, look);
  await page.goto(`${bank.url}/security/add/passkey`);
  await look('add-passkey');
  await page.goto(`${bank.url}/security/add/phone`);
  await look('add-phone');
  const other = newNumber();
  await page.getByLabel('Phone number').fill(other);
  await press(page, 'Send code');
  await look('add-phone-code');
  await page.getByLabel('Code from the message').fill(await bank.newestCode(other));
  await press(page, 'Add the phone');
  await page.getByText('The phone is added.').waitFor();
  const serial = `BB-${other.slice(-4)}`;
  await stockToken(bank, serial);
  await page.goto(`${bank.url}/security/add/token`);
  await look('add-token');
  await page.getByLabel('Number on the token').fill(serial);
  await press(page, 'Continue');
  await look('add-token-code');
  await page.getByLabel('Code from the token').fill('755224');
  await press(page, 'Add the token');
  await page.getByText('Your token is added.').waitFor();
  await look('security');
  await page.getByRole('link', { name: 'Rename or remove Hardware token' }).click();
  await look('factor');
  await page.goto(`${bank.url}/security/password`);
  await look('password');
  await page.goto(`${bank.url}/security/user-name`);
  await look('user-name');
  bank.roost.clock.advance(4 * 60_000);
  await page.goto(`${bank.url}/security`);
  bank.roost.clock.advance(4 * 60_000);
  await page.goto(`${bank.url}/security/password`);
  await look('confirm-first');
  await press(page, 'Confirm that it is you');
  await page.waitForURL(/\/confirm\//);
  await page.locator('summary').click();
  await look('confirm');
  await page.goto(`${bank.url}/security`);
  await press(page, 'Sign out everywhere');
  await page.waitForURL(/\/confirm\//);
  await look('end-everywhere');
  await page.goto(`${bank.url}/confirm/nothing`);
  await look('confirm-gone');
}

/** Every page of signing in and out and of a forgotten password, in the states that matter. */
export async function signInTour(bank: StartedBank, page: Page, look: Look): Promise<void> {
  const number = await signUp(bank, page);
  const codes = await makeCodes(bank, page);
  await press(page, 'Sign out');
  await page.waitForURL(/signed-out/);
  await look('signed-out');
  await page.goto(`${bank.url}/sign-in`);
  await look('sign-in');
  await page.getByLabel('Phone number or user name').fill(number);
  await page.locator('#password').fill('not the password');
  await press(page, 'Sign in');
  await page.getByRole('alert').waitFor();
  await look('sign-in-error');
  await page.locator('#password').fill(PASSWORD);
  await press(page, 'Sign in');
  await page.waitForURL(/confirm/);
  await look('sign-in-confirm');
  await page.locator('summary').click();
  await look('sign-in-others');
  await press(page, 'Recovery codes');
  await page.getByLabel('Recovery code').fill('AAAA-BBBB-CCCC-DDDD');
  await press(page, 'Confirm');
  await page.getByRole('alert').waitFor();
  await look('sign-in-confirm-error');
  await page.goto(`${bank.url}/forgot`);
  await look('forgot');
  await page.getByLabel('Your phone number').fill(number);
  bank.roost.clock.advance(30_000);
  const before = await bank.newestMessage(number);
  await press(page, 'Send code');
  await page.waitForURL(/code/);
  await look('forgot-code');
  await page.getByLabel('Code from the message').fill(await bank.codeAfter(number, before));
  await press(page, 'Check code');
  await page.waitForURL(/confirm/);
  await look('forgot-confirm');
  await page.getByLabel('Recovery code').fill(codes[0] ?? '');
  await press(page, 'Confirm');
  await page.waitForURL(/password/);
  await look('forgot-password');
}
