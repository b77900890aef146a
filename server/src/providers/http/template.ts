import { nearest } from '../../kernel/did-you-mean.ts';

/** What stands for a name; null when there is nothing, and what names it is left out then. */
export type Lookup = (name: string) => string | null;

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'name'; readonly name: string; readonly as: 'string' | 'number' | 'boolean' };

/** A text with names in braces, such as `Bearer {apiKey}`; two braces are one. */
export type Template = readonly Part[];

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

const PIECE = /\{\{|\}\}|\{([\w:-]*)\}|[{}]|[^{}]+/g;

/** Reads a template whose names are all among `known`; answers what is wrong, as a sentence, for another text. */
export function readTemplate(source: string, known: readonly string[]): Template | string {
  const parts: Part[] = [];
  for (const [piece, braced] of source.matchAll(PIECE)) {
    if (braced === undefined) {
      if (piece === '{' || piece === '}') return `a single ${piece} must be written ${piece}${piece}`;
      parts.push({ kind: 'text', text: piece === '{{' || piece === '}}' ? piece.slice(1) : piece });
      continue;
    }
    const isTyped = /:(number|boolean)$/.test(braced);
    const name = isTyped ? braced.slice(0, braced.lastIndexOf(':')) : braced;
    if (!known.includes(name)) {
      const meant = nearest(name, known);
      return `there is no {${name}}${meant === null ? `; there are ${known.join(', ')}` : `; did you mean {${meant}}?`}`;
    }
    const as = braced.endsWith(':number') ? 'number' : braced.endsWith(':boolean') ? 'boolean' : 'string';
    parts.push({ kind: 'name', name, as: isTyped ? as : 'string' });
  }
  if (parts.length > 1 && parts.some((part) => part.kind === 'name' && part.as !== 'string')) {
    return 'a {name:number} or {name:boolean} stands alone';
  }
  return parts;
}

/** The filled text, each name's value written by `encode`; null when one of its names stands for nothing. */
export function fill(
  template: Template,
  lookup: Lookup,
  encode: (value: string, name: string) => string = (value) => value,
): string | null {
  let filled = '';
  for (const part of template) {
    if (part.kind === 'text') filled += part.text;
    else {
      const value = lookup(part.name);
      if (value === null) return null;
      filled += encode(value, part.name);
    }
  }
  return filled;
}

/** The value as JSON has it: a number or a truth value where the template asks for one; undefined for nothing. */
export function fillTyped(template: Template, lookup: Lookup): Json | undefined {
  const [only] = template;
  if (template.length !== 1 || only?.kind !== 'name' || only.as === 'string') {
    return fill(template, lookup) ?? undefined;
  }
  const value = lookup(only.name);
  if (value === null) return undefined;
  if (only.as === 'boolean') return value === 'true';
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}
