import { at } from '../reading.ts';
import { type Pattern, readPattern } from './pattern.ts';

/** What an answer or a receipt offers to be read. */
export type Readable = {
  readonly text: string | null;
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown;
  header(name: string): string | null;
  /** Of a receipt's address; null in an answer. */
  query(name: string): string | null;
  /** Of a form sent as body. */
  form(name: string): string | null;
};

/** Finds one short text; null where there is none. */
export type Selector = (from: Readable) => string | null;

const LONGEST_FOUND = 500;
const FORMS =
  'begin with json:/ (a JSON pointer), header:, query:, form:, pattern: (a regular expression) or text: (fixed)';

/** Reads a selector such as `json:/data/id` (RFC 6901); answers what is wrong, as a sentence, for another text. */
export function readSelector(source: string): Selector | string {
  const colon = source.indexOf(':');
  const [kind, rest] = [source.slice(0, colon), source.slice(colon + 1)];
  if (colon < 1 || rest === '') return FORMS;
  switch (kind) {
    case 'json':
      return rest.startsWith('/') ? byPointer(rest) : 'a JSON pointer begins with /, such as json:/data/id';
    case 'header':
      return ({ header }) => short(header(rest.toLowerCase()));
    case 'query':
      return ({ query }) => short(query(rest));
    case 'form':
      return ({ form }) => short(form(rest));
    case 'text':
      return () => rest;
    case 'pattern': {
      const pattern = readPattern(rest);
      return typeof pattern === 'string' ? pattern : byPattern(pattern);
    }
    default:
      return FORMS;
  }
}

function byPointer(pointer: string): Selector {
  const path = pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  return ({ json }) => {
    let here = json;
    for (const step of path) {
      here = Array.isArray(here) && /^\d{1,4}$/.test(step) ? at(here, Number(step)) : at(here, step);
    }
    return short(here);
  };
}

const byPattern =
  (pattern: Pattern): Selector =>
  ({ text }) =>
    text === null ? null : short(pattern.find(text));

function short(value: unknown): string | null {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value.length <= LONGEST_FOUND ? value : null;
}
