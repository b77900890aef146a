import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Source files by their path from the repository's root, with forward slashes. */
export type Sources = ReadonlyMap<string, string>;

/** The formatter puts every import statement at the start of a line, which is what these rely on. */
const STATEMENTS = [
  /^import\s+(?:type\s+)?[\w$\s{},*]*?\bfrom\s+['"]([^'"]+)['"]/gm,
  /^import\s+['"]([^'"]+)['"]/gm,
  /^export\s+(?:type\s+)?(?:\*(?:\s+as\s+[\w$]+)?|\{[^}]*\})\s+from\s+['"]([^'"]+)['"]/gm,
  /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g,
];

/** Everything that a file imports, types too, as written. */
export function importsOf(source: string): string[] {
  return STATEMENTS.flatMap((pattern) => [...source.matchAll(pattern)].map((match) => match[1] ?? ''));
}

/** The path that a relative import in `file` points to; null for a package, a built-in or a URL path. */
export function resolveImport(file: string, specifier: string): string | null {
  return specifier.startsWith('.') ? path.posix.join(path.posix.dirname(file), specifier) : null;
}

/** The package that an import names, without the path inside it. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Reads the source of every workspace, tests left out: they may look at anything. */
export function readSources(root: string): Sources {
  const folders = ['server/src', 'client/src', 'birdbank/src'];
  const files = folders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => `${folder}/${name.replaceAll(path.sep, '/')}`)
      .filter((name) => /\.(ts|js)$/.test(name) && !name.endsWith('.test.ts')),
  );
  return new Map(files.map((file) => [file, readFileSync(path.join(root, file), 'utf8')]));
}
