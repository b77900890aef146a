import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { axe, newPage } from '../../../testing/chromium.ts';
import { KEY_SCOPES } from '../../src/domain/key-scope.ts';
import { type StartedRoost, startRoost } from '../support/roost.ts';
import { picture } from './browsing.ts';
import { signedIn, type Visitor } from './visitor.ts';

const DAY_MS = 86_400_000;
const keyIn = (text: string): string => /(?:live|test)_rst[0-9A-Za-z]{46}/.exec(text)?.[0] ?? '';
const idOf = (key: string): string => key.slice(8, 16);

const SCOPES = Object.keys(KEY_SCOPES);
const ticked = (scopes: readonly string[]) =>
  Object.fromEntries(scopes.map((scope) => [`scope-${scope}`, 'on']));

async function make(owner: Visitor, more: Record<string, string> = {}, scopes = SCOPES): Promise<string> {
  const form = { name: 'shop', mode: 'test', project: 'default', ...ticked(scopes), ...more };
  const made = await owner.post('/console/keys', form);
  assert.equal(made.status, 200, made.text);
  return keyIn(made.text);
}

/** What a request with this key is answered; the node is given time to read its keys again. */
const use = async (roost: StartedRoost, key: string) => (await roost.call('GET', '/balance', { key })).status;

test('a key ends at the moment that it was made to end, and the list says so', async (t) => {
  const roost = await startRoost(t);
  const owner = await signedIn(roost, 'owner');
  const key = await make(owner, { lasts: '30' });
  assert.equal(await use(roost, key), 200);
  roost.clock.advance(30 * DAY_MS - 60_000);
  assert.equal(await use(roost, key), 200);
  roost.clock.advance(60_000);
  assert.equal(await use(roost, key), 401);
  const { text } = await (await signedIn(roost, 'owner')).get('/console/keys');
  assert.match(text, new RegExp(`…${idOf(key)}[\\s\\S]*?ended`));
  const odd = { name: 'x', mode: 'test', project: 'default', ...ticked(SCOPES), lasts: '7' };
  assert.equal((await (await signedIn(roost, 'owner')).post('/console/keys', odd)).status, 422);
});

test('a key that is rotated works on beside the new one for as long as was said, and no longer', async (t) => {
  const roost = await startRoost(t);
  const owner = await signedIn(roost, 'owner');
  const old = await make(owner);
  const path = `/console/keys/${idOf(old)}/rotate`;
  assert.equal((await owner.post(path, { overlap: '9999' })).status, 422);
  const rotated = await owner.post(path, { overlap: '1' });
  const next = keyIn(rotated.text);
  assert.notEqual(next, old);
  assert.deepEqual([await use(roost, old), await use(roost, next)], [200, 200]);
  roost.clock.advance(3_600_000);
  assert.deepEqual([await use(roost, old), await use(roost, next)], [401, 200]);
  const again = await signedIn(roost, 'owner');
  assert.equal((await again.post(path, { overlap: '24' })).status, 404, 'what has ended is not brought back');
  const reader = await signedIn(roost, 'reader');
  assert.equal((await reader.post(`/console/keys/${idOf(next)}/rotate`, { overlap: '1' })).status, 403);
});

test('a key opens the scopes that were ticked and nothing else, the list says so, and a rotation keeps them', async (t) => {
  const roost = await startRoost(t);
  const owner = await signedIn(roost, 'owner');
  const none = await owner.post('/console/keys', { name: 'x', mode: 'test', project: 'default' });
  assert.equal(none.status, 422, 'no scope is not every scope');
  assert.match(none.text, /at least one scope/);
  const key = await make(owner, {}, ['verify', 'proofs']);
  const unknown = `/verify/${'0'.repeat(32)}`;
  const opens = async (key: string) => [
    await use(roost, key),
    (await roost.call('GET', unknown, { key })).status,
  ];
  assert.deepEqual(await opens(key), [401, 404]);
  const list = (await owner.get('/console/keys')).text;
  const row = list.slice(list.indexOf(`…${idOf(key)}`)).split('</tr>')[0] ?? '';
  assert.deepEqual([...row.matchAll(/<code>(\w+)<\/code>/g)].map(([, name]) => name).slice(0, 2), [
    'verify',
    'proofs',
  ]);
  const rotated = await owner.post(`/console/keys/${idOf(key)}/rotate`, { overlap: '1' });
  const next = keyIn(rotated.text);
  assert.deepEqual(await opens(next), [401, 404]);
  assert.match((await owner.get('/console/audit')).text, /test default, only verify proofs/);
  assert.equal(await use(roost, await make(owner)), 200);
});

