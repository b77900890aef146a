import assert from 'node:assert/strict';
import test from 'node:test';
import { readGuard } from '../../src/config/guard.ts';
import { startRoost } from '../support/roost.ts';
import { signedIn } from './visitor.ts';

// Stops a name that every object of JavaScript has from being taken for one that is set.
test('a project, a rule and a text may be named as something that all objects have', async (t) => {
  const roost = await startRoost(t);
  const owner = await signedIn(roost, 'owner');
  for (const path of [
    '/console/templates?project=constructor',
    ...['sms/nl', 'usual'].map((what) => `/console/templates/edit/constructor/${what}`),
    ...['guard', 'routes', 'templates'].map((room) => `/console/${room}/changes/constructor`),
    ...['/console/routes/of/constructor', '/console/guard/rules/constructor'],
  ]) {
    assert.equal((await owner.get(path)).status, 200, path);
  }
  assert.equal((await owner.get('/console/guard/rules/_all/constructor')).status, 404);
  const rule = { id: 'constructor', on: 'key', of: 'sends', most: '7', mode: 'enforce' };
  const made = await owner.post('/console/guard/rules/_all/_new', rule);
  assert.equal(made.status, 303, made.text);
  assert.match((await owner.get('/console/guard/changes/_all')).text, /constructor/);
  assert.equal((await owner.get('/console/guard/rules/_all/constructor')).status, 200);
});

test('a rule of the file may not be named as drafts are', () => {
  const problems: string[] = [];
  const rules = readGuard({ rules: { 'draft-x': { on: 'key', most: 1 } } }, problems);
  assert.deepEqual(problems, ['guard.rules.draft-x: name it otherwise: drafts are called so']);
  assert.ok(!rules.some(({ id }) => id === 'draft-x'));
});
