import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom } from '../kernel/random.ts';
import { readAccessKey, writeAccessKey } from './access-key.ts';

const written = (mode: 'live' | 'test') => writeAccessKey(mode, systemRandom.below);

test('a key that Roost writes is read back with its mode and public id, and no two are alike', () => {
  const seen = new Set<string>();
  for (let i = 0; i < 500; i += 1) {
    const mode = i % 2 === 0 ? 'live' : 'test';
    const key = written(mode);
    assert.match(key, new RegExp(`^${mode}_rst[0-9A-Za-z]{46}$`));
    const read = readAccessKey(key);
    assert.equal(read?.mode, mode);
    assert.equal(read?.id, key.slice(8, 16));
    assert.equal(read?.digest.length, 32);
    assert.ok(!key.includes(read.digest.toString('hex')));
    seen.add(key);
  }
  assert.equal(seen.size, 500);
});

test('every slip of one character in a key of Roost`s is noticed without asking the database', () => {
  const key = written('live');
  for (let i = 8; i < key.length; i += 1) {
    const slipped = key.slice(0, i) + (key[i] === 'x' ? 'y' : 'x') + key.slice(i + 1);
    assert.equal(readAccessKey(slipped), null, `at ${i}`);
  }
});

test('keys in use elsewhere are taken, from 20 letters and digits on; their id is not their text', () => {
  const key = `test_${'A1b2'.repeat(5)}`;
  const read = readAccessKey(key);
  assert.equal(read?.mode, 'test');
  assert.match(read?.id ?? '', /^[0-9a-f]{10}$/);
  for (const bad of [
    '',
    'live_',
    `live_${'a'.repeat(19)}`,
    `live_${'a'.repeat(129)}`,
    `Live_${'a'.repeat(25)}`,
  ])
    assert.equal(readAccessKey(bad), null, bad);
  for (const bad of [
    `${'a'.repeat(30)}`,
    `live-${'a'.repeat(25)}`,
    ` ${key}`,
    `${key}\n`,
    `live_${'é'.repeat(25)}`,
  ])
    assert.equal(readAccessKey(bad), null, bad);
});

test('the live and the test key of the same secret are two keys', () => {
  const secret = 'z'.repeat(25);
  assert.notDeepEqual(readAccessKey(`live_${secret}`)?.digest, readAccessKey(`test_${secret}`)?.digest);
});
