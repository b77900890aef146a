import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { newPage } from '../../testing/chromium.ts';

const MODULE = fileURLToPath(import.meta.resolve('@roost/client/browser'));
const TSC = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
const FLAGS =
  '--ignoreConfig --allowJs --checkJs --declaration --emitDeclarationOnly --strict --exactOptionalPropertyTypes ' +
  '--target es2024 --module esnext --lib es2024,dom,dom.iterable';

/** Declarations without their layout and comments. */
const bare = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/[\s;,|]+/g, '');

test('the declarations of the browser module are those of its code', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'roost-types-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const made = spawnSync(process.execPath, [TSC, ...FLAGS.split(' '), '--outDir', folder, MODULE], {
    encoding: 'utf8',
  });
  assert.equal(made.status, 0, made.stdout);
  const declared = readFileSync(MODULE.replace(/\.js$/, '.d.ts'), 'utf8');
  assert.equal(bare(declared), bare(readFileSync(join(folder, 'browser.d.ts'), 'utf8')));
});

test('the browser module imports nothing, so that it is served as it is', () => {
  assert.doesNotMatch(readFileSync(MODULE, 'utf8'), /^\s*import\b|\bimport\(|\brequire\(/m);
});

/** A page with a field for a code, and the module at hand. What its form sends is in `sent`. */
async function pageWith(t: Parameters<typeof newPage>[0], options = ''): Promise<Page> {
  const page = await newPage(t);
  await page.route('http://localhost/**', async (route) => {
    const isModule = route.request().url().endsWith('.js');
    await route.fulfill({
      contentType: isModule ? 'text/javascript' : 'text/html; charset=utf-8',
      body: isModule
        ? readFileSync(MODULE, 'utf8')
        : `<!doctype html><form><input name="code" maxlength="6" aria-label="Code"></form>
          <script type="module">
            globalThis.client = await import('/browser.js');
            globalThis.sent = [];
            const form = document.querySelector('form');
            form.addEventListener('submit', (event) => {
              event.preventDefault();
              sent.push(form.code.value);
            });
            globalThis.letGo = client.codeField(form.code, { ${options} });
          </script>`,
    });
  });
  await page.goto('http://localhost/');
  await page.waitForFunction('globalThis.letGo !== undefined');
  return page;
}

const sentBy = (page: Page): Promise<string[]> => page.evaluate('sent');

const paste = (page: Page, text: string) =>
  page.evaluate(`(() => {
    const data = new DataTransfer();
    data.setData('text', ${JSON.stringify(text)});
    const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
    return document.querySelector('input').dispatchEvent(event);
  })()`);

test('a code is taken as it is pasted: with spaces, with words, in the digits of another script', async (t) => {
  const page = await pageWith(t);
  for (const text of ['123 456', ' 654-321 ', 'Your code is 111222.', '１２３４５６', '٦٥٤٣٢١']) {
    await page.locator('input').fill('');
    assert.equal(await paste(page, text), false, 'the browser does not paste it as well');
  }
  assert.deepEqual(await sentBy(page), ['123456', '654321', '111222', '123456', '654321']);
  assert.equal(await paste(page, 'no digits'), true);
});

test('typing sends the form with the last digit, once, and not again while somebody mends it', async (t) => {
  const page = await pageWith(t);
  const field = page.getByLabel('Code');
  await field.focus();
  await page.keyboard.type('12x3 45');
  assert.equal(await field.inputValue(), '12345');
  assert.deepEqual(await sentBy(page), []);
  await page.keyboard.type('6');
  assert.deepEqual(await sentBy(page), ['123456']);
  await page.keyboard.press('Backspace');
  await page.keyboard.type('7');
  assert.deepEqual(await sentBy(page), ['123456', '123457']);
  assert.equal(await field.getAttribute('inputmode'), 'numeric');
  assert.equal(await field.getAttribute('autocomplete'), 'one-time-code');
  await page.evaluate('letGo()');
  await field.fill('abc');
  assert.equal(await field.inputValue(), 'abc', 'it has let go');
});

test('a page may take the code itself, of another length', async (t) => {
  const page = await pageWith(t, 'digits: 4, submit: (code) => sent.push("own " + code)');
  await paste(page, '12 34 56');
  assert.deepEqual(await sentBy(page), ['own 1234']);
});

test('a code is read from a message where the browser can, and waiting for it can be stopped', async (t) => {
  const page = await pageWith(t);
  // Chromium on a desktop waits for a phone that is not there.
  await page.evaluate(`globalThis.OTPCredential ??= class {};
    navigator.credentials.get = async ({ otp, signal }) => {
      if (otp.transport[0] !== 'sms') throw new TypeError('not asked for a message');
      if (signal === undefined) return { code: '482913' };
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    }`);
  assert.equal(await page.evaluate('client.listenForCode()'), '482913');
  const stopped = `(async () => {
    const stop = new AbortController();
    const waiting = client.listenForCode({ signal: stop.signal });
    stop.abort();
    return waiting;
  })()`;
  assert.equal(await page.evaluate(stopped), null);
  await page.evaluate('delete globalThis.OTPCredential');
  assert.equal(await page.evaluate('client.listenForCode()'), null);
});

test('a browser without passkeys says so, and is told apart', async (t) => {
  const page = await pageWith(t);
  assert.equal(await page.evaluate('client.isPasskeySupported()'), true);
  await page.evaluate('delete globalThis.PublicKeyCredential');
  assert.equal(await page.evaluate('client.isPasskeySupported()'), false);
  assert.equal(await page.evaluate('client.isAutofillSupported()'), false);
  assert.equal(await page.evaluate('client.usePasskey({}).catch((error) => error.problem)'), 'unsupported');
});
