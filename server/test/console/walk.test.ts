import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { axe, newPage } from '../../../testing/chromium.ts';
import { may, ROLES } from '../../src/domain/operator.ts';
import { ROOMS } from '../../src/http/console/frame.ts';
import { tables } from '../../src/store/store.ts';
import type { Scope, StartedRoost } from '../support/roost.ts';
import { picture } from './browsing.ts';
import { fillRooms, startConfigured } from './full-rooms.ts';
import { consoleRoutes } from './routes.ts';
import { signedIn } from './visitor.ts';

/** Somebody who walks through the console: a role, nobody, or who has given a password and no factor yet. */
type Walker = { readonly who: string; readonly cookie: string; readonly pages: readonly string[] };
type View = { readonly name: string; readonly scripts: 'on' | 'off' | 'blocked'; readonly isPhone: boolean };

const SCRIPTED: View = { name: 'with scripts at a desk', scripts: 'on', isPhone: false };
const PLAIN: View = { name: 'without scripts on a phone', scripts: 'off', isPhone: true };
/** The engine in which a page has no script, so that axe can run in it. */
const JUDGED: View = { ...PLAIN, scripts: 'blocked' };

test('each page works for each role in Chromium, with and without JavaScript, and axe finds nothing', async (t) => {
  const roost = await startConfigured(t);
  const owner = await signedIn(roost, 'owner');
  const { id, code } = await roost.createVerification('+31612345678');
  await roost.check(id, code);
  const more = await fillRooms(roost, owner);
  const addresses = [...pagesOf(roost, id, more), ...more];
  const isPage = await Promise.all(addresses.map((path) => answersPage(roost, owner.cookie, path)));
  const pages = addresses.filter((_path, i) => isPage[i]);
  assert.ok(pages.length >= 22, `${pages.length} pages`);
  const walkers: Walker[] = [
    ...(await strangers(roost)),
    ...(await Promise.all(
      ROLES.map(async (role) => ({ who: role, cookie: (await signedIn(roost, role)).cookie, pages })),
    )),
  ];
  const judged = new Set<string>();
  const [first, second] = [pages.slice(0, pages.length / 2), pages.slice(pages.length / 2)];
  const rounds = walkers.flatMap((walker) =>
    [SCRIPTED, PLAIN].flatMap((view) =>
      walker.who === 'owner'
        ? [first, second].map((half) => ({ walker: { ...walker, pages: half }, view }))
        : [{ walker, view }],
    ),
  );
  const lane = async (): Promise<void> => {
    const next = rounds.shift();
    if (next === undefined) return;
    await walk(t, roost, next.walker, next.view, judged);
    await lane();
  };
  await Promise.all([lane(), lane(), lane()]);
  assert.ok(judged.size >= pages.length, `${judged.size} different pages were judged`);
});

/** Every page that the console registers. A new one with a parameter is to be given something in its place. */
function pagesOf({ roost }: StartedRoost, verification: string, more: readonly string[]): string[] {
  const filled: { readonly [pattern: string]: string } = {
    '/console/verifications/:id': `/console/verifications/${verification}`,
    '/console/verifications/:id/phone': `/console/verifications/${verification}/phone`,
    '/console/providers/:id': '/console/providers/bird',
    // Each operator has their own; `recipients.test.ts` looks at these pages.
    '/console/me/recipients/:id': '/console/me/recipients/none',
    '/console/guard/rules/:project/:rule': '/console/guard/rules/default/key-day',
    '/console/templates/edit/:project': '/console/templates/edit/default?channel=sms&locale=en',
    '/console/templates/edit/:project/:channel/:locale': '/console/templates/edit/default/sms/nl',
    '/console/routes/edit/:project/:channel': '/console/routes/edit/default/sms',
    '/console/users/:mode/:project/:user': more.find((path) => path.startsWith('/console/users/')) ?? '',
    '/console/webhooks/:mode/:project/:id': more.find((path) => path.startsWith('/console/webhooks/')) ?? '',
  };
  return consoleRoutes(roost.app)
    .filter(({ methods, pattern }) => methods.includes('GET') && !isDoor(pattern))
    .map(({ pattern }) => {
      const path = filled[pattern] ?? pattern.replace(/:([a-z]+)/g, (whole, name) => PARTS[name] ?? whole);
      assert.ok(!path.includes(':'), `say in this test what to put into ${pattern}`);
      return path;
    });
}

const PARTS: { readonly [name: string]: string } = {
  ...{ project: 'default', channel: 'sms', locale: 'en', rule: 'recipient-hour', file: 'country.csv' },
};

const isDoor = (pattern: string): boolean => /^\/console\/(?:sign-in|second|link\/)/.test(pattern);

