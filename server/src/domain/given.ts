import type { Problem } from '../kernel/failure.ts';

/** Values by lower-case parameter name, as they came: text from forms and queries, anything from JSON. */
export type Given = ReadonlyMap<string, unknown>;

const MOST_LINE = 255;
const CONTROL = /\p{Cc}|\p{Zl}|\p{Zp}/u;

/** JSON `null` and an empty form field mean "not given" (wire contract, R9). */
export const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

/** Text as clients send it: a string, or a number (phone numbers and references come as both). */
export function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? String(value) : null;
}

export function invalid(parameter: string, what: string): Problem {
  return { code: 'invalid_parameter', message: `${parameter} ${what}`, parameter };
}

/** Free text of the caller's own, such as a reference: one line of at most 255 characters, or null. */
export function oneLine(given: Given, name: 'reference' | 'subject'): string | null | Problem {
  const value = given.get(name);
  if (!isGiven(value)) return null;
  const typed = textOf(value);
  const good = typed !== null && typed.length <= MOST_LINE && !CONTROL.test(typed) && typed.isWellFormed();
  return good ? typed : invalid(name, `must be one line of at most ${MOST_LINE} characters`);
}

export function choice<T extends string>(
  given: Given,
  name: string,
  options: readonly T[],
  usual: T,
): T | Problem {
  const value = given.get(name.toLowerCase());
  if (!isGiven(value)) return usual;
  const typed = typeof value === 'string' ? value.trim().toLowerCase() : null;
  return options.find((option) => option === typed) ?? invalid(name, `must be one of ${options.join(', ')}`);
}

export function whole(
  given: Given,
  name: string,
  bounds: { readonly least: number; readonly most: number },
  usual: number,
): number | Problem {
  const value = given.get(name.toLowerCase());
  if (!isGiven(value)) return usual;
  const typed = typeof value === 'string' && /^\s*\d{1,9}\s*$/.test(value) ? Number(value) : value;
  const number = typeof typed === 'number' ? typed : Number.NaN;
  if (Number.isInteger(number) && number >= bounds.least && number <= bounds.most) return number;
  return invalid(name, `must be a whole number from ${bounds.least} to ${bounds.most}`);
}

const protocolOf = (value: string): string => (URL.canParse(value) ? new URL(value).protocol : '');

/** Where it leads is judged when something is sent to it: a create waits for no name server. */
export function reportUrlOf(given: Given): string | undefined | Problem {
  const value = given.get('reporturl');
  if (!isGiven(value)) return undefined;
  if (typeof value === 'string' && value.length <= 2048 && /^https?:$/.test(protocolOf(value))) return value;
  return invalid('reportUrl', 'must be an http or https address of at most 2048 characters');
}
