import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../../..');

export const readText = (path: string): string => readFileSync(resolve(ROOT, path), 'utf8');

const PLACES = ['*.md', '{docs,examples,bench,server,client,birdbank,testing}/**/*.md'];

/** Every Markdown file of the repository, as a path from its root. */
export function markdownFiles(): string[] {
  const isForeign = (path: string) => /(^|\/)(node_modules|fixtures)$/.test(path);
  return PLACES.flatMap((place) => globSync(place, { cwd: ROOT, exclude: isForeign })).sort();
}

/** The text below a heading, down to the next one of its own rank or higher. */
export function sectionOf(markdown: string, heading: string): string {
  const lines = markdown.split('\n');
  const start = lines.findIndex((line) => /^#{1,6} /.test(line) && line.replace(/^#+ /, '') === heading);
  if (start === -1) throw new Error(`there is no heading ${heading}`);
  const rank = /^#+/.exec(lines[start] ?? '')?.[0].length ?? 0;
  const after = lines.slice(start + 1);
  const end = after.findIndex((line) => (/^(#+) /.exec(line)?.[1]?.length ?? 7) <= rank);
  return after.slice(0, end === -1 ? undefined : end).join('\n');
}

/** The rows of the tables in a text, without heads: their cells, trimmed. */
export function rowsOf(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  const isRule = (line: string | undefined) =>
    line !== undefined && /^\|[ -|]+\|$/.test(line) && /-{3}/.test(line);
  return lines
    .filter((line, index) => !isRule(line) && !isRule(lines[index + 1]))
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replaceAll('\\|', '|')),
    );
}

/** Every `code` of a cell. */
export const codesIn = (text: string): string[] =>
  [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? '');

/** The `code` that fills a cell, or what stands there. */
export const bare = (cell: string | undefined): string => (cell ?? '').replace(/^`(.*)`$/, '$1');

/** Each fenced block of a language, in order. */
export const blocksOf = (markdown: string, language: string): string[] =>
  [...markdown.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, given]) => given === language)
    .map(([, , code]) => code ?? '');
