import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bare, codesIn, ROOT, readText, rowsOf, sectionOf } from './markdown.ts';

const PLACES = /^(server|client|birdbank|bench|docs|examples|scripts|testing)\/|^[\w.]+\.(json|md)$/;

for (const page of ['docs/architecture.md', 'docs/threat-model.md']) {
  test(`every path that ${page} names is there`, () => {
    const paths = codesIn(readText(page)).filter((code) => PLACES.test(code));
    assert.ok(paths.length > 20);
    assert.deepEqual(
      paths.filter((path) => !existsSync(join(ROOT, path))),
      [],
    );
  });
}

test('the floors in the table, and what each may import, are those that are held', () => {
  const source = readText('testing/floors.ts');
  const table = /const FLOORS[^=]*= \{([\s\S]*?)\n\};/.exec(source)?.[1] ?? '';
  const held = [...table.matchAll(/^ {2}(\w+): \[(.*)\],$/gm)].map(([, floor, open = '']) => [
    floor,
    [...open.matchAll(/'([^']+)'/g)].map(([, name]) => name),
  ]);
  const documented = rowsOf(sectionOf(readText('docs/architecture.md'), 'The house')).map(
    ([floor, , open]) => [bare(floor), codesIn(open ?? '')],
  );
  assert.ok(held.length >= 10);
  assert.deepEqual(documented, held);
});

test('every threat is told with what is done about it and a test that is there', () => {
  const rows = rowsOf(readText('docs/threat-model.md'));
  assert.ok(rows.length >= 20);
  for (const [threat, defence, tests = ''] of rows) {
    assert.ok(threat && defence);
    const files = codesIn(tests);
    assert.ok(files.length > 0, threat);
    for (const file of files) assert.match(file, /\.test\.ts$/, threat);
  }
});
