import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { backupKeyring, newBackupKeys, withoutKey } from './backup-keys.ts';
import type { RecipientKey } from './scope.ts';

const about = (i: number): RecipientKey => ({
  ...{ projectId: 'default', mode: 'live' as const },
  recipientKey: i.toString(16).padStart(32, '0'),
});
const fresh = () => newBackupKeys(randomBytes(32), randomBytes(32));

test('each recipient has a key of its own, in each mode and project, and always the same', () => {
  const keys = fresh();
  const ring = backupKeyring(keys);
  const all = Array.from({ length: 300 }, (_, i) => ring.keyFor(about(i)).key.toString('hex'));
  assert.equal(new Set(all).size, 300);
  assert.deepEqual(backupKeyring(keys).keyFor(about(7)), ring.keyFor(about(7)));
  assert.notDeepEqual(ring.keyFor({ ...about(7), mode: 'test' }).way, ring.keyFor(about(7)).way);
});

test('the key that was taken away is found by no way, and all others stay as they were', () => {
  const before = fresh();
  const was = backupKeyring(before);
  let keys = before;
  for (let i = 0; i < 50; i += 1) keys = withoutKey(keys, about(i * 3));
  const ring = backupKeyring(keys);
  for (let i = 0; i < 200; i += 1) {
    const { way, key } = was.keyFor(about(i));
    const isGone = i % 3 === 0 && i < 150;
    assert.deepEqual(ring.keyAt(way), isGone ? null : key, String(i));
  }
});

// Whoever holds what is left must not be able to compute what was taken away.
test('nothing that is kept leads to a key that was taken away: no root stands on its way', () => {
  const keys = fresh();
  const { way } = backupKeyring(keys).keyFor(about(1));
  const roots = Object.keys(withoutKey(keys, about(1)).roots);
  assert.deepEqual(
    roots.filter((root) => way.startsWith(root)),
    [],
  );
  assert.equal(roots.length, 60);
});

test('whoever comes again after being erased gets another key, which the next erasing takes away too', () => {
  let keys = fresh();
  const seen: string[] = [];
  for (let i = 0; i < 5; i += 1) {
    seen.push(backupKeyring(keys).keyFor(about(1)).way);
    keys = withoutKey(keys, about(1));
  }
  assert.equal(new Set(seen).size, 5);
  for (const way of seen) assert.equal(backupKeyring(keys).keyAt(way), null);
});

test('a way that is none has no key', () => {
  const ring = backupKeyring(fresh());
  for (const way of ['', '0', '4'.repeat(20), '0'.repeat(21), 'x'.repeat(20)])
    assert.equal(ring.keyAt(way), null);
});

test('what is left of the tree stays below its bound, and each erasure adds less than the ones before', () => {
  let keys = newBackupKeys(Buffer.alloc(32, 1), Buffer.alloc(32, 2));
  const most = 64;
  const sizes = [0];
  for (let n = 1; n <= most; n += 1) {
    keys = withoutKey(keys, { projectId: 'default', mode: 'live', recipientKey: `r${n}` });
    sizes.push(Object.keys(keys.roots).length);
  }
  const [first = 0, half = 0, all = 0] = [sizes[1], sizes[most / 2], sizes[most]];
  assert.equal(first, 60);
  assert.ok(all <= 3 * most * (20 - Math.log(most) / Math.log(4)), `${all} roots`);
  assert.ok(all - half < half, 'the second half added less than the first');
});