/** Whether it is a page, rather than a file or a stream. */
async function answersPage({ url }: StartedRoost, cookie: string, path: string): Promise<boolean> {
  const ending = new AbortController();
  const { status, headers } = await fetch(url + path, {
    ...{ headers: { cookie }, redirect: 'manual', signal: ending.signal },
  });
  ending.abort();
  assert.ok(status === 200 || status === 303, `${path} answers ${status} to an owner`);
  return status === 200 && headers.get('content-type')?.startsWith('text/html') === true;
}

/** Who is at the door, and what there is to be seen. */
async function strangers(roost: StartedRoost): Promise<Walker[]> {
  const half = await signedIn(roost, 'reader');
  const link = (await roost.roost.consoleLink('first')) ?? '/console/link/none';
  const id = randomBytes(32).toString('base64url');
  const digest = createHash('sha256').update(id).digest('hex');
  await roost.roost.store.transaction(async (tx) => {
    const [operator] = await tx.list(tables.operatorsOfRole, { role: half.role });
    assert.ok(operator !== undefined);
    tx.insert(tables.operatorSessions, {
      ...{ digest, operatorId: operator.id, stage: 'half', provedAtMs: null },
      ...{ createdAtMs: tx.nowMs, seenAtMs: tx.nowMs },
    });
  });
  const doors = ['/console/sign-in', '/console/sign-in?next=/console/keys', link, '/console/link/none'];
  return [
    { who: 'nobody', cookie: '', pages: doors },
    { who: 'half in', cookie: `roost_console=${id}`, pages: ['/console/second'] },
  ];
}

async function walk(
  t: Scope,
  roost: StartedRoost,
  walker: Walker,
  view: View,
  judged: Set<string>,
): Promise<void> {
  const page = await open(t, roost, walker, view);
  const judging = view === PLAIN ? await open(t, roost, walker, JUDGED) : page;
  for (const path of walker.pages) {
    const about = `${path} for ${walker.who} ${view.name}`;
    const status = (await page.goto(roost.url + path))?.status() ?? 0;
    assert.equal(isAllowed(walker, path, status), true, `${about} is answered ${status}`);
    assert.equal(await page.locator('h1').count(), 1, `${about} has one heading`);
    assert.equal(await page.evaluate(FITS), true, `${about} is wider than its window`);
    if (view === PLAIN)
      assert.deepEqual(await page.evaluate(IDLE_BUTTONS), [], `buttons of ${about} do nothing`);
    // What stands in two pages alike is judged once.
    const main = keyOf(String(await page.evaluate("document.querySelector('main').outerHTML")));
    if (judged.has(main)) continue;
    judged.add(main);
    if (judging !== page) await judging.goto(roost.url + path);
    await picture(judging, `${path}-${walker.who}-${view.isPhone ? 'phone' : 'desk'}`);
    assert.deepEqual(await axe(judging), [], about);
  }
  await Promise.all([...new Set([page, judging])].map((one) => one.context().close()));
}

const FITS = 'document.documentElement.scrollWidth <= innerWidth';
/** Buttons that can be seen, belong to no form, and so wait for a script. */
const IDLE_BUTTONS =
  "[...document.querySelectorAll('button')].filter((one) => one.form === null && one.checkVisibility()).map((one) => one.outerHTML)";

/** The same content with other numbers and ids is the same to axe. */
const keyOf = (main: string): string => main.replace(/[\w-]{43}|[0-9a-f]{32}|\d+/g, '0');

function isAllowed({ who, pages }: Walker, path: string, status: number): boolean {
  const role = ROLES.find((one) => one === who);
  if (role === undefined) return status === (path.endsWith('/none') ? 404 : 200);
  const room = ROOMS.find(({ address }) => address === path.split('?')[0]);
  if (room !== undefined) return status === (may(role, room.act) ? 200 : 403);
  return pages.includes(path) && (status === 200 || (status === 403 && role !== 'owner'));
}

async function open(t: Scope, { url }: StartedRoost, { cookie }: Walker, view: View): Promise<Page> {
  const size = view.isPhone ? { width: 390, height: 844 } : { width: 1280, height: 900 };
  const page = await newPage(t, {
    ...size,
    javaScript: view.scripts !== 'off',
    colorScheme: view.isPhone ? 'dark' : 'light',
  });
  const [, name, value] = /^([^=]+)=(.*)$/.exec(cookie) ?? [];
  if (name !== undefined && value !== undefined) await page.context().addCookies([{ name, value, url }]);
  if (view.scripts === 'blocked') await page.route(/\.js$/, (route) => route.abort());
  return page;
}
