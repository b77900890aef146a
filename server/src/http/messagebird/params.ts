import type { Given } from '../../domain/new-verification.ts';
import { Failure, failureOf, type Problem } from '../../kernel/failure.ts';
import { readJson } from '../json.ts';

/** The query as Fastify reads it: a name given more than once holds an array. */
export type Query = { readonly [name: string]: string | readonly string[] };

// A byte order mark is kept, for the readers to refuse: where one may stand, readers disagree.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const MOST_PROBLEMS = 20;

/**
 * All parameters of a request by lower-case name, whether they came in the query, a form or JSON (wire
 * contract, R8 to R10, R13). `null` and empty fields are as good as absent, so one place may fill in for them.
 * @throws Failure `invalid_parameter` when a parameter is given twice, or the body cannot be read
 */
export function readParams(query: Query, body: Buffer | undefined, contentType: string | undefined): Given {
  const problems: Problem[] = [];
  const given = new Map<string, unknown>();
  /** A body full of repeats must not make an answer many times its size: each is told once, and not all of them. */
  const note = (message: string, name: string) => {
    const isNew = problems.length < MOST_PROBLEMS && !problems.some((known) => known.message === message);
    if (isNew) problems.push(invalid(message, name));
  };
  const add = (name: string, value: unknown, places: Set<string>) => {
    const key = name.toLowerCase();
    if (places.has(key)) note(`${shown(name)} is given twice`, name);
    places.add(key);
    const earlier = given.get(key);
    if (absent(value) && !absent(earlier)) return;
    if (!absent(value) && !absent(earlier) && !same(value, earlier)) {
      note(`${shown(name)} has different values in the query and the body`, name);
    }
    given.set(key, value);
  };
  const inQuery = new Set<string>();
  for (const [name, value] of Object.entries(query)) {
    for (const one of typeof value === 'string' ? [value] : value) add(name, one, inQuery);
  }
  const inBody = new Set<string>();
  for (const [name, value] of readBody(body, contentType)) add(name, value, inBody);
  if (problems.length > 0) throw failureOf(problems);
  return given;
}

function readBody(body: Buffer | undefined, contentType = ''): Iterable<[string, unknown]> {
  if (body === undefined || body.length === 0) return [];
  const text = readText(body);
  const type = contentType.toLowerCase();
  const form =
    type.includes('form-urlencoded') || (!type.includes('json') && !/^\s*[[{"]|^\s*null\s*$/.test(text));
  if (form) {
    if (type.includes('multipart')) throw unreadable('send JSON or a form-urlencoded body, not multipart');
    return readForm(text);
  }
  if (text.trim() === '') return [];
  const json = readJson(text);
  if ('problem' in json) throw unreadable(json.problem);
  if (json.value === null) return [];
  if (typeof json.value !== 'object' || Array.isArray(json.value)) {
    throw unreadable('the body must be a JSON object');
  }
  return Object.entries(json.value);
}

function readForm(text: string): URLSearchParams {
  const fields = new URLSearchParams(text);
  const broken = [...fields].some((field) => field.join('').includes('\ufffd'));
  if (broken && !/\ufffd|%ef%bf%bd/i.test(text)) throw unreadable('the form is not valid UTF-8');
  return fields;
}

function readText(body: Buffer): string {
  try {
    return decoder.decode(body);
  } catch {
    throw unreadable('the body is not valid UTF-8');
  }
}

/** What is not text, a number or a boolean equals nothing: a query cannot say it. */
const same = (a: unknown, b: unknown): boolean =>
  typeof a !== 'object' && typeof b !== 'object' && String(a) === String(b);

const absent = (value: unknown): boolean => value === undefined || value === null || value === '';

export const unreadable = (message: string): Failure =>
  new Failure([{ code: 'invalid_parameter', message, parameter: null }]);

const invalid = (message: string, parameter: string): Problem => ({
  code: 'invalid_parameter',
  message,
  parameter: shown(parameter),
});

const shown = (name: string): string => name.slice(0, 40).replace(/[^\x20-\x7e]/g, '?');
