import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { axe, newPage } from '../../../testing/chromium.ts';
import { type StartedRoost, startRoost } from '../support/roost.ts';
import { fillRooms } from './full-rooms.ts';
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
  ...['settings', 'live'],
].map((name) => `/console/${name}`);
const DOCS = ['/docs', '/docs/guard'];
/** Those that look otherwise once there is something to show. */
const FULL = ['guard', 'providers', 'providers/bird', 'tokens?mode=test', 'webhooks', 'audit'].map(
  (name) => `/console/${name}`,
);

/** A configured Roost: two providers, routes, prices, budgets. Nothing is sent by them. */
async function startConfigured(t: { after(end: () => void | Promise<void>): void }): Promise<StartedRoost> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-rooms-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'rooms.json');
  const http = (accessKey: string) => ({ kind: 'messagebird', accessKey, baseUrl: 'http://127.0.0.1:9' });
  const config = {
    providers: {
      bird: http('live_0123456789abcdefghijklmno'),
      spare: http('live_9123456789abcdefghijklmno'),
    },
    routes: {
      '*': {
        sms: [{ provider: 'bird', country: ['NL', 'BE'] }, { provider: 'spare' }],
        tts: [{ provider: 'spare' }],
      },
    },
    prices: [
      { provider: 'bird', channel: 'sms', country: 'NL', cost: '0.07', currency: 'EUR' },
      { provider: 'spare', cost: '0.11', currency: 'EUR' },
    ],
    guard: { countries: ['NL', 'BE'], money: { perDay: 100, perKeyAndDay: 40 } },
    templates: { '*': { sms: { en: 'Your Kingfisher code is %token' } } },
  };
  writeFileSync(file, JSON.stringify(config));
  return startRoost(t, {
    env: { ROOST_CONFIG: file, ROOST_PUBLIC_URL: 'http://localhost:9', ROOST_WEBHOOKS: 'loopback' },
  });
}

async function enter(page: Page, { url }: StartedRoost, visitor: Visitor): Promise<void> {
  const [name = '', value = ''] = visitor.cookie.split(/=(.*)/);
  await page.context().addCookies([{ name, value, url, httpOnly: true, sameSite: 'Strict' }]);
}

async function isNoWiderThanItsWindow(page: Page): Promise<boolean> {
  return (await page.evaluate('document.documentElement.scrollWidth <= innerWidth')) as boolean;
}

/** Pictures to look at by hand: set a folder. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.ROOM_PICTURES;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

const named = (path: string): string => path.replace(/^\/(console\/)?/, '').replaceAll(/\W+/g, '-');

test('every room and document is without findings of axe, as wide as a desk and as a phone, empty and full', async (t) => {
  const roost = await startConfigured(t);
  const owner = await signedIn(roost, 'owner');
  const empty = await newPage(t, { width: 390, height: 844, colorScheme: 'dark' });
  await enter(empty, roost, owner);
  for (const path of [...PAGES, ...DOCS]) {
    await empty.goto(roost.url + path);
    assert.deepEqual(await axe(empty), [], `${path}, empty, phone, dark`);
    assert.ok(await isNoWiderThanItsWindow(empty), `${path} is wider than a phone`);
    await picture(empty, `${named(path)}-empty-phone`);
  }
  const more = await fillRooms(roost, owner);
  const full = await newPage(t);
  await enter(full, roost, owner);
  for (const path of [...FULL, ...more]) {
    await full.goto(roost.url + path);
    assert.deepEqual(await axe(full), [], `${path}, full, desk, light`);
    await picture(full, `${named(path)}-full-desk`);
  }
  await empty.setViewportSize({ width: 390, height: 844 });
  for (const path of more) {
    await empty.goto(roost.url + path);
    await picture(empty, `${named(path)}-full-phone`);
    assert.ok(await isNoWiderThanItsWindow(empty), `${path} is wider than a phone`);
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
