import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { CDPSession, Page } from 'playwright-core';
import { newPage } from '../../../testing/chromium.ts';
import type { Scope, StartedRoost } from '../support/roost.ts';

const MODULE = fileURLToPath(import.meta.resolve('@roost/client/browser'));
const PAGE = `<!doctype html><title>Shop</title><link rel="icon" href="data:,">
<input autocomplete="username webauthn" aria-label="Name"><script type="module" src="/page.js"></script>`;
/** Every function of the module is at hand, and `roost` calls Roost by way of the page's own server. */
const SCRIPT = `import * as passkeys from '/browser.js';
globalThis.passkeys = passkeys;
globalThis.roost = async (method, path, body) => {
  const answer = await fetch('/roost' + path, { method, body: body && JSON.stringify(body) });
  return { status: answer.status, body: await answer.json() };
};`;

export type Shop = { readonly page: Page; readonly cdp: CDPSession; readonly url: string };

/** What the site's own server answers, by path: a script, or an object. */
export type OwnAnswers = { readonly [path: string]: (body: object) => Promise<string | object> };

/** A site of a customer in a real browser: its server alone has the access key. */
export async function openShop(t: Scope, roost: StartedRoost, own: OwnAnswers = {}): Promise<Shop> {
  const server = createServer(async (request, response) => {
    const { url = '/', method = 'GET' } = request;
    if (url.startsWith('/roost')) {
      const text = await bodyOf(request);
      const sent = text === '' ? {} : { json: JSON.parse(text) };
      const answer = await roost.call(method, url.slice('/roost'.length), sent);
      return response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.text);
    }
    const answered = await own[url]?.(JSON.parse((await bodyOf(request)) || '{}'));
    if (answered !== undefined) {
      const type = typeof answered === 'string' ? 'text/javascript' : 'application/json';
      const text = typeof answered === 'string' ? answered : JSON.stringify(answered);
      return response.writeHead('errors' in Object(answered) ? 422 : 200, { 'content-type': type }).end(text);
    }
    if (url === '/browser.js' || url === '/page.js') {
      const script = url === '/page.js' ? SCRIPT : await readFile(MODULE);
      return response.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
    }
    const policy = "default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:";
    return response
      .writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy })
      .end(PAGE);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const url = `http://localhost:${typeof address === 'object' ? address?.port : 0}`;
  const page = await newPage(t);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  await page.goto(url);
  await page.waitForFunction('globalThis.passkeys !== undefined');
  return { page, cdp, url };
}

/** Plugs an authenticator into the browser. Everybody it asks says yes at once. */
export async function plugIn(
  { cdp }: Pick<Shop, 'cdp'>,
  more: { readonly protocol?: 'ctap2' | 'u2f'; readonly transport?: 'usb' | 'internal' } = {},
): Promise<string> {
  const { protocol = 'ctap2', transport = 'internal' } = more;
  const isNew = protocol === 'ctap2';
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol, transport, automaticPresenceSimulation: true },
      ...{ hasResidentKey: isNew, hasUserVerification: isNew, isUserVerified: isNew },
    },
  });
  return authenticatorId;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
