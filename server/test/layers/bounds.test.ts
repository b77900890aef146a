import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dropDraft, editDraft } from '../../src/app/layers/edit.ts';
import { forgetDroppedDrafts } from '../../src/app/layers/forget.ts';
import { readLayer } from '../../src/app/layers/read.ts';
import { type LayerDraft, MOST_LAYERS, noLayer } from '../../src/domain/layer.ts';
import { tables } from '../../src/store/store.ts';
import { startNodes } from '../nodes/nodes.ts';
import { type Scope, type StartedRoost, startRoost } from '../support/roost.ts';
import { done, editingOf, put } from './editing.ts';

const HOUR_MS = 3_600_000;
const KEY_DAY = ['rules', 'key-day'];
const CHANGE = [{ path: KEY_DAY, entry: { most: 7 }, was: '' }];
const DRAFT: LayerDraft = {
  ...{ number: 1, base: 0, state: 'kept', document: {}, author: null, atMs: 0 },
};
const PARTS = ['guard', 'routes', 'templates'] as const;

const STARTS: readonly [name: string, start: (t: Scope) => Promise<readonly StartedRoost[]>][] = [
  ['one node on SQLite', async (t) => [await startRoost(t)]],
  [
    'two nodes on PostgreSQL',
    async (t) => {
      const { one, other } = await startNodes(t);
      return [one, other];
    },
  ],
];

for (const [name, start] of STARTS) {
  describe(`the bound of layers, ${name}`, () => {
    // Stops the check that is done before the lock: 200 who begin at once must not all find room for one.
    test('of 200 drafts that are begun at once as many are kept as there is room for', async (t) => {
      const nodes = await start(t);
      const [first] = nodes;
      assert.ok(first !== undefined);
      const { store } = first.roost;
      const room = 30;
      await store.transaction(async (tx) => {
        for (let i = 0; i < MOST_LAYERS - room; i += 1) {
          const key = { part: PARTS[i % 3] ?? 'guard', projectId: `p${i}` };
          tx.insert(tables.layers, { ...noLayer(key), draft: DRAFT, draftNumber: 1 });
        }
      });
      const deps = nodes.map(editingOf);
      const begun = await Promise.all(
        Array.from({ length: 200 }, (_, i) => {
          const by = deps[i % deps.length];
          assert.ok(by !== undefined);
          return editDraft(by, null, { part: 'guard', projectId: `new-${i}` }, CHANGE);
        }),
      );
      assert.equal(begun.filter(({ kind }) => kind === 'done').length, room);
      const refused = begun.filter((one) => one.kind === 'refused');
      assert.equal(refused.length, 200 - room);
      assert.match(refused[0]?.problems[0] ?? '', /1000 parts of projects already/);
      assert.equal((await store.read.list(tables.allLayers, {}, store.nowMs())).length, MOST_LAYERS);
    });
  });
}

test('what is left of a dropped draft goes a day later, and nothing else does', async (t) => {
  const roost = await startRoost(t);
  const deps = editingOf(roost);
  const key = (projectId: string) => ({ part: 'guard', projectId }) as const;
  const draft = async (projectId: string) => done(await editDraft(deps, null, key(projectId), CHANGE));
  await put(roost, key('*'), KEY_DAY, { most: 5 });
  await draft('kept');
  const { draft: made } = await draft('dropped');
  done(await dropDraft(deps, null, key('dropped'), made?.number ?? 0));
  const names = async () =>
    (await deps.store.read.list(tables.allLayers, {}, 0)).map(({ projectId }) => projectId).sort();
  roost.clock.advance(23 * HOUR_MS);
  assert.equal(await forgetDroppedDrafts(deps), 0, 'a page that shows the draft may still be open');
  const again = await draft('dropped');
  assert.equal(again.draft?.number, 2, 'so the number goes on');
  done(await dropDraft(deps, null, key('dropped'), 2));
  roost.clock.advance(25 * HOUR_MS);
  assert.equal(await forgetDroppedDrafts(deps), 1);
  assert.deepEqual(await names(), ['*', 'kept']);
  assert.equal((await readLayer(deps, key('*'))).version, 1);
});
