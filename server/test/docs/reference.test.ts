import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { newPage } from '../../../testing/chromium.ts';
import { startRoost } from '../support/roost.ts';

const entryOf = (page: Page, method: string, path: string) =>
  page.locator(`aside a[href$="/${method.toUpperCase()}${path}"]`);

/**
 * Below the window entries are drawn only when somebody goes there. Done within the page, since each look at a page
 * of this size from outside takes longer than all it has to do.
 */
const GO_TO_EACH = `async (entries) => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const until = async (what, find) => {
    const endMs = performance.now() + 60_000;
    for (;;) {
      const found = find();
      if (found) return found;
      if (performance.now() > endMs) throw new Error('there is no ' + what);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  for (const { link, heading } of entries) {
    const leads = (each) => each.getAttribute('href')?.endsWith(link);
    (await until('link ' + link, () => all('aside a').find(leads))).click();
    const isShown = (each) => each.textContent.includes(heading) && each.checkVisibility();
    await until('heading ' + heading, () => all('h1, h2, h3, h4').some(isShown));
  }
}`;

// newPage fails the test for a script that throws and for anything that breaks the page's security policy.
test('the API reference is drawn by a browser without a word to any other host', async (t) => {
  const roost = await startRoost(t);
  const page = await newPage(t);
  const asked: string[] = [];
  page.on('request', (request) => void asked.push(request.url()));
  await page.goto(`${roost.url}/docs/api`);
  const document = (await roost.call('GET', '/openapi.json')).body;
  const entries = Object.entries<Record<string, { summary: string }>>(document.paths).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, { summary }]) => {
        return { link: `/${method.toUpperCase()}${path}`, heading: summary };
      }),
  );
  assert.ok(entries.length > 50, `${entries.length} entries`);
  await page.evaluate(`(${GO_TO_EACH})(${JSON.stringify(entries)})`);
  await page.waitForLoadState('networkidle');
  assert.deepEqual(
    asked.filter((url) => !url.startsWith('data:')),
    [`${roost.url}/docs/api`, `${roost.url}/docs/api/js/scalar.js`, `${roost.url}/openapi.json`],
  );
});

test('the API reference may run no inline script and load nothing from elsewhere', async (t) => {
  const roost = await startRoost(t);
  const { status, headers, text } = await roost.call('GET', '/docs/api', { key: null });
  assert.equal(status, 200);
  assert.match(headers.get('content-type') ?? '', /^text\/html/);
  const policy = headers.get('content-security-policy') ?? '';
  assert.ok(policy.includes("default-src 'none'"));
  assert.ok(policy.includes("script-src 'self';"));
  assert.ok(policy.includes("connect-src 'self';"));
  assert.ok(policy.includes("frame-ancestors 'none'"));
  assert.doesNotMatch(policy, /unsafe-eval|https?:|\*|script-src[^;]*unsafe/);
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.doesNotMatch(text, /<script(?![^>]*\ssrc="\/)|<style|\son[a-z]+=|https?:\/\//i);
});

test('without JavaScript the API reference says where the same can be read', async (t) => {
  const roost = await startRoost(t);
  const page = await newPage(t, { javaScript: false });
  await page.goto(`${roost.url}/docs/api`);
  await page.getByRole('link', { name: 'the OpenAPI document' }).click();
  assert.equal(page.url(), `${roost.url}/openapi.json`);
});

test('a request that is tried in the API reference goes to Roost itself', async (t) => {
  const roost = await startRoost(t);
  const page = await newPage(t);
  const asked: string[] = [];
  page.on('request', (request) => void asked.push(`${request.method()} ${request.url()}`));
  await page.goto(`${roost.url}/docs/api`);
  await entryOf(page, 'get', '/ready').click();
  await page.getByRole('button', { name: /^test request.*\/ready/i }).click();
  const answered = page.waitForResponse(`${roost.url}/ready`);
  await page.getByRole('dialog').getByRole('button', { name: /^send/i }).first().click();
  assert.equal((await answered).status(), 200);
  assert.ok(asked.every((line) => line.includes(` ${roost.url}/`) || line.includes(' data:')));
});
