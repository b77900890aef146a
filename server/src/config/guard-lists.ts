import { listOf, type PrefixList } from '../domain/guard/prefix-list.ts';
import { AND_MORE, EVERY_PROJECT, type SafeLists, safeListOf } from '../domain/guard/safe-list.ts';
import { NO_LISTS, type NumberLists } from '../domain/guard/signals.ts';
import { isObject, noteUnknown } from './reading.ts';
import { PROJECT, prefixOf } from './routes.ts';

export const MOST_LISTED = 100_000;
/** A number of a safe list, or with `*` behind it at least a few digits more than a country: nobody vouches for a whole one. */
export const SAFE_ENTRY = '^\\+[1-9](\\d{6,14}|\\d{5,13}\\*)$';
const SAFE = new RegExp(SAFE_ENTRY);

/** `guard.lists`: numbers that are known to be disposable or lately ported, and those that the operator vouches for. */
export function readNumberLists(guard: unknown, problems: string[]): NumberLists {
  const given = isObject(guard) ? guard.lists : undefined;
  if (given === undefined) return NO_LISTS;
  if (!isObject(given)) {
    problems.push('guard.lists: set an object, such as { "disposable": ["+447520"] }');
    return NO_LISTS;
  }
  noteUnknown(given, 'guard.lists', ['disposable', 'ported', 'safe'], problems);
  const list = (name: 'disposable' | 'ported'): PrefixList => {
    const value = given[name];
    if (value === undefined) return listOf([]);
    const prefixes = entriesOf(value, (text) => prefixOf(text) !== null);
    if (prefixes !== null) return listOf(prefixes);
    problems.push(
      `guard.lists.${name}: set a list of beginnings of numbers, such as ["+447520"], ${MOST_LISTED} at most`,
    );
    return listOf([]);
  };
  return { disposable: list('disposable'), ported: list('ported'), safe: safeLists(given.safe, problems) };
}

/** A list is of every project; an object has one by project, `*` for all of them. */
function safeLists(value: unknown, problems: string[]): SafeLists {
  if (value === undefined) return NO_LISTS.safe;
  const byProject = isObject(value) ? value : { [EVERY_PROJECT]: value };
  const lists = Object.entries(byProject).map(([project, numbers]) => {
    const at = isObject(value) ? `guard.lists.safe.${project}` : 'guard.lists.safe';
    if (!PROJECT.test(project))
      problems.push(`${at}: name a project with small letters, digits and dashes, or * for all of them`);
    const entries = entriesOf(numbers, (text) => SAFE.test(text));
    if (entries === null)
      problems.push(
        `${at}: set a list of numbers, or of beginnings of seven characters or more with ${AND_MORE} behind them, such as ["+31612345678", "+3197001*"], ${MOST_LISTED} at most`,
      );
    return [project, safeListOf(entries ?? [])] as const;
  });
  return new Map(lists);
}

function entriesOf(value: unknown, isGood: (text: string) => boolean): readonly string[] | null {
  if (!Array.isArray(value) || value.length > MOST_LISTED) return null;
  return value.every((text) => typeof text === 'string' && isGood(text)) ? (value as string[]) : null;
}
