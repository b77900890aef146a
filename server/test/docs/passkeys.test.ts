import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { readConfig } from '../../src/config.ts';
import { openShop, plugIn } from '../factors/shop.ts';
import { startRoost } from '../support/roost.ts';
import { bare, blocksOf, readText, rowsOf, sectionOf } from './markdown.ts';

const page = sectionOf(readText('docs/factors.md'), 'Passkeys');
type Session = { id: string; user?: string };
type Routes = {
  readonly [path: string]: (roost: unknown, session: Session, credential: object) => Promise<object>;
};

test('the passkey example of the page enrols a passkey and signs in by it, in a real browser', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'roost-page-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'routes.mts');
  writeFileSync(file, blocksOf(page, 'ts')[0] ?? '');
  const { routes } = (await import(pathToFileURL(file).href)) as { routes: Routes };
  const roost = await startRoost(t);
  const call = async (method: string, path: string, json: object) =>
    (await roost.call(method, path, { json })).body;
  const session: Session = { id: 'session-4f1a2b', user: 'ann' };
  const own = Object.entries(routes).map(([path, answer]) => [
    path,
    (body: object) => answer(call, session, body),
  ]);
  const script = async () => blocksOf(page, 'js')[0] ?? '';
  const shop = await openShop(t, roost, { ...Object.fromEntries(own), '/example.js': script });
  await plugIn(shop);
  await shop.page.evaluate("import('/example.js').then((example) => { globalThis.example = example; })");
  const added = (await shop.page.evaluate('example.addPasskey()')) as { state: string; passkey: object };
  assert.equal(added.state, 'active');
  delete session.user;
  assert.deepEqual(await shop.page.evaluate('example.signIn()'), { user: 'ann' });
  assert.equal(session.user, 'ann');
  for (const name of Object.keys(added.passkey)) assert.ok(page.includes(`\`${name}\``), name);
});

test('the settings of passkeys in the table are the ones that there are, with the defaults in force', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'roost-page-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const { metadataFile: _ofMetadata, ...webauthn } = readConfig({}, folder).policy.webauthn;
  const inForce = Object.entries(webauthn).map(([name, value]) => {
    const left = name === 'metadata' ? 'unset' : 'all';
    const shown = Array.isArray(value) ? value.join(' ') || 'none' : (value ?? left);
    return [name, shown];
  });
  const rows = rowsOf(sectionOf(page, 'Where passkeys are used'));
  const said = Object.fromEntries(rows.map(([name, usual]) => [bare(name), bare(usual)]));
  assert.deepEqual(said, Object.fromEntries(inForce));
  const [block = ''] = blocksOf(sectionOf(page, 'Where passkeys are used'), 'json');
  writeFileSync(join(folder, 'roost.config.json'), block);
  assert.equal(readConfig({}, folder).policy.webauthn.rpId, 'bank.example');
});
