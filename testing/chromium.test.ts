import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { axe, newPage, screenshot, withBrowser } from './chromium.ts';
import type { Scope } from './scope.ts';

const GOOD = `<!doctype html><html lang="en"><head><title>A page</title><meta name="color-scheme" content="light dark">
  <script>document.documentElement.dataset.scripts = 'ran'</script></head>
  <body><main><h1>Hello</h1><label>Number <input name="number"></label></main></body></html>`;

async function serve(t: Scope, html: string, headers: Record<string, string> = {}): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(html);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** A scope whose tidying up is done by hand, so that its outcome can be looked at. */
function handScope(): Scope & { end(): Promise<void> } {
  const work: (() => void | Promise<void>)[] = [];
  return {
    after: (step) => void work.unshift(step),
    end: async () => {
      for (const step of work) await step();
    },
  };
}

test('a page runs scripts, has the size and the colour scheme asked for, and passes axe', async (t) => {
  const page = await newPage(t, { colorScheme: 'dark', width: 390, height: 844 });
  await page.goto(await serve(t, GOOD));
  assert.equal(await page.evaluate('document.documentElement.dataset.scripts'), 'ran');
  assert.equal(await page.evaluate('innerWidth'), 390);
  assert.equal(await page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches"), true);
  assert.deepEqual(await axe(page), []);
});

test('a page without JavaScript runs no script and can still be read', async (t) => {
  const page = await newPage(t, { javaScript: false });
  await page.goto(await serve(t, GOOD));
  assert.equal(await page.locator('html').getAttribute('data-scripts'), null);
  assert.equal(await page.getByRole('heading').textContent(), 'Hello');
});

test('axe finds an unlabelled field, under a strict content security policy too', async (t) => {
  const page = await newPage(t);
  const html = GOOD.replace(/<script>.*<\/script>/, '').replace(
    '<label>Number <input name="number"></label>',
    '<input>',
  );
  await page.goto(await serve(t, html, { 'content-security-policy': "default-src 'none'" }));
  const found = await axe(page);
  assert.equal(found.length, 1);
  assert.match(found[0] ?? '', /^label: .*input/);
});

test('a script error and a broken content security policy fail the test that saw them', async (t) => {
  for (const [html, policy] of [
    [GOOD.replace('document.', 'nothingOfTheKind.'), "script-src 'unsafe-inline'"],
    [GOOD, "default-src 'none'"],
  ] as const) {
    const scope = handScope();
    const page = await newPage(scope);
    await page.goto(await serve(t, html, { 'content-security-policy': policy }));
    await page.waitForLoadState();
    await assert.rejects(scope.end(), /nothingOfTheKind|Content Security Policy/);
  }
});

test('a browser is closed when its test ends', async () => {
  const scope = handScope();
  const browser = await withBrowser(scope);
  assert.equal(browser.isConnected(), true);
  await scope.end();
  assert.equal(browser.isConnected(), false);
});

test('no host but this machine can be reached', async (t) => {
  const page = await newPage(t);
  await assert.rejects(page.goto('http://example.com/'), /ERR_NAME_NOT_RESOLVED/);
});

test('a screenshot is written only when asked for', {
  skip: 'SCREENSHOTS' in process.env,
}, async (t) => {
  const page = await newPage(t);
  await page.goto(await serve(t, GOOD));
  await screenshot(page, 'never-written');
  assert.equal(
    existsSync(fileURLToPath(new URL('../docs/images/never-written.png', import.meta.url))),
    false,
  );
});
