import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { editDraft, monitorDraft } from '../../src/app/layers/edit.ts';
import type { LayerDocument, LayerKey } from '../../src/domain/layer.ts';
import { tables } from '../../src/store/store.ts';
import { signedIn } from '../console/visitor.ts';
import { startGuarded } from '../guard/guarded.ts';
import { startNodes } from '../nodes/nodes.ts';
import type { StartedRoost } from '../support/roost.ts';
import { startRoost } from '../support/roost.ts';
import { numberNo, until } from '../wire/wire.ts';
import { done, editingOf, put } from './editing.ts';

const GUARD = { part: 'guard', projectId: '*' } as const;
const SMS = { part: 'templates', projectId: '*' } as const;

async function textFor(roost: StartedRoost, number: string): Promise<string> {
  await roost.createVerification(number);
  const { body } = await roost.call(
    'GET',
    `/sandbox/messages?wait=5&recipient=${encodeURIComponent(number)}`,
  );
  return body.messages.at(-1).text;
}

async function readingOf(roost: StartedRoost, id: string, rule: string, key: string) {
  const { body } = await roost.call('GET', `/v1/verifications/${id}/decision`, { key });
  return body.readings.find((one: { rule: string }) => one.rule === rule);
}

test('what is put in force on one node holds on every node within a second', async (t) => {
  const { one, other } = await startNodes(t);
  await put(one, SMS, ['sms', 'en'], { template: 'Kingfisher: %token' });
  await put(one, GUARD, ['rules', 'recipient-hour'], { most: 3, keptForKnown: 0 });
  await sleep(1_000);
  for (const [i, node] of [one, other].entries()) {
    assert.match(await textFor(node, numberNo(i)), /^Kingfisher: \d{6}$/);
    const { id } = await node.createVerification(numberNo(10 + i));
    assert.equal((await readingOf(node, id, 'recipient-hour', node.testKey)).most, 3);
  }
});

test('a rule that was put in force refuses, is named by the decision, and holds after a start', async (t) => {
  const roost = await startGuarded(t, {});
  await put(roost, GUARD, ['rules', 'sends-a-day'], { on: 'key', of: 'sends', most: 1, windowMinutes: 1440 });
  let asked = 100;
  await until('it is in force', async () => {
    asked += 1;
    const { id } = await roost.createVerification(numberNo(asked));
    return (await readingOf(roost, id, 'sends-a-day', roost.testKey)) !== undefined;
  });
  assert.equal((await roost.send('+31612340001')).status, 201);
  const refused = await roost.send('+31612350002');
  assert.equal(refused.status, 422, refused.text);
  const decision = refused.headers.get('roost-decision') ?? '';
  const told = await roost.call('GET', `/v1/verifications/${decision}/decision`, { key: roost.liveKey });
  assert.equal(told.body.rule, 'sends-a-day');
  await roost.stop();
  const again = await startRoost(t, {
    folder: roost.folder,
    env: {
      ROOST_CONFIG: `${roost.folder}/roost.config.json`,
      ROOST_PUBLIC_URL: 'https://verify.example.com',
    },
  });
  const live = { key: roost.liveKey, json: { recipient: '+31612360003', timeout: 300 } };
  assert.equal((await again.call('POST', '/verify', live)).status, 422);
});

test('a monitored draft is judged and written down beside the rule in force, and refuses nothing', async (t) => {
  const roost = await startGuarded(t, {});
  const deps = editingOf(roost);
  const change = { path: ['rules', 'recipient-hour'], entry: { most: 0 }, was: '' };
  const { draft } = done(await editDraft(deps, null, GUARD, [change]));
  assert.equal((await roost.send('+31612340000')).status, 201, 'a draft that is kept is nothing to anybody');
  done(await monitorDraft(deps, null, GUARD, { number: draft?.number ?? 0, state: 'monitored' }));
  let asked = 100;
  await until('it is judged beside', async () => {
    asked += 1;
    const { id } = await roost.createVerification(numberNo(asked));
    return (await readingOf(roost, id, 'draft-recipient-hour', roost.testKey)) !== undefined;
  });
  const { status, body } = await roost.send('+31612350001');
  assert.equal(status, 201, 'a draft refuses nothing');
  const reading = await readingOf(roost, body.id, 'draft-recipient-hour', roost.liveKey);
  assert.equal(reading?.verdict, 'would-refuse');
});

