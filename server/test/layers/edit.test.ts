import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draftVersion, dropDraft, editDraft, monitorDraft, publishDraft } from '../../src/app/layers/edit.ts';
import { readCounting, readLayer, versionsOf } from '../../src/app/layers/read.ts';
import { judgedOf, MOST_LAYERS, MOST_VERSIONS } from '../../src/domain/layer.ts';
import { tables } from '../../src/store/store.ts';
import { startRoost } from '../support/roost.ts';
import { done, editingOf, put } from './editing.ts';

const GUARD = { part: 'guard', projectId: '*' } as const;
const KEY_DAY = ['rules', 'key-day'];

test('a draft changes nothing in force, and published it is the next version with who, when and why', async (t) => {
  const roost = await startRoost(t);
  const deps = editingOf(roost);
  const entry = { most: 5 };
  const drafted = done(await editDraft(deps, 'ann', GUARD, [{ path: KEY_DAY, entry, was: '' }]));
  assert.deepEqual([drafted.version, drafted.document], [0, {}]);
  assert.deepEqual(drafted.draft?.document, { rules: { 'key-day': entry } });
  const seen = { number: drafted.draft?.number ?? 0, version: 0, note: ' a quiet shop ' };
  const published = done(await publishDraft(deps, 'bob', GUARD, seen));
  assert.equal(published.draft, null);
  const [newest] = await versionsOf(deps, GUARD);
  assert.deepEqual(
    [newest?.version, newest?.author, newest?.note, newest?.document],
    [1, 'bob', 'a quiet shop', { rules: { 'key-day': entry } }],
  );
});

// Stops the lost update: two operators who begin from the same page must not overwrite one another unawares.
test('of two changes of one entry the second is told, and of two entries both are kept', async (t) => {
  const deps = editingOf(await startRoost(t));
  const change = (path: readonly string[], entry: unknown) =>
    editDraft(deps, null, GUARD, [{ path, entry, was: '' }]);
  const [one, other, beside] = await Promise.all([
    change(KEY_DAY, { most: 5 }),
    change(KEY_DAY, { most: 6 }),
    change(['countries'], ['NL']),
  ]);
  assert.deepEqual([one.kind, other.kind, beside.kind].sort(), ['done', 'done', 'stale']);
  const { draft } = await readLayer(deps, GUARD);
  assert.deepEqual(draft?.document.countries, ['NL']);
});

test('nobody publishes, monitors or drops a draft, or replaces a version, that they have not seen', async (t) => {
  const roost = await startRoost(t);
  const deps = editingOf(roost);
  await put(roost, GUARD, KEY_DAY, { most: 5 });
  const before = done(
    await editDraft(deps, null, GUARD, [{ path: KEY_DAY, entry: { most: 6 }, was: '{"most":5}' }]),
  );
  const old = before.draft?.number ?? 0;
  const after = done(
    await editDraft(deps, null, GUARD, [{ path: KEY_DAY, entry: { most: 7 }, was: '{"most":6}' }]),
  );
  const now = after.draft?.number ?? 0;
  const stale = await Promise.all([
    publishDraft(deps, null, GUARD, { number: old, version: 1, note: '' }),
    publishDraft(deps, null, GUARD, { number: now, version: 0, note: '' }),
    monitorDraft(deps, null, GUARD, { number: old, state: 'monitored' }),
    dropDraft(deps, null, GUARD, old),
    draftVersion(deps, null, GUARD, 1),
  ]);
  assert.deepEqual(new Set(stale.map(({ kind }) => kind)), new Set(['stale']));
  assert.deepEqual(await readLayer(deps, GUARD), after);
});

test('a draft that is changed goes on being monitored as it was, and one that says what is in force is none', async (t) => {
  const deps = editingOf(await startRoost(t));
  const { draft } = done(
    await editDraft(deps, null, GUARD, [{ path: KEY_DAY, entry: { most: 6 }, was: '' }]),
  );
  const number = draft?.number ?? 0;
  assert.equal(
    done(await monitorDraft(deps, null, GUARD, { number, state: 'monitored' })).draft?.state,
    'monitored',
  );
  const change = { path: KEY_DAY, entry: { most: 7 }, was: '{"most":6}' };
  const changed = done(await editDraft(deps, null, GUARD, [change])).draft;
  const most = (of: number) => ({ rules: { 'key-day': { most: of } } });
  assert.deepEqual([changed?.document, changed && judgedOf(changed)], [most(7), most(6)]);
  const again = { number: changed?.number ?? 0, state: 'monitored' } as const;
  assert.deepEqual(judgedOf(done(await monitorDraft(deps, null, GUARD, again)).draft), most(7));
  const same = { path: KEY_DAY, entry: undefined, was: '{"most":7}' };
  const taken = done(await editDraft(deps, null, GUARD, [same])).draft;
  assert.deepEqual(
    judgedOf(taken),
    most(7),
    'taking a change back ends nothing without a fresh factor either',
  );
  const ended = { number: taken?.number ?? 0, state: 'kept' } as const;
  assert.equal(judgedOf(done(await monitorDraft(deps, null, GUARD, ended)).draft), null);
  const other = { path: KEY_DAY, entry: { most: 7 }, was: '' };
  assert.equal(done(await editDraft(deps, null, GUARD, [other])).draft?.state, 'kept');
  const back = { path: KEY_DAY, entry: undefined, was: '{"most":7}' };
  assert.equal(done(await editDraft(deps, null, GUARD, [back])).draft, null);
});

