import { listOf, NO_LISTS, type NumberLists } from '../domain/guard/signals.ts';
import { isObject, noteUnknown } from './reading.ts';
import { prefixOf } from './routes.ts';

export const MOST_LISTED = 100_000;

/** `guard.lists`: numbers, or beginnings of numbers, that are known to be disposable or lately ported. */
export function readNumberLists(guard: unknown, problems: string[]): NumberLists {
  const given = isObject(guard) ? guard.lists : undefined;
  if (given === undefined) return NO_LISTS;
  if (!isObject(given)) {
    problems.push('guard.lists: set an object, such as { "disposable": ["+447520"] }');
    return NO_LISTS;
  }
  noteUnknown(given, 'guard.lists', ['disposable', 'ported'], problems);
  const list = (name: 'disposable' | 'ported') => {
    const value = given[name];
    if (value === undefined) return listOf([]);
    const texts: readonly unknown[] = Array.isArray(value) ? value : [null];
    const prefixes = texts.flatMap((text) => (typeof text === 'string' ? (prefixOf(text) ?? []) : []));
    if (prefixes.length === texts.length && prefixes.length <= MOST_LISTED) return listOf(prefixes);
    problems.push(
      `guard.lists.${name}: set a list of beginnings of numbers, such as ["+447520"], ${MOST_LISTED} at most`,
    );
    return listOf([]);
  };
  return { disposable: list('disposable'), ported: list('ported') };
}
