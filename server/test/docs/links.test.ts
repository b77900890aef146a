import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { markdownFiles, ROOT, readText } from './markdown.ts';

/** A page without what only looks like a link or a heading: its code. */
const prose = (file: string): string =>
  readText(file)
    .replace(/^(```|~~~)[\s\S]*?^\1$/gm, '')
    .replace(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ''));

/** The anchors of a page, as GitHub makes them from its headings. */
function anchorsOf(file: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of prose(file).matchAll(/^#{1,6} (.*)$/gm)) {
    const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = text.replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-');
    let name = anchor;
    for (let again = 1; anchors.has(name); again += 1) name = `${anchor}-${again}`;
    anchors.add(name);
  }
  return anchors;
}

const links = markdownFiles().flatMap((file) =>
  [...prose(file).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target ?? '')
    .filter((target) => !/^[a-z]+:/i.test(target))
    .map((target) => ({ file, target })),
);

test('every relative link and picture in the documents leads to a file of the repository', () => {
  assert.ok(links.length > 40);
  const broken = links.filter(({ file, target }) => {
    const [path = ''] = target.split('#');
    const full = join(ROOT, dirname(file), path);
    return path !== '' && (relative(ROOT, full).startsWith('..') || !existsSync(full));
  });
  assert.deepEqual(broken, []);
});

test('every anchor in the documents is a heading of the page it leads to', () => {
  const broken = links.filter(({ file, target }) => {
    const [path, anchor] = target.split('#');
    if (anchor === undefined) return false;
    const page = path === '' || path === undefined ? file : join(dirname(file), path);
    return !existsSync(join(ROOT, page)) || !anchorsOf(page).has(anchor);
  });
  assert.deepEqual(broken, []);
});

test('every page of the documents can be reached from the README', () => {
  const reached = new Set<string>();
  const visit = (file: string) => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const link of links.filter((each) => each.file === file)) {
      const target = join(dirname(file), link.target.split('#')[0] ?? '');
      if (target.endsWith('.md') && existsSync(join(ROOT, target))) visit(target);
    }
  };
  visit('README.md');
  assert.deepEqual(
    markdownFiles().filter((file) => file.startsWith('docs/') && !reached.has(file)),
    [],
  );
});
