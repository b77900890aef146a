import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { entryAt, isTooLong, layerChanges, textOfEntry, withEntry } from './layer.ts';

const name = fc.constantFrom('a', 'b', 'c', 'constructor');
const leaf = fc.oneof(fc.integer(), fc.string(), fc.array(fc.integer(), { maxLength: 2 }));
const document = fc.dictionary(name, fc.dictionary(name, leaf, { minKeys: 1 }));

test('what was put at a place is found there, and nothing beside it has changed', () => {
  fc.assert(
    fc.property(document, name, name, leaf, (before, one, other, entry) => {
      const after = withEntry(before, [one, other], entry);
      assert.deepEqual(entryAt(after, [one, other]), entry);
      const changed = layerChanges(before, after).map(({ path }) => path);
      assert.ok(
        changed.every((path) => path === `${one}.${other}`),
        changed.join(' '),
      );
    }),
  );
});

test('what is taken away leaves nothing empty behind, and a document without it is as if it had never been', () => {
  fc.assert(
    fc.property(document, name, name, leaf, (before, one, other, entry) => {
      const without = withEntry(before, [one, other], undefined);
      assert.equal(entryAt(without, [one, other]), undefined);
      const again = withEntry(withEntry(without, [one, other], entry), [one, other], undefined);
      assert.equal(textOfEntry(again), textOfEntry(without));
    }),
  );
});

test('two documents say the same whatever the order of their names, and lists only in their order', () => {
  assert.equal(
    textOfEntry({ a: 1, b: { c: [1, 2], d: null } }),
    textOfEntry({ b: { d: null, c: [1, 2] }, a: 1 }),
  );
  assert.notEqual(textOfEntry({ a: [1, 2] }), textOfEntry({ a: [2, 1] }));
  assert.notEqual(textOfEntry({ a: '1' }), textOfEntry({ a: 1 }));
});

test('a change is told by its place, with what was and what is there', () => {
  const before = { rules: { 'key-day': { most: 5 } }, countries: ['NL'] };
  const after = { rules: { 'key-day': { most: 6, mode: 'monitor' } }, money: { perDay: 1 } };
  assert.deepEqual(layerChanges(before, after), [
    { path: 'rules.key-day.most', from: 5, to: 6 },
    { path: 'rules.key-day.mode', from: null, to: 'monitor' },
    { path: 'countries', from: ['NL'], to: null },
    { path: 'money.perDay', from: null, to: 1 },
  ]);
});

test('a name that every object has is no entry', () => {
  assert.equal(entryAt({}, ['constructor', 'name']), undefined);
  assert.equal(isTooLong({ a: 'x'.repeat(200_000) }), true);
});
