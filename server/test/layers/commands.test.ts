import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { editDraft } from '../../src/app/layers/edit.ts';
import { shell } from '../cli/shell.ts';
import { LIVE_KEY, type Scope, startRoost } from '../support/roost.ts';
import { numberNo, until } from '../wire/wire.ts';
import { done, editingOf, put } from './editing.ts';

const GUARD = { part: 'guard', projectId: '*' } as const;

test('roost guard rules tells where each rule comes from and what a draft changes, and roost guard enforce puts it in force', async (t) => {
  const roost = await startRoost(t);
  const deps = editingOf(roost);
  await put(roost, GUARD, ['rules', 'key-rate'], { most: 30 });
  const run = (...words: string[]) => shell(words, { ROOST_DATA: roost.folder });
  const none = await run('guard', 'enforce');
  assert.equal(none.code, 1);
  assert.match(none.stderr, /there is no draft/);
  done(await editDraft(deps, null, GUARD, [{ path: ['rules', 'key-day'], entry: { most: 5 }, was: '' }]));
  const told = JSON.parse((await run('guard', 'rules', '--json')).stdout);
  const from = (id: string) => told.rules.find((rule: { id: string }) => rule.id === id).from;
  assert.deepEqual([from('key-rate'), from('key-day'), told.version], ['console', 'ships', 1]);
  assert.deepEqual(told.draft.changes, [
    { rule: 'key-day', change: 'changed', fields: [{ name: 'most', from: '1000', to: '5' }] },
  ]);
  assert.match((await run('guard', 'rules')).stdout, /key-day: most 1000 -> 5/);
  const enforced = await run('guard', 'enforce', '--note', 'by hand');
  assert.match(enforced.stdout, /Version 2 is in force/, enforced.stderr);
  let asked = 100;
  await until('the node goes by it', async () => {
    asked += 1;
    const { id } = await roost.createVerification(numberNo(asked));
    const { body } = await roost.call('GET', `/v1/verifications/${id}/decision`);
    return body.readings.find((one: { rule: string }) => one.rule === 'key-day').most === 5;
  });
  assert.equal((await run('guard', 'rules', '--project', 'No')).code, 2);
});

test('routes are listed, drafted from a file, shown with whom they would affect, enforced and gone back from', async (t) => {
  const { roost, file, run } = await startWithProviders(t);
  const live = await roost.call('POST', '/verify', { key: LIVE_KEY, json: { recipient: '+31612345678' } });
  assert.equal(live.status, 201, live.text);
  assert.match((await run('routes', 'list')).stdout, /Nothing is set over the configuration file/);
  assert.match((await run('routes', 'show')).stdout, /sms +file +bird \(NL BE\), spare/);
  const wrong = await run('routes', 'draft', file('wrong', { sms: ['bord'], email: ['bird'] }));
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /did you mean bird\?\nroutes\.\*\.email\[0\]: bird does not carry it/);
  assert.match((await run('routes', 'diff')).stdout, /There is no draft/);
  const drafted = await run('routes', 'draft', file('new', { sms: ['spare', 'bird'] }));
  assert.match(drafted.stdout, /sms: nothing -> \["spare","bird"\]/, drafted.stderr);
  const diff = await run('routes', 'diff');
  assert.match(diff.stdout, /Of 1 live codes since .* it would send 1 another way/);
  assert.match(diff.stdout, /sms NL: bird -> spare, 1/);
  const told = JSON.parse((await run('routes', 'diff', '--json')).stdout);
  assert.deepEqual([told.effect.moved[0].to, told.changes[0].path], ['spare', 'sms']);
  assert.match((await run('routes', 'list')).stdout, /\* +nothing in force, draft of 20/);
  assert.match((await run('routes', 'enforce', '--note', 'spare first')).stdout, /Version 1 is in force/);
  const shown = await run('routes', 'show');
  assert.match(shown.stdout, /sms +console +spare, bird\n/);
  assert.match(shown.stdout, /1 {2}20.* command line {2}spare first/);
  assert.match((await run('routes', 'back', '7')).stderr, /there is no version 7/);
  assert.match((await run('routes', 'back', '0')).stdout, /Version 0 is a draft again/);
  assert.match((await run('routes', 'back', '0')).stderr, /there is another draft/);
  assert.match((await run('routes', 'drop')).stdout, /The draft is dropped/);
  assert.equal((await run('routes', 'enforce')).code, 1);
  assert.equal((await run('routes', 'back', 'x')).code, 2);
});

