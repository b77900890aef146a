import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from './did-you-mean.ts';

const NAMES = ['ROOST_HOST', 'ROOST_PORT', 'ROOST_DATA', 'ROOST_SECRET_KEY'];

test('a slip of the finger finds its name, in any case', () => {
  assert.equal(nearest('ROOST_PROT', NAMES), 'ROOST_PORT');
  assert.equal(nearest('roost_dta', NAMES), 'ROOST_DATA');
  assert.equal(nearest('ROOST_SECRETKEY', NAMES), 'ROOST_SECRET_KEY');
});

test('what is near to nothing is not guessed at', () => {
  assert.equal(nearest('COMPLETELY_OTHER', NAMES), null);
  assert.equal(nearest('X', []), null);
});
