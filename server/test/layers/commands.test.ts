import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editDraft } from '../../src/app/layers/edit.ts';
import { shell } from '../cli/shell.ts';
import { startRoost } from '../support/roost.ts';
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