test('one project goes by what is set for it over what is set for all, and by the file where neither says anything', async (t) => {
  const roost = await startGuarded(t, { rules: { 'key-day': { most: 77 } } });
  const mine: LayerKey = { part: 'guard', projectId: 'default' };
  await put(roost, GUARD, ['rules', 'key-day'], { most: 66 });
  await put(roost, GUARD, ['rules', 'recipient-day'], { most: 9 });
  await put(roost, mine, ['rules', 'key-day'], { most: 55 });
  let asked = 100;
  const readings = async () => {
    asked += 1;
    const { id } = await roost.createVerification(numberNo(asked));
    const most = async (rule: string) => (await readingOf(roost, id, rule, roost.testKey)).most;
    return [await most('key-day'), await most('recipient-day'), await most('recipient-hour')].join(' ');
  };
  let told = '';
  await until('all is in force', async () => {
    told = await readings();
    return told.startsWith('55 ');
  });
  assert.equal(told, '55 9 5');
});

test('a stored layer that nobody can read keeps no node from starting: it is left out and told', async (t) => {
  const roost = await startRoost(t);
  const { store } = roost.roost;
  const more = { author: null, note: '', version: 1, draft: null, draftNumber: 1 };
  await store.transaction(async (tx) => {
    const add = (key: LayerKey, document: object | null) =>
      tx.insert(tables.layers, { ...key, ...more, document: document as LayerDocument, atMs: tx.nowMs });
    add(GUARD, { rules: { 'key-day': { most: 44 } } });
    add({ part: 'guard', projectId: 'broken' }, null);
    add({ part: 'templates', projectId: 'broken' }, null);
    add({ part: 'templates', projectId: 'constructor' }, { sms: { nl: 'Uw code is %token' } });
  });
  await roost.stop();
  const again = await startRoost(t, { folder: roost.folder });
  const { id } = await again.createVerification(numberNo(1));
  assert.equal((await readingOf(again, id, 'key-day', again.testKey)).most, 44);
  const told = again.logged.filter((line) => line.includes('layers.unfit'));
  assert.ok(told.some((line) => line.includes('"broken"')));
  assert.ok(!told.some((line) => line.includes('constructor')), 'a project may be called so');
});

test('what does not fit the configuration file any more is left out and told, and the rest holds', async (t) => {
  const roost = await startRoost(t);
  const { store } = roost.roost;
  await store.transaction(async (tx) => {
    const document = { rules: { 'calls-a-day': { most: 5 }, 'key-day': { most: 44 } } };
    const version = { ...GUARD, version: 1, document, author: null, atMs: tx.nowMs, note: '' };
    tx.insert(tables.layerVersions, version);
    tx.insert(tables.layers, { ...version, draft: null, draftNumber: 1 });
  });
  await roost.stop();
  const again = await startRoost(t, { folder: roost.folder });
  const { id } = await again.createVerification(numberNo(1));
  assert.equal((await readingOf(again, id, 'key-day', again.testKey)).most, 44);
  assert.equal(await readingOf(again, id, 'calls-a-day', again.testKey), undefined);
  assert.ok(again.logged.some((line) => line.includes('layers.unfit') && line.includes('calls-a-day')));
  const reader = await signedIn(again, 'reader');
  const { text } = await reader.get('/console/guard/changes/_all');
  assert.match(text, /does not fit it any more[\s\S]*guard\.rules\.calls-a-day: there is no such setting/);
});