test('texts and rules of one project have the same commands, and each step is in the audit log', async (t) => {
  const { roost, file, run } = await startWithProviders(t);
  const text = file('text', { sms: { nl: 'Winkel: %token' } });
  assert.match((await run('templates', 'show')).stdout, /sms +en +file +"Your Kingfisher code is %token"/);
  const drafted = await run('templates', 'draft', text, '--project', 'shop');
  assert.match(drafted.stdout, /sms\.nl: nothing -> "Winkel: %token"/, drafted.stderr);
  assert.equal((await run('templates', 'enforce', '--project', 'shop')).code, 0);
  const { texts, document, version } = JSON.parse(
    (await run('templates', 'show', '--project', 'shop', '--json')).stdout,
  );
  assert.deepEqual([version, document], [1, { sms: { nl: 'Winkel: %token' } }]);
  assert.deepEqual(
    texts.map(({ locale, from }: { locale: string; from: string }) => `${locale} ${from}`).sort(),
    ['en file', 'nl console'],
  );
  const mistaken = await run(
    'templates',
    'draft',
    file('bad', { sms: { nl: 'No code' } }),
    '--project',
    'shop',
  );
  assert.match(mistaken.stderr, /templates\.shop\.sms\.nl/);
  assert.match((await run('templates', 'draft', text, '--project', 'shop')).stdout, /in force already/);
  assert.match((await run('templates', 'draft', `${text}-none`)).stderr, /it cannot be read/);

  const rules = file('rules', { rules: { 'key-day': { most: 5 } } });
  assert.match((await run('guard', 'draft', rules)).stdout, /key-day: most 1000 -> 5/);
  assert.match((await run('guard', 'diff')).stdout, /key-day: most 1000 -> 5/);
  assert.equal((await run('guard', 'enforce')).code, 0);
  const { projects } = JSON.parse((await run('guard', 'list', '--json')).stdout);
  assert.deepEqual(
    projects.map(({ project, version }: { project: string; version: number }) => [project, version]),
    [['*', 1]],
  );
  const entries = await roost.roost.store.read.audit.since({ sinceMs: 0, limit: 100 });
  const told = entries.map(({ action, actor }) => `${action} ${actor}`);
  for (const action of ['templates.edited', 'templates.enforced', 'guard.edited', 'guard.enforced'])
    assert.ok(told.includes(`${action} null`), `${action} is in ${told}`);
});

/** A node with two providers, of which nothing answers, and commands as they are typed beside it. */
async function startWithProviders(t: Scope) {
  const folder = mkdtempSync(join(tmpdir(), 'roost-layers-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string, content: object): string => {
    const path = join(folder, `${name}.json`);
    writeFileSync(path, JSON.stringify(content));
    return path;
  };
  const provider = (accessKey: string) => ({
    ...{ kind: 'messagebird', accessKey, baseUrl: 'http://127.0.0.1:9' },
  });
  const config = file('roost', {
    providers: {
      bird: provider('live_0123456789abcdefghijklmno'),
      spare: provider('live_9123456789abcdefghijklmno'),
    },
    routes: { '*': { sms: [{ provider: 'bird', country: ['NL', 'BE'] }, 'spare'] } },
    guard: { countries: ['NL', 'BE'] },
    templates: { '*': { sms: { en: 'Your Kingfisher code is %token' } } },
  });
  const env = { ROOST_CONFIG: config, ROOST_PUBLIC_URL: 'http://localhost:9' };
  const roost = await startRoost(t, { env });
  const run = (...words: string[]) => shell(words, { ...env, ROOST_DATA: roost.folder });
  return { roost, file, run };
}

test('roost config shows what the file says and what the console lays over it, each with its source', async (t) => {
  const roost = await startRoost(t);
  const run = async () =>
    JSON.parse((await shell(['config', '--json'], { ROOST_DATA: roost.folder })).stdout);
  await put(roost, { part: 'templates', projectId: 'shop' }, ['sms', 'en'], { template: 'Shop: %token' });
  const { settings } = await run();
  const shown = settings.find(({ name }: { name: string }) => name === 'templates.shop');
  assert.deepEqual(shown.value, { sms: { en: { template: 'Shop: %token' } } });
  assert.match(shown.source, /^console, version 1 since 20/);
  const elsewhere = JSON.parse(
    (await shell(['config', '--json'], { ROOST_DATA: `${roost.folder}/none` })).stdout,
  );
  assert.match(elsewhere.unread, /there is no database/);
});
