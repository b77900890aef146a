import { isListed, listOf, type PrefixList } from './prefix-list.ts';

/**
 * Numbers that the operator vouches for: whole ones, and beginnings. The rules on what many numbers share neither hold them
 * nor count them.
 */
export type SafeList = { readonly numbers: ReadonlySet<string>; readonly beginnings: PrefixList };
/** By project; `*` for all of them. */
export type SafeLists = ReadonlyMap<string, SafeList>;

/** What an entry ends with that stands for all numbers that begin so; any other is one number. */
export const AND_MORE = '*';
export const EVERY_PROJECT = '*';

export function safeListOf(entries: readonly string[]): SafeList {
  const beginnings = entries.filter((entry) => entry.endsWith(AND_MORE)).map((entry) => entry.slice(0, -1));
  return { numbers: new Set(entries), beginnings: listOf(beginnings) };
}

/** Whether a number, in E.164, is on the list of its project or on that of all. */
export function isSafe(lists: SafeLists, projectId: string, address: string): boolean {
  if (lists.size === 0) return false;
  return [lists.get(EVERY_PROJECT), lists.get(projectId)].some(
    (list) => list !== undefined && (list.numbers.has(address) || isListed(list.beginnings, address)),
  );
}
