import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { ROLES, type Role } from '../../src/domain/operator.ts';
import { type StartedRoost, startRoost } from '../support/roost.ts';
import { type ConsoleRoute, consoleRoutes } from './routes.ts';
import { signedIn, type Visitor } from './visitor.ts';

/** Before somebody is signed in there is no session that a form could be bound to. */
const OPEN = /^\/console\/(?:sign-in(?:\/passkey)?|link\/\w+)$/;
/** It ends when its reader goes; its own tests read it. */
const STREAM = '/console/verifications/live';
const LINK = /href="(\/console[^"#]*)/g;

describe('a crawler over every route of the console', () => {
  const cleanUp: (() => void | Promise<void>)[] = [];
  let roost: StartedRoost;
  let routes: readonly ConsoleRoute[];
  let visitors: Record<Role, Visitor>;
  before(async () => {
    roost = await startRoost({ after: (end) => void cleanUp.unshift(end) });
    routes = consoleRoutes(roost.roost.app);
    const all = await Promise.all(ROLES.map(async (role) => [role, await signedIn(roost, role)] as const));
    visitors = Object.fromEntries(all) as Record<Role, Visitor>;
  });
  test.after(async () => {
    for (const end of cleanUp) await end();
  });
  const of = (method: string) => routes.filter(({ methods }) => methods.includes(method));

  test('finds them all', () => {
    assert.ok(of('GET').length >= 20, `${of('GET').length} pages`);
    assert.ok(of('POST').length >= 30, `${of('POST').length} forms`);
    assert.ok(
      routes.some(
        ({ path }) => path === '/console/webhooks/test/default/00000000000000000000000000000000/rotate',
      ),
    );
  });

  test('is sent to the door by every page while it is nobody', async () => {
    for (const { path } of of('GET').filter((route) => !OPEN.test(route.path))) {
      const answer = await fetch(roost.url + path, { redirect: 'manual' });
      assert.equal(answer.status, 303, path);
      assert.match(answer.headers.get('location') ?? '', /^\/console\/sign-in/, path);
    }
  });

  test('is refused every form without a token, as nobody and as each role', async () => {
    for (const { path } of of('POST').filter((route) => !OPEN.test(route.path))) {
      const body = new URLSearchParams({ name: 'x' });
      const answer = await fetch(roost.url + path, { method: 'POST', body, redirect: 'manual' });
      assert.equal(answer.status, 403, `nobody ${path}`);
      for (const role of ROLES) {
        assert.equal((await visitors[role].post(path, {}, '')).status, 403, `${role} ${path}`);
      }
    }
  });

  test('is refused every form that another site sends, also with the token', async () => {
    const { owner } = visitors;
    const token = /name="form_token" value="([^"]+)"/.exec((await owner.get('/console/me')).text)?.[1] ?? '';
    for (const { path } of of('POST')) {
      const answer = await fetch(roost.url + path, {
        ...{ method: 'POST', body: new URLSearchParams({ form_token: token }), redirect: 'manual' },
        headers: { cookie: owner.cookie, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
      });
      assert.equal(answer.status, 403, path);
    }
  });

  test('finds no page that breaks, for any role, and strict headers on each', async () => {
    for (const role of ROLES) {
      for (const { path } of of('GET').filter((route) => route.path !== STREAM)) {
        const { status, headers } = await visitors[role].get(path);
        assert.ok(status < 500, `${role} ${path}: ${status}`);
        if (status === 303 || !headers.get('content-type')?.startsWith('text/html')) continue;
        assert.match(
          headers.get('content-security-policy') ?? '',
          /default-src 'none'.*frame-ancestors 'none'/,
          path,
        );
        assert.equal(headers.get('x-frame-options'), 'DENY', path);
        assert.equal(headers.get('cache-control'), 'no-store', path);
      }
    }
  });

  test('finds the page and the heading of every document that a room leads to', async () => {
    const wanted = new Set<string>();
    for (const { path } of of('GET').filter((route) => route.path !== STREAM)) {
      const { text } = await visitors.owner.get(path);
      for (const [, href = ''] of text.matchAll(/href="(\/docs\/[^"]+)"/g)) wanted.add(href);
    }
    assert.ok(wanted.size >= 5, [...wanted].join(' '));
    for (const href of wanted) {
      const [path = '', anchor] = href.split('#');
      const { status, text } = await visitors.owner.get(path);
      assert.equal(status, 200, href);
      if (anchor !== undefined) assert.ok(text.includes(`id="${anchor}"`), href);
    }
  });

  test('follows every link that a role is shown, and is let in everywhere', async () => {
    for (const role of ROLES) {
      const seen = new Set(['/console/guard']);
      for (const path of seen) {
        if (seen.size > 150 || path === STREAM || path.endsWith('.csv') || path.endsWith('/export')) continue;
        const { status, text } = await visitors[role].get(path);
        assert.ok(status === 200 || status === 303, `${role} is shown ${path} and gets ${status}`);
        for (const [, href = ''] of text.matchAll(LINK)) seen.add(href.replaceAll('&amp;', '&'));
      }
      assert.ok(seen.size > 5);
    }
  });
});
