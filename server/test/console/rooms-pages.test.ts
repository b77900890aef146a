import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { axe, newPage } from '../../../testing/chromium.ts';
import type { StartedRoost } from '../support/roost.ts';
import { picture } from './browsing.ts';
import { startConfigured } from './full-rooms.ts';
import { signedIn, type Visitor } from './visitor.ts';

const PAGES = [
  ...[
    'guard',
    'guard/replay',
    'providers',
    'providers/bird',
    'users',
    'tokens?mode=test',
    'webhooks',
    'templates',
    'audit',
  ],
  ...['settings', 'live', 'guard/rules/_all', 'guard/rules/_all/recipient-hour', 'guard/changes/_all'],
  ...['routes/of/_all', 'routes/edit/_all/sms', 'templates/edit/_all/email/nl'],
].map((name) => `/console/${name}`);
const DOCS = ['/docs', '/docs/guard'];

async function enter(page: Page, { url }: StartedRoost, visitor: Visitor): Promise<void> {
  const [name = '', value = ''] = visitor.cookie.split(/=(.*)/);
  await page.context().addCookies([{ name, value, url, httpOnly: true, sameSite: 'Strict' }]);
}

async function isNoWiderThanItsWindow(page: Page): Promise<boolean> {
  return (await page.evaluate('document.documentElement.scrollWidth <= innerWidth')) as boolean;
}

test('every room and document is without findings of axe, and no wider than a phone, while there is nothing to show', async (t) => {
  const roost = await startConfigured(t);
  const owner = await signedIn(roost, 'owner');
  const empty = await newPage(t, { width: 390, height: 844, colorScheme: 'dark' });
  await enter(empty, roost, owner);
  for (const path of [...PAGES, ...DOCS]) {
    await empty.goto(roost.url + path);
    assert.deepEqual(await axe(empty), [], `${path}, empty, phone, dark`);
    assert.ok(await isNoWiderThanItsWindow(empty), `${path} is wider than a phone`);
    await picture(empty, `${path}-empty-phone`);
  }
});

test('without scripts a text is previewed by a button, with them while it is typed', async (t) => {
  const roost = await startConfigured(t);
  const reader = await signedIn(roost, 'reader');
  for (const javaScript of [false, true]) {
    const page = await newPage(t, { javaScript });
    await enter(page, roost, reader);
    await page.goto(`${roost.url}/console/templates`);
    await page.getByLabel('Text', { exact: true }).fill('Hello %token');
    if (!javaScript) await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByText('Hello 000000').waitFor();
  }
});

test('a text is written and put in force without scripts, and previewed while it is typed with them', async (t) => {
  const roost = await startConfigured(t);
  const operator = await signedIn(roost, 'operator');
  for (const javaScript of [true, false]) {
    const page = await newPage(t, { javaScript });
    await enter(page, roost, operator);
    await page.goto(`${roost.url}/console/templates/edit/_all/sms/en`);
    const text = page.getByLabel('Text', { exact: true });
    await text.fill('Kingfisher here: %token');
    if (!javaScript) await page.getByRole('button', { name: 'Preview' }).click();
    await page.locator('#preview', { hasText: 'Kingfisher here: 0000000000' }).waitFor();
    assert.equal(await text.inputValue(), 'Kingfisher here: %token');
    if (javaScript) continue;
    await page.getByRole('button', { name: 'Save to the draft' }).click();
    await page.getByRole('button', { name: 'Put in force' }).click();
    await page.getByText('It is in force, here at once').waitFor();
  }
  await roost.createVerification('+447700900177');
  const { body } = await roost.call('GET', '/sandbox/messages?wait=5&recipient=447700900177');
  assert.match(body.messages[0].text, /^Kingfisher here: \d{6}$/);
});

test('a code of a document is copied whole, and its links lead to its other pages', async (t) => {
  const roost = await startConfigured(t);
  const page = await newPage(t);
  await page.goto(`${roost.url}/docs/guard`);
  const button = page.locator('.code button').first();
  await button.click();
  await page.locator('[role=status]', { hasText: /Copied/ }).waitFor({ state: 'attached' });
  await page.goto(`${roost.url}/docs/README`);
  await page
    .getByRole('article')
    .getByRole('link', { name: /guide|tutorial/i })
    .first()
    .click();
  await page.waitForURL(/\/docs\/guide/);
});
