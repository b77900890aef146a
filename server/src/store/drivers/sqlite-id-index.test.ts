import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { IdIndex } from './sqlite-id-index.ts';

const hex = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

test('over 60,000 random steps it holds what a map of lists holds', () => {
  const index = new IdIndex();
  const model = new Map<string, Set<string>>();
  let seed = 7;
  const below = (most: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % most;
  };
  for (let i = 0; i < 60_000; i += 1) {
    const bucket = `default live ${hex(`bucket ${below(9_000)}`)}`;
    const id = hex(`id ${below(12)}`);
    const held = model.get(bucket) ?? new Set();
    if (below(100) < 60) {
      index.add(bucket, id);
      model.set(bucket, held.add(id));
    } else {
      index.remove(bucket, id);
      held.delete(id);
    }
    if (i === 40_000) {
      index.clear();
      model.clear();
    }
  }
  for (const [bucket, held] of model) assert.deepEqual(index.of(bucket).sort(), [...held].sort());
  assert.deepEqual(index.of(`default live ${hex('a stranger')}`), []);
});

test('ids that begin with zeros come back as they were', () => {
  const index = new IdIndex();
  const ids = ['0'.repeat(32), `${'0'.repeat(31)}1`, 'f'.repeat(32)];
  for (const id of ids) index.add('bucket', id);
  assert.deepEqual(index.of('bucket'), ids);
});