test('when a key was last used is told to the minute, and costs a write a minute at most', async (t) => {
  const roost = await startRoost(t);
  const owner = await signedIn(roost, 'owner');
  const key = await make(owner);
  const stored = async () => {
    await roost.roost.keyring.refresh();
    const all = await roost.roost.store.read.accessKeys();
    return all.find(({ id }) => id === idOf(key))?.lastUsedAtMs ?? null;
  };
  assert.equal(await stored(), null);
  await use(roost, key);
  const first = await stored();
  assert.ok(first !== null);
  await use(roost, key);
  assert.equal(await stored(), first);
  roost.clock.advance(61_000);
  assert.equal(await stored(), first, 'nobody has used it since that was written');
  await use(roost, key);
  assert.ok(((await stored()) ?? 0) >= first + 60_000);
});

test('a new key comes with a way in for curl, our client and each library of the README, with the public address', async (t) => {
  const roost = await startRoost(t, { env: { ROOST_PUBLIC_URL: 'https://verify.example.com' } });
  const link = (await roost.roost.consoleLink('sign-in')) ?? '';
  const signIn = await roost.call('POST', link, { key: null });
  const cookie = signIn.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const page = await roost.call('GET', '/console/keys', { key: null, headers: { cookie } });
  const token = /name="form_token" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
  const form = { name: 'shop', mode: 'test', project: 'default', ...ticked(SCOPES), form_token: token };
  const { text } = await roost.call('POST', '/console/keys', { key: null, headers: { cookie }, form });
  const summaries = [...text.matchAll(/<summary>([^<]+)<\/summary>/g)].map(([, name = '']) => name);
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  const table = readme.split('| SDK | how |')[1]?.split('\n\n')[0] ?? '';
  const sdks = [...table.matchAll(/^\| \[([^\]]+)\]/gm)].map(([, name = '']) => name);
  assert.ok(sdks.length >= 7);
  for (const sdk of sdks)
    assert.ok(
      summaries.some((name) => name.startsWith(`${sdk}:`)),
      sdk,
    );
  assert.ok(text.split('https://verify.example.com').length > 7);
  assert.doesNotMatch(text, /localhost:\d/);
});

test('in Chromium a new key is copied by a button, and without scripts there is no such button', async (t) => {
  const roost = await startRoost(t);
  const owner = await signedIn(roost, 'owner');
  for (const javaScript of [true, false]) {
    const page = await newPage(t, { javaScript, width: 390, height: 844 });
    const [name = '', value = ''] = owner.cookie.split('=');
    await page.context().addCookies([{ name, value, url: roost.url }]);
    await page.goto(`${roost.url}/console/keys`);
    await page.getByLabel('Name', { exact: true }).fill('shop');
    await page.getByRole('button', { name: 'Make key' }).click();
    await page.getByRole('heading', { name: 'Your new key' }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Copy' }).count(), javaScript ? 3 : 0);
    if (!javaScript) continue;
    await page.getByRole('button', { name: 'Copy' }).first().click();
    await page.locator('[role=status]', { hasText: 'Copied' }).waitFor({ state: 'attached' });
    assert.deepEqual(await axe(page), []);
    await picture(page, 'key-made-phone');
    await page.goto(`${roost.url}/console/keys`);
    await page.locator('summary', { hasText: 'Change' }).first().click();
    assert.deepEqual(await axe(page), []);
    await picture(page, 'keys-phone');
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.getByRole('link', { name: 'Verifications' }).waitFor();
    await picture(page, 'keys-desk');
  }
});
