import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { test } from 'node:test';
import { ROOT, readText } from './markdown.ts';

type Snippet = { readonly place: string; readonly code: string };

/** Blocks such as ```` ```ts file=birdbank/src/app.ts#routes ````. */
const snippetsIn = (markdown: string): Snippet[] =>
  [...markdown.matchAll(/^```\w+ file=(\S+)\n([\s\S]*?)^```$/gm)].map(([, place = '', code = '']) => ({
    place,
    code,
  }));

/** The lines between `// #region name` and `// #endregion`, without what all of them are indented by. */
function regionsIn(source: string): Map<string, string> {
  const found = source.matchAll(/^ *\/\/ #region (\w+)\n([\s\S]*?)^ *\/\/ #endregion$/gm);
  return new Map([...found].map(([, name = '', code = '']) => [name, dedented(code)]));
}

function dedented(code: string): string {
  const lines = code.split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  const indent = Math.min(...indents);
  return lines.map((line) => line.slice(indent)).join('\n');
}

const GUIDE = readText('docs/guide.md');

test('every snippet of the guide is what stands in the file that it names', () => {
  const snippets = snippetsIn(GUIDE);
  assert.ok(snippets.length >= 10);
  for (const { place, code } of snippets) {
    const [file = '', name = ''] = place.split('#');
    const region = regionsIn(readText(file)).get(name);
    assert.ok(region !== undefined, `${file} has no region ${name}`);
    assert.equal(code, region, place);
  }
});

test('every region of BirdBank is shown in the guide, and every block of TypeScript names its file', () => {
  const shown = new Set(snippetsIn(GUIDE).map(({ place }) => place));
  const files = globSync('birdbank/src/**/*.ts', { cwd: ROOT }).map((file) => file.replaceAll('\\', '/'));
  const regions = files.flatMap((file) =>
    [...regionsIn(readText(file)).keys()].map((name) => `${file}#${name}`),
  );
  assert.deepEqual(
    regions.filter((place) => !shown.has(place)),
    [],
  );
  assert.doesNotMatch(GUIDE, /^```(?:ts|js)$/m);
});

test('a snippet that differs from its file in one character is found', () => {
  const code = 'const a = 1;\n  const b = 2;\n';
  const source = `// before\n  // #region one\n  const a = 1;\n    const b = 2;\n  // #endregion\n`;
  assert.equal(regionsIn(source).get('one'), code);
  assert.notEqual(regionsIn(source.replace('2', '3')).get('one'), code);
  assert.deepEqual(snippetsIn(`\`\`\`ts file=x.ts#one\n${code}\`\`\`\n`), [{ place: 'x.ts#one', code }]);
});
