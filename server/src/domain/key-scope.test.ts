import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../kernel/failure.ts';
import {
  EVERY_SCOPE,
  hasScope,
  KEY_SCOPES,
  type KeyScope,
  keptKeyScopes,
  maskOf,
  readKeyScopes,
  writeKeyScopes,
} from './key-scope.ts';

const names = Object.keys(KEY_SCOPES) as KeyScope[];

test('every set of scopes opens exactly its own, also after it was kept and read again', () => {
  for (let bits = 1; bits < 1 << names.length; bits += 1) {
    const wanted = names.filter((_, i) => (bits & (1 << i)) !== 0);
    const mask = maskOf(keptKeyScopes(writeKeyScopes(readKeyScopes(wanted))));
    assert.deepEqual(
      names.filter((name) => hasScope(mask, name)),
      wanted,
    );
  }
});

test('all of the scopes are every scope, later ones too, and a key from before there were any has every one', () => {
  assert.equal(readKeyScopes(names), null);
  assert.equal(maskOf(keptKeyScopes(null)), EVERY_SCOPE);
  for (const name of names) assert.ok(hasScope(EVERY_SCOPE, name));
});

test('a scope that a newer Roost wrote down opens nothing here, not even when it is the only one', () => {
  assert.deepEqual(keptKeyScopes('later verify'), ['verify']);
  assert.equal(maskOf(keptKeyScopes('later')), 0);
  assert.equal(maskOf(keptKeyScopes('')), 0);
});

test('no scope, an unknown one or one of every object is refused in words that list those there are', () => {
  for (const bad of [[], ['verify', 'nope'], ['toString'], ['__proto__'], ['Verify'], ['']])
    assert.throws(
      () => readKeyScopes(bad),
      (error: Error) => error instanceof Failure && error.message.includes(names.join(', ')),
    );
});