test('a version that was in force before becomes a draft again, that of the file alone too', async (t) => {
  const roost = await startRoost(t);
  const deps = editingOf(roost);
  await put(roost, GUARD, KEY_DAY, { most: 5 });
  await put(roost, GUARD, KEY_DAY, { most: 6 });
  const again = done(await draftVersion(deps, null, GUARD, 1));
  assert.deepEqual(again.draft?.document, { rules: { 'key-day': { most: 5 } } });
  done(await dropDraft(deps, null, GUARD, again.draft?.number ?? 0));
  assert.deepEqual(done(await draftVersion(deps, null, GUARD, 0)).draft?.document, {});
});

test('a mistake is told by its place as in the file, and nothing is kept of it', async (t) => {
  const deps = editingOf(await startRoost(t));
  const problemsOf = async (path: readonly string[], entry: unknown) => {
    const edited = await editDraft(deps, null, GUARD, [{ path, entry, was: '' }]);
    return edited.kind === 'refused' ? edited.problems : [];
  };
  assert.deepEqual(await problemsOf(KEY_DAY, { most: -1 }), [
    'guard.rules.key-day.most: set a whole number from 0 to 1000000000',
  ]);
  assert.match(
    (await problemsOf(['rules', 'key-dey'], { most: 1 }))[0] ?? '',
    /did you mean guard\.rules\.key-day/,
  );
  assert.match((await problemsOf(['countries'], ['nl']))[0] ?? '', /guard\.countries: set countries/);
  assert.match((await problemsOf(['drafts'], {}))[0] ?? '', /guard\.drafts: there is no such setting/);
  assert.match(
    (await problemsOf(['rules', 'draft-x'], { on: 'key', most: 1 }))[0] ?? '',
    /draft-x: name it otherwise/,
  );
  assert.match((await problemsOf(['rules', 'key-day'], 'x'.repeat(200_001)))[0] ?? '', /too long/);
  assert.deepEqual(await deps.store.read.list(tables.allLayers, {}, 0), []);
});

test('layers and their versions are bounded, and nodes read none that is only a draft', async (t) => {
  const roost = await startRoost(t);
  const deps = editingOf(roost);
  await put(roost, GUARD, KEY_DAY, { most: 5 });
  const { store } = roost.roost;
  await store.transaction(async (tx) => {
    const [known] = await tx.list(tables.allLayers, {});
    assert.ok(known !== undefined);
    tx.update(tables.layers, { ...known, version: MOST_VERSIONS });
    for (let i = 1; i < MOST_LAYERS; i += 1) {
      const draft = { number: 1, base: 0, state: 'kept', document: {}, author: null, atMs: 0 } as const;
      tx.insert(tables.layers, { ...known, projectId: `p${i}`, version: 0, document: {}, draft });
    }
  });
  assert.equal((await readCounting({ store })).length, 1);
  await put(roost, GUARD, KEY_DAY, { most: 6 });
  const versions = (await versionsOf({ store }, GUARD)).map(({ version }) => version);
  assert.deepEqual(versions, [MOST_VERSIONS + 1], 'the first one is gone');
  const one = { part: 'guard', projectId: 'one-more' } as const;
  const edited = await editDraft(deps, null, one, [{ path: KEY_DAY, entry: { most: 7 }, was: '' }]);
  assert.equal(edited.kind, 'refused');
  assert.match(edited.kind === 'refused' ? (edited.problems[0] ?? '') : '', /set it for every project/);
});

test('every step is in the audit log', async (t) => {
  const roost = await startRoost(t);
  const deps = editingOf(roost);
  await put(roost, GUARD, KEY_DAY, { most: 5 });
  const { draft } = done(await draftVersion(deps, 'ann', GUARD, 0));
  const number = draft?.number ?? 0;
  done(await monitorDraft(deps, 'ann', GUARD, { number, state: 'monitored' }));
  done(await dropDraft(deps, 'ann', GUARD, number));
  const entries = await roost.roost.store.read.audit.since({ sinceMs: 0, limit: 100 });
  const told = entries.filter(({ action }) => action.startsWith('guard.'));
  assert.deepEqual(told.map(({ action, object, result }) => `${action} ${object} ${result}`).sort(), [
    'guard.dropped * draft 2',
    'guard.edited * as version 0',
    'guard.edited * rules.key-day.most',
    'guard.enforced * version 1',
    'guard.monitored * draft 2',
  ]);
});
