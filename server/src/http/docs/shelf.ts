import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';
import type { Resolve } from './inline.ts';

/** The documents of the project, as they lie beside the server. */
export type Shelf = {
  /** Pages by their names, such as `guide` and `providers/smtp`, in the order in which they are listed. */
  readonly pages: ReadonlyMap<string, string>;
  picture(name: string): Buffer | null;
  /** Addresses for the links of a page. */
  resolver(page: string): Resolve;
};

const README = 'README';
/** First in the list; all others follow by name. */
const FIRST = [
  README,
  'guide',
  'console',
  'wire',
  'factors',
  'payments',
  'messages',
  'errors',
  'webhooks',
  'guard',
];
const PICTURE = /^[a-z0-9-]+\.png$/;

/** Reads every page once. Without documents, as in a package that left them out, the shelf is empty. */
export function readShelf(root: string = resolve(import.meta.dirname, '../../../..')): Shelf {
  const folder = join(root, 'docs');
  const found = new Map<string, string>();
  if (existsSync(folder)) {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const page = name.replaceAll('\\', '/');
      if (page.endsWith('.md')) found.set(page.slice(0, -3), readFileSync(join(folder, name), 'utf8'));
    }
    const readme = join(root, 'README.md');
    if (existsSync(readme)) found.set(README, readFileSync(readme, 'utf8'));
  }
  const order = (name: string): number => {
    const at = FIRST.indexOf(name);
    return at >= 0 ? at : name.includes('/') ? 2_000 : 1_000;
  };
  const names = [...found.keys()].sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1));
  const pages = new Map(names.map((name) => [name, found.get(name) ?? '']));
  return {
    pages,
    picture: (name) => {
      const file = join(folder, 'images', name);
      return PICTURE.test(name) && existsSync(file) ? readFileSync(file) : null;
    },
    resolver: (page) => (target) => addressOf(pages, page, target),
  };
}

/** A file of the repository that is no page or picture of the documents is not served, so nothing leads there. */
function addressOf(pages: Shelf['pages'], page: string, target: string): string | null {
  if (/^(?:https?:|mailto:|#)/.test(target)) return target;
  if (/^[a-z]+:/i.test(target)) return null;
  const [path = '', anchor] = target.split('#');
  const file = page === README ? `${README}.md` : `docs/${page}.md`;
  const full = posix.normalize(posix.join(posix.dirname(file), path));
  const name = full === `${README}.md` ? README : full.replace(/^docs\//, '').replace(/\.md$/, '');
  if (full.endsWith('.md') && pages.has(name))
    return `/docs/${name}${anchor === undefined ? '' : `#${anchor}`}`;
  if (/^docs\/images\/[a-z0-9-]+\.png$/.test(full)) return `/${full}`;
  return null;
}
