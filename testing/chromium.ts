import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import axeCore from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type BrowserBinary, findBrowser } from './browser-binary.ts';
import type { Scope } from './scope.ts';

export type PageOptions = {
  /** Whether the page may run scripts; true unless said otherwise. */
  readonly javaScript?: boolean;
  readonly colorScheme?: 'light' | 'dark';
  /** Of the window, in CSS pixels. */
  readonly width?: number;
  readonly height?: number;
};

const IMAGES = fileURLToPath(new URL('../docs/images', import.meta.url));
const LAUNCH_ARGS = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--disable-sync',
  '--no-pings',
  // Nothing but this machine can be reached, so a page that asks for more fails its test.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE [::1]',
];
type Window = { readonly browser: Promise<Browser>; readonly problems: string[] };
const windows = new WeakMap<Scope, Window>();

/** The test's own Chromium, started when first asked for and closed when the test ends. */
export function withBrowser(t: Scope): Promise<Browser> {
  return windowOf(t).browser;
}

/**
 * A page in a window of its own: no cookies are shared with the test's other pages. A script that throws and anything
 * that breaks the page's content security policy fail the test when it ends.
 */
export async function newPage(t: Scope, options: PageOptions = {}): Promise<Page> {
  const { javaScript = true, colorScheme = 'light', width = 1280, height = 800 } = options;
  const { browser, problems } = windowOf(t);
  const context = await (await browser).newContext({
    javaScriptEnabled: javaScript,
    colorScheme,
    viewport: { width, height },
    locale: 'en-GB',
    timezoneId: 'Europe/Amsterdam',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.on('pageerror', (error) => {
    // The browser leaves out the transition between two pages when one of them is slow to show, and says so.
    if (!/^Transition was (?:aborted|skipped)/.test(error.message))
      problems.push(`${page.url()}: ${error.message}`);
  });
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) problems.push(`${page.url()}: ${message.text()}`);
  });
  return page;
}

/** What axe-core finds wrong with the page as it stands, one sentence each; an empty list when nothing. */
export async function axe(page: Page): Promise<string[]> {
  // Handed over by the debugger and not as a script element, which the page's security policy would refuse.
  await page.evaluate(`${axeCore.source}; undefined`);
  const { violations } = (await page.evaluate('axe.run(document)')) as axeCore.AxeResults;
  return violations.map(({ id, help, nodes }) => {
    const places = nodes.map(
      (node) => `${node.target.join(' ')} (${node.failureSummary?.replace(/\s+/g, ' ')})`,
    );
    return `${id}: ${help}: ${places.join('; ')}`;
  });
}

/** Writes `docs/images/<name>.png`, when `SCREENSHOTS` asks for pictures; an ordinary test run writes nothing. */
export async function screenshot(page: Page, name: string): Promise<void> {
  if (process.env.SCREENSHOTS === undefined) return;
  await mkdir(IMAGES, { recursive: true });
  await page.screenshot({ path: path.join(IMAGES, `${name}.png`), animations: 'disabled', caret: 'hide' });
}

function windowOf(t: Scope): Window {
  const found = windows.get(t);
  if (found !== undefined) return found;
  const started: Window = { browser: launch(), problems: [] };
  windows.set(t, started);
  // One step, because the runner skips a test's other tidying up after a step that throws.
  t.after(async () => {
    windows.delete(t);
    await (await started.browser).close();
    if (started.problems.length > 0)
      throw new Error(`The page had problems:\n${started.problems.join('\n')}`);
  });
  return started;
}

async function launch(): Promise<Browser> {
  const binary = await findBrowser();
  try {
    return await start(binary, {});
  } catch (error) {
    const lacksLibrary = error instanceof Error && /error while loading shared libraries/.test(error.message);
    if (!lacksLibrary || binary.libraries === null) throw error;
    return start(binary, { LD_LIBRARY_PATH: binary.libraries });
  }
}

function start(binary: BrowserBinary, extraEnv: Record<string, string>): Promise<Browser> {
  return chromium.launch({
    executablePath: binary.executablePath,
    args: LAUNCH_ARGS,
    chromiumSandbox: false, // not to be had by root, nor in most containers; only our own pages are opened
    env: { ...process.env, ...binary.env, ...extraEnv },
  });
}
